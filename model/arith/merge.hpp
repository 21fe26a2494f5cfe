// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/arith/bits.hpp"
#include "model/arith/tile_weight.hpp"

namespace flashd::arith {

/// g T on the guard grid 2^(VE-31), floor. `v_distance` = VE - E >= 0 (E: the tile's exponent of
/// the channel). g T stays below 2^(VE+2), so 34 signed bits hold it.
template <class P>
FLASHD_HD std::int64_t gained_sum(const Gain& g, std::int32_t t, int v_distance) {
  constexpr int kDrop = spec::kGBits - 1 + P::kTileFrac - (spec::kOFrac + 1);
  const std::int64_t exact = static_cast<std::int64_t>(g.mantissa) * t;
  return shift_right_floor(exact * 2, 1 + kDrop - g.exponent + v_distance);
}

/// w o on the guard grid, floor; o is cut and a constant 1 stands for the bits cut.
FLASHD_HD std::int64_t weighted_output(const TileWeight& w, std::int32_t o) {
  constexpr int kDrop = spec::kOFrac - spec::kOCut + 1 + spec::kWBits - 1 - (spec::kOFrac + 1);
  const std::int64_t cut = (static_cast<std::int64_t>(o) >> spec::kOCut) * 2 + 1;
  return shift_right_floor(cut * static_cast<std::int64_t>(w.mantissa), kDrop + w.shift);
}

/// The new o, at most 32 signed bits.
FLASHD_HD std::int32_t clamp_output(std::int64_t o) {
  constexpr std::int64_t kMax = 0x7FFFFFFF;
  return static_cast<std::int32_t>(o > kMax ? kMax : (o < -kMax - 1 ? -kMax - 1 : o));
}

/// o + round(g T - w o), one rounding, half up. `first`: the row was empty, o = round(g T).
template <class P>
FLASHD_HD std::int32_t merge_element(std::int32_t o, const Gain& g, const TileWeight& w,
                                     std::int32_t t, int v_distance, bool first) {
  const std::int64_t gt = gained_sum<P>(g, t, v_distance);
  const std::int64_t wo = first ? 0 : weighted_output(w, o);
  return clamp_output((first ? 0 : static_cast<std::int64_t>(o)) + ((gt - wo + 1) >> 1));
}

/// Merge of two finished states: o_a + round(w (o_b - o_a)), w = mantissa * 2^(exponent - 15) <= 1.
FLASHD_HD std::int32_t merge_states(std::int32_t a, std::int32_t b, const Gain& w) {
  const std::int64_t difference = static_cast<std::int64_t>(b) - a;
  const std::int64_t exact = difference * static_cast<std::int64_t>(w.mantissa);
  const std::int64_t guarded = shift_right_floor(exact, spec::kGBits - 2 - w.exponent);
  return clamp_output(a + ((guarded + 1) >> 1));
}

}  // namespace flashd::arith
