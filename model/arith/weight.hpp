// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/arith/interpolate.hpp"

namespace flashd::arith {

/// p = 2^(s - R) = mantissa * 2^(-(p_bits - 1) - shift); mantissa in [2^(p_bits-1), 2^p_bits), or 0
/// when the shift R - floor(s) exceeds the fraction bits of the tile sums (the key is skipped).
struct Weight {
  std::uint32_t mantissa = 0;
  int shift = 1;
};

/// Reference R of a tile whose largest visible score is s_max (units of 2^-F): floor + 1.
template <class P>
FLASHD_HD std::int32_t tile_reference(std::int32_t s_max) {
  return (s_max >> P::kScoreFrac) + 1;
}

/// `score` in units of 2^-F, at most the tile's largest, so the shift is at least 1.
template <class P>
FLASHD_HD Weight make_weight(std::int32_t score, std::int32_t reference) {
  Weight w;
  const std::int32_t shift = reference - (score >> P::kScoreFrac);
  if (shift > P::kTileFrac) return w;
  w.shift = shift;
  const auto fraction = static_cast<std::uint32_t>(score) & ((1u << P::kScoreFrac) - 1u);
  w.mantissa = interpolate<typename P::PTable>(fraction);
  return w;
}

/// p on the grid of the tile sums, 2^-tile_frac, rounded half up: the addend of l.
template <class P>
FLASHD_HD std::uint32_t weight_addend(const Weight& w) {
  return static_cast<std::uint32_t>(
      shift_round(w.mantissa, P::kTileFrac - (P::kPBits - 1) - w.shift));
}

}  // namespace flashd::arith
