// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace flashd::sim {

/// SplitMix64: one independent sequence per seed; the same numbers on every platform.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }

  /// True with probability `p`.
  bool happens(double p) { return p > 0.0 && static_cast<double>(next() >> 11) * 0x1.0p-53 < p; }

 private:
  std::uint64_t state_;
};

}  // namespace flashd::sim
