// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "host/jobs/rng.hpp"

namespace flashd::testing {

/// Probabilities per byte.
struct WireFaults {
  double drop = 0;
  double flip = 0;   ///< one bit of it
  double delay = 0;  ///< it and all behind it come later
  double any() const { return drop + flip + delay; }
};

/// One direction of a line.
class Wire {
 public:
  Wire(const WireFaults& faults, std::uint64_t seed) : faults_(faults), rng_(seed) {}

  /// The bytes that arrive of those that were sent; waits up to kLongestDelayUs for each delay.
  std::vector<std::uint8_t> carry(const std::uint8_t* from, std::size_t count);
  static constexpr int kLongestDelayUs = 5000;

  struct Counts {
    std::uint64_t bytes = 0, dropped = 0, flipped = 0, delayed = 0;
  };
  const Counts& counts() const { return counts_; }

 private:
  WireFaults faults_;
  jobs::Rng rng_;
  Counts counts_;
};

}  // namespace flashd::testing
