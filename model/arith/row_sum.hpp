// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/arith/bits.hpp"

namespace flashd::arith {

/// S = mantissa * 2^(exponent - 31), mantissa in [2^31, 2^32); linear, so that nothing drifts.
struct RowSum {
  std::int32_t exponent = 0;
  std::uint32_t mantissa = 0;
};

/// The tile's sum l 2^R; l >= 2^(tile_frac - 1), because the largest key has p >= 1/2.
template <class P>
FLASHD_HD RowSum tile_row_sum(std::uint32_t l, std::int32_t reference) {
  const int length = bit_length(l);
  RowSum s;
  s.mantissa = l << (32 - length);
  s.exponent = reference - P::kTileFrac + length - 1;
  return s;
}

/// a + b: the smaller is aligned and rounded half up, a carry out is rounded half up again.
FLASHD_HD RowSum add(RowSum a, RowSum b) {
  if (b.exponent > a.exponent) {
    const RowSum t = a;
    a = b;
    b = t;
  }
  const int distance = a.exponent - b.exponent;
  std::uint64_t sum = a.mantissa;
  if (distance <= 32) sum += ((static_cast<std::uint64_t>(b.mantissa) << 1 >> distance) + 1) >> 1;
  if (sum >> 32) {
    sum = (sum + 1) >> 1;
    ++a.exponent;
  }
  a.mantissa = static_cast<std::uint32_t>(sum);
  return a;
}

}  // namespace flashd::arith
