// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm>

#include "sim/memory/memory.hpp"

namespace flashd::twin {

/// Goes with every burst of the twin's memory socket: when its address is valid, and, if the target
/// answers, when its beats pass. A target that does not know it annotates a delay as usual: the
/// first beat then comes so many cycles after the address (at least one), and one beat per cycle.
class BurstTiming final : public tlm::tlm_extension<BurstTiming> {
 public:
  memory::Burst burst;    ///< in device cycles; the whole beats, also of a partial write
  memory::Timing timing;  ///< in device cycles
  bool answered = false;

  tlm::tlm_extension_base* clone() const override { return new BurstTiming(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const BurstTiming&>(other);
  }
};

}  // namespace flashd::twin
