// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/memory/memory.hpp"

namespace flashd::memory {

/// A bandwidth in bytes per cycle, num / den.
struct Rate {
  std::uint64_t num = 1;
  std::uint64_t den = 1;
};

/// Latency and bandwidth, reads and writes apart. Addresses are always taken at once.
class Streaming final : public Model {
 public:
  /// `latency` >= 1: cycles from an address to its first read beat. `rate` num 0: no limit.
  Streaming(std::uint64_t latency, Rate rate) : latency_(latency), rate_(rate) {}
  Timing schedule(const Burst& burst) override;

 private:
  /// Where a direction stands: the next beat may come at `next` + `phase` / rate.num cycles.
  struct Channel {
    std::uint64_t next = 0;
    std::uint64_t phase = 0;
  };

  std::uint64_t latency_;
  Rate rate_;
  Channel read_, write_;
};

}  // namespace flashd::memory
