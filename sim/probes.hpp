// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/plugin.hpp"
#include "sim/words.hpp"

namespace flashd::sim {

/// Values inside the engine in one cycle; sim/flashd_probe_top.sv says where each is taken.
/// Lane l of a packed value lies at bit l * (bits of one lane).
struct Probes {
  explicit Probes(const BuildInfo& build);

  static constexpr int kShiftBits = 5;                     ///< of the shift of p
  static constexpr int kGainExponentBits = 7;              ///< of the exponent of g
  int score_bits = 0, p_bits = 0, l_bits = 0, t_bits = 0;  ///< of one lane (t: one element)

  // One key of a context, as it enters the score buffer.
  bool score_valid = false;
  std::uint32_t score_visible = 0;    ///< one bit per lane
  std::uint32_t score_saturated = 0;  ///< product or score clamped, one bit per lane
  Words score_value;

  // One key of a context, as it leaves the weight unit.
  bool weight_valid = false;
  Words weight_mantissa, weight_shift;

  // One row of a (tile, context), lane after lane: what the nonlinear unit made of it.
  bool row_valid = false;
  bool row_seen = false, row_merged = false;
  std::uint32_t row_l = 0;
  std::int32_t row_reference = 0;
  std::uint32_t row_g_mantissa = 0, row_w_mantissa = 0, row_w_shift = 0;
  std::int32_t row_g_exponent = 0;
  std::int32_t row_exponent = 0;
  std::uint32_t row_mantissa = 0, row_flags = 0;

  // `merge` elements of T per lane, as they enter the merge slices.
  bool sum_valid = false;
  Words sum_value;
};

}  // namespace flashd::sim
