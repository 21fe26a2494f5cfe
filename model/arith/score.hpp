// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/arith/bits.hpp"
#include "model/arith/scale.hpp"

namespace flashd::arith {

/// Product sum (grid 2^-G) times the mantissa of log2(e) * scale, rounded half up to 2^-F.
/// |sum| < 2^(12+G+8) and G <= 15, mantissa < 2^22: the product stays below 2^57.
template <class P>
FLASHD_HD std::int64_t scaled_sum(std::int64_t sum, std::uint32_t mantissa, int grid) {
  const int drop = grid - P::kScoreFrac + spec::kScaleBits - 1;
  return (sum * static_cast<std::int64_t>(mantissa) + (std::int64_t{1} << (drop - 1))) >> drop;
}

struct Score {
  std::int32_t value = 0;  ///< units of 2^-F
  bool saturated = false;
};

/// The one clamp, after scale and bias.
template <class P>
FLASHD_HD Score clamp_score(std::int64_t x) {
  constexpr std::int64_t kLimit =
      (std::int64_t{1} << (spec::kScoreRangeLog2 + P::kScoreFrac)) - 1;
  Score s;
  s.saturated = x > kLimit || x < -kLimit;
  s.value = static_cast<std::int32_t>(x > kLimit ? kLimit : (x < -kLimit ? -kLimit : x));
  return s;
}

}  // namespace flashd::arith
