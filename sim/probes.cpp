// SPDX-License-Identifier: Apache-2.0
#include "sim/probes.hpp"

#include "model/arith/bits.hpp"
#include "model/arith/spec.hpp"

namespace flashd::sim {

Probes::Probes(const BuildInfo& b) {
  const bool fine = b.profile == Profile::fine;
  const int tile_frac = fine ? spec::Fine::kTileFrac : spec::Lean::kTileFrac;
  const int tile_log2 = arith::ceil_log2(static_cast<std::uint32_t>(b.tile));
  score_bits = spec::kScoreRangeLog2 + 1 + (fine ? spec::Fine::kScoreFrac : spec::Lean::kScoreFrac);
  p_bits = fine ? spec::Fine::kPBits : spec::Lean::kPBits;
  l_bits = tile_frac + tile_log2;
  t_bits = tile_frac + 2 + tile_log2;
  score_value = Words(b.lanes * score_bits);
  weight_mantissa = Words(b.lanes * p_bits);
  weight_shift = Words(b.lanes * kShiftBits);
  sum_value = Words(b.lanes * ((b.width + b.tile - 1) / b.tile) * t_bits);
}

}  // namespace flashd::sim
