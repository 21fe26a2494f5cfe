// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include "model/systemc/burst_timing.hpp"
#include "model/systemc/device.hpp"

namespace flashd::twin {

/// flashd_top as a SystemC module for virtual platforms: loosely timed towards the platform,
/// cycle-exact inside.
///
/// `memory`: one blocking transport per AXI burst, in the order of the bursts' addresses, with a
/// BurstTiming extension; the annotated delay is the burst's distance from the local time. Arrays
/// are read as a whole, with transport_dbg, when a sequence starts, so a target must offer it.
/// `registers`: 32-bit accesses at the addresses of spec/flashd.rdl. `irq_o` follows the interrupt.
/// Time runs ahead of the kernel by at most `quantum` cycles while a job is in progress.
class flashd_top final : public sc_core::sc_module, private Bus {
 public:
  tlm_utils::simple_initiator_socket<flashd_top> memory;
  tlm_utils::simple_target_socket<flashd_top> registers;
  sc_core::sc_out<bool> irq_o;

  struct Options {
    sc_core::sc_time period = sc_core::sc_time(1, sc_core::SC_NS);
    Cycle quantum = 1000;
    bool timing_only = false;  ///< arrays are neither read nor written
  };
  flashd_top(sc_core::sc_module_name name, const Parameters& p, const Options& options);

  /// Cycles that the device has passed.
  Cycle cycle() const { return device_.now(); }

 private:
  void run();
  void access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  memory::Timing read(Cycle cycle, std::uint64_t address, int beats, void* to) override;
  memory::Timing write(Cycle cycle, std::uint64_t address, int beats, std::uint64_t data_address,
                       const void* from, int bytes) override;
  memory::Timing transport(tlm::tlm_generic_payload& payload, const memory::Burst& burst);
  void peek(std::uint64_t address, void* to, std::uint64_t bytes);

  Parameters p_;
  Options options_;
  Device device_;
  sc_core::sc_event doorbell_;
  std::vector<unsigned char> scratch_;
};

}  // namespace flashd::twin
