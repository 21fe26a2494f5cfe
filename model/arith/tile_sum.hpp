// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/arith/bits.hpp"
#include "model/arith/decode.hpp"
#include "model/arith/weight.hpp"

namespace flashd::arith {

/// Distance of a value's exponent to its channel's largest in the tile, capped: beyond 20 the
/// product with any p rounds to zero on the grid of the tile sums.
constexpr int kMaxDistance = 31;

FLASHD_HD int value_distance(int tile_exponent, int value_exponent) {
  const int distance = tile_exponent - value_exponent;
  return distance > kMaxDistance ? kMaxDistance : distance;
}

/// p v / 2^E on the grid 2^-tile_frac, halves away from zero: the addend of T.
/// E: largest exponent of the channel over the tile's valid keys (biased field).
template <class P, class Format>
FLASHD_HD std::int32_t value_addend(const Weight& w, const Number& v, int tile_exponent) {
  const int shift = P::kTileFrac - (P::kPBits - 1) - w.shift - (Format::kSignificand - 1) -
                    value_distance(tile_exponent, v.exponent);
  const auto magnitude =
      static_cast<std::int32_t>(shift_round(w.mantissa * v.significand, shift));
  return v.negative ? -magnitude : magnitude;
}

/// A value beyond the job's grid becomes the largest below 2^(VE+1).
template <class Format>
FLASHD_HD bool clamp_value(Number& v, int v_exponent) {
  const int limit = v_exponent + Format::kBias;
  if (v.exponent <= limit) return false;
  v.exponent = limit;
  v.significand = (1u << Format::kSignificand) - 1u;
  return true;
}

}  // namespace flashd::arith
