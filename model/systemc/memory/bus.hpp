// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "model/systemc/time.hpp"
#include "sim/memory/memory.hpp"

namespace flashd::twin {

/// Beats of the burst that both masters cut from the head of a segment: at most 256, within 4 KB.
inline std::uint32_t burst_beats(std::uint64_t address, std::uint32_t left, int beat_bytes) {
  const auto to_page =
      static_cast<std::uint32_t>((4096 - (address & 4095)) / static_cast<unsigned>(beat_bytes));
  return std::min({256u, to_page, left});
}

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
