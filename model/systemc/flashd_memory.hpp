// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include <systemc>
#include <tlm>
#include <tlm_utils/simple_target_socket.h>

#include "sim/memory/memory.hpp"
#include "sim/system/sparse_bytes.hpp"

namespace flashd::twin {

/// A memory for flashd_top in the time of a memory model; bytes at addresses from `base` on.
class flashd_memory final : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<flashd_memory> socket;

  /// Throws std::invalid_argument (model) with one sentence.
  flashd_memory(sc_core::sc_module_name name, const std::string& model, std::uint64_t base,
                std::uint64_t bytes);

  system::SparseBytes& bytes() { return bytes_; }

 private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned debug(tlm::tlm_generic_payload& payload);
  void move(tlm::tlm_generic_payload& payload);
  bool inside(const tlm::tlm_generic_payload& payload) const;

  std::unique_ptr<memory::Model> model_;
  std::uint64_t base_;
  std::uint64_t size_;
  std::uint64_t origin_ = 0;
  bool begun_ = false;
  system::SparseBytes bytes_;
};

}  // namespace flashd::twin
