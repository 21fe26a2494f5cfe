// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/arith/bits.hpp"
#include "model/arith/decode.hpp"

namespace flashd::arith {

/// A product of one element of Q and K on the product grid 2^-G, G = product_grid(d).
struct Product {
  std::int32_t value = 0;
  bool saturated = false;
};

/// Job constant that the exponents of Q and K are added to: the left shift that puts the integer
/// significand product on the grid. `scale_exponent` is Scale::exponent.
template <class Format>
FLASHD_HD int product_exponent(int scale_exponent, int grid) {
  return scale_exponent + grid - 2 * Format::kBias - 2 * (Format::kSignificand - 1);
}

/// Rounds the exact product to the grid, halves away from zero, and clamps to +-(2^(12+G) - 1).
/// `job_exponent` is product_exponent(); `negate` the sign of the scale.
FLASHD_HD Product product(const Number& q, const Number& k, bool negate, int job_exponent,
                          int grid) {
  Product r;
  const std::uint64_t exact = static_cast<std::uint64_t>(q.significand) * k.significand;
  if (exact == 0) return r;
  const std::uint64_t limit = (std::uint64_t{1} << (spec::kProductRangeLog2 + grid)) - 1;
  const int shift = q.exponent + job_exponent + k.exponent;
  const std::uint64_t rounded = shift > 30 ? limit + 1 : shift_round(exact, shift);
  r.saturated = rounded > limit;
  const auto magnitude = static_cast<std::int32_t>(r.saturated ? limit : rounded);
  r.value = (q.negative != k.negative) != negate ? -magnitude : magnitude;
  return r;
}

}  // namespace flashd::arith
