// SPDX-License-Identifier: Apache-2.0
#include "sim/check.hpp"

namespace flashd::sim {

bool Checker::scores(const Probes& p) {
  if (!next_with_keys(&score_at_)) return surplus(kScoreModule, "score");
  const Pass& pass = plan_.passes[score_at_.pass];
  const int key = pass.begin + score_at_.at;
  for (int lane = 0; lane < plan_.lanes; ++lane) {
    const bool visible = ((p.score_visible >> lane) & 1u) != 0;
    if (visible) {
      ++counts_.scores;
      counts_.saturations += (p.score_saturated >> lane) & 1u;
    }
    if (!lockstep_) continue;
    const TileExpectation* tile = expected_tile(pass, lane);
    const bool want = tile && tile->visible[key];
    if (visible != want) {
      return fail(kScoreModule, "visible", where(pass, lane, key), std::to_string(want),
                  std::to_string(visible));
    }
    if (!want) continue;
    ++compared_.scores;
    const std::int64_t got = p.score_value.get_signed(lane * p.score_bits, p.score_bits);
    if (got != tile->scores[key]) {
      return fail(kScoreModule, "score", where(pass, lane, key), decoder_.score(tile->scores[key]),
                  decoder_.score(got));
    }
  }
  if (key + 1 == pass.end) {
    score_at_ = {score_at_.pass + 1, 0};
  } else {
    ++score_at_.at;
  }
  return true;
}

bool Checker::weights(const Probes& p) {
  if (!next_with_keys(&weight_at_)) return surplus(kWeightModule, "p");
  const Pass& pass = plan_.passes[weight_at_.pass];
  const int key = pass.begin + weight_at_.at;
  for (int lane = 0; lane < plan_.lanes; ++lane) {
    const auto mantissa = p.weight_mantissa.get(lane * p.p_bits, p.p_bits);
    const auto shift = static_cast<int>(p.weight_shift.get(lane * p.kShiftBits, p.kShiftBits));
    weights_used_ += mantissa != 0;
    if (!lockstep_) continue;
    const TileExpectation* tile = expected_tile(pass, lane);
    const bool visible = tile && tile->visible[key];
    const arith::Weight want = visible ? tile->weights[key] : arith::Weight{};
    compared_.weights += visible;
    if (mantissa != want.mantissa || (mantissa != 0 && shift != want.shift)) {
      return fail(kWeightModule, "p", where(pass, lane, key),
                  decoder_.weight(want.mantissa, want.shift), decoder_.weight(mantissa, shift));
    }
  }
  if (key + 1 < pass.end) {
    ++weight_at_.at;
  } else {
    weight_at_ = {weight_at_.pass + 1, 0};
  }
  return true;
}

bool Checker::row(const Probes& p) {
  if (row_at_.pass >= plan_.passes.size()) return surplus(kRowModule, "row state");
  const Pass& pass = plan_.passes[row_at_.pass];
  const int lane = row_at_.at;
  if (++row_at_.at == plan_.lanes) row_at_ = {row_at_.pass + 1, 0};
  counts_.tiles += p.row_seen;
  counts_.tiles_skipped += p.row_seen && !p.row_merged;
  if (!lockstep_) return true;
  const TileExpectation* tile = expected_tile(pass, lane);
  const auto differ = [&](const char* probe, const std::string& want, const std::string& got) {
    return fail(kRowModule, probe, where(pass, lane, -1), want, got);
  };
  if (p.row_seen != (tile != nullptr))
    return differ("seen", std::to_string(tile != nullptr), std::to_string(p.row_seen));
  if (!tile) return true;
  ++compared_.tile_sums;
  ++compared_.row_states;
  if (p.row_reference != tile->reference)
    return differ("R", decoder_.reference(tile->reference), decoder_.reference(p.row_reference));
  if (p.row_l != tile->l) return differ("l", decoder_.l(tile->l), decoder_.l(p.row_l));
  const arith::Gain& g = tile->gain;
  const arith::TileWeight& w = tile->tile_weight;
  if (p.row_merged != w.merged)
    return differ("merged", std::to_string(w.merged), std::to_string(p.row_merged));
  if (p.row_flags != tile->after.flags)
    return differ("row flags", decoder_.flags(tile->after.flags), decoder_.flags(p.row_flags));
  if (!w.merged) return true;
  if (p.row_g_mantissa != g.mantissa || p.row_g_exponent != g.exponent) {
    return differ("g", decoder_.gain(g.mantissa, g.exponent),
                  decoder_.gain(p.row_g_mantissa, p.row_g_exponent));
  }
  if (p.row_w_mantissa != w.mantissa || static_cast<int>(p.row_w_shift) != w.shift) {
    return differ("w", decoder_.tile_weight(w.mantissa, w.shift),
                  decoder_.tile_weight(p.row_w_mantissa, static_cast<int>(p.row_w_shift)));
  }
  if (p.row_exponent != tile->after.exponent || p.row_mantissa != tile->after.mantissa) {
    return differ("row sum", decoder_.row_sum(tile->after.exponent, tile->after.mantissa),
                  decoder_.row_sum(p.row_exponent, p.row_mantissa));
  }
  return true;
}

bool Checker::sums(const Probes& p) {
  if (sum_at_.pass >= plan_.passes.size()) return surplus(kSumModule, "T");
  const Pass& pass = plan_.passes[sum_at_.pass];
  for (int lane = 0; lane < plan_.lanes; ++lane) {
    const TileExpectation* tile = expected_tile(pass, lane);
    if (!tile) continue;
    // The values of a tile that does not count need not have been there.
    if (skip_v_ && !tile->tile_weight.merged) continue;
    for (int m = 0; m < plan_.merge; ++m) {
      const int e = sum_at_.at * plan_.merge + m;
      if (e >= job_.dv) break;
      ++compared_.tile_sums;
      const std::int64_t got =
          p.sum_value.get_signed((lane * plan_.merge + m) * p.t_bits, p.t_bits);
      if (got != tile->t[e]) {
        return fail(kSumModule, "T", where(pass, lane, -1) + ", element " + std::to_string(e),
                    decoder_.tile_sum(tile->t[e]), decoder_.tile_sum(got));
      }
    }
  }
  if (++sum_at_.at == plan_.o_beats) sum_at_ = {sum_at_.pass + 1, 0};
  return true;
}

}  // namespace flashd::sim
