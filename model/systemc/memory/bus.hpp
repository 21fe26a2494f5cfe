// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/systemc/time.hpp"
#include "sim/memory/memory.hpp"

namespace flashd::twin {

/// What the twin asks of the memory: when the beats of a burst pass, and the bytes.
class Bus {
 public:
  virtual ~Bus() = default;
  /// A read whose address is valid from `cycle` on. `to`, if not null, receives beats x beat_bytes.
  virtual memory::Timing read(Cycle cycle, std::uint64_t address, int beats, void* to) = 0;
  /// A write; `bytes` of them, from `from` on, are enabled, at `data_address` (inside the burst).
  virtual memory::Timing write(Cycle cycle, std::uint64_t address, int beats,
                               std::uint64_t data_address, const void* from, int bytes) = 0;
};

}  // namespace flashd::twin
