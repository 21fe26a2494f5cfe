// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/arith/host_device.hpp"

namespace flashd::arith {

/// Number of bits of x without leading zeros; 0 for 0.
FLASHD_HD int bit_length(std::uint64_t x) {
  int n = 0;
  for (int step = 32; step > 0; step >>= 1) {
    if (x >> step) {
      x >>= step;
      n += step;
    }
  }
  return n + static_cast<int>(x);
}

/// Smallest n with 2^n >= x, for x >= 1.
FLASHD_HD int ceil_log2(std::uint32_t x) { return bit_length(x - 1u); }

/// floor(x * 2^shift) for a magnitude; bits beyond 63 are the caller's business (shift <= 63 - bits).
FLASHD_HD std::uint64_t shift_floor(std::uint64_t x, int shift) {
  if (shift >= 0) return x << shift;
  return shift <= -64 ? 0 : x >> -shift;
}

/// x * 2^shift rounded to an integer, halves away from zero: a guard bit is the carry-in.
FLASHD_HD std::uint64_t shift_round(std::uint64_t x, int shift) {
  return (shift_floor(x, shift + 1) + 1) >> 1;
}

/// floor(x * 2^-shift), shift >= 0, for a signed x.
FLASHD_HD std::int64_t shift_right_floor(std::int64_t x, int shift) {
  return x >> (shift > 63 ? 63 : shift);
}

}  // namespace flashd::arith
