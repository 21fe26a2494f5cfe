// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "model/arith/bits.hpp"
#include "sim/check.hpp"

namespace flashd::sim {

namespace {

constexpr const char* kEngine = "flashd_engine";
// Classes of a cycle (rtl/engine/flashd_tap_pkg.sv).
constexpr const char* kSkipModule = "flashd_engine.u_score.u_headers.u_skip";
/// A tile is given up if its sum lies this many octaves below the row's, or more.
constexpr int kSkipMargin = 34;
constexpr std::uint32_t kScoreIdle = 6;
constexpr std::uint32_t kOutputIdle = 5;

}  // namespace

bool Checker::taps(const Ports& p) {
  taps_.scored += p.tap_keys_scored;
  taps_.skipped += p.tap_keys_skipped;
  taps_.saturations += p.tap_saturations;
  taps_.tiles += p.tap_tiles;
  taps_.tiles_skipped += p.tap_tiles_skipped;
  taps_.beats += p.tap_score_beat;
  taps_.steps += p.tap_output_step;
  taps_.k_freed += p.k_freed;
  taps_.v_freed += p.v_freed;
  taps_.takes += p.out_take;
  if (p.tap_score_beat != (p.tap_score_wait == 0) || p.tap_score_wait > kScoreIdle) {
    return fail(kEngine, "tap_score_wait_o",
                "a cycle with busy " + std::to_string(p.tap_score_beat),
                p.tap_score_beat ? "0" : "1 to 6", std::to_string(p.tap_score_wait));
  }
  if (p.tap_output_step != (p.tap_output_wait == 0) || p.tap_output_wait > kOutputIdle) {
    return fail(kEngine, "tap_output_wait_o",
                "a cycle with busy " + std::to_string(p.tap_output_step),
                p.tap_output_step ? "0" : "1 to 5", std::to_string(p.tap_output_wait));
  }
  return !p.skip_valid || verdict(p);
}

bool Checker::verdict(const Ports& p) {
  // With skip_v every tile is a pass of one context.
  const std::size_t at = taps_.reports++;
  if (!skip_v_ || at >= plan_.passes.size()) return surplus(kEngine, "skip_valid_o");
  if (!lockstep_) return true;
  const Pass& pass = plan_.passes[at];
  const int margin = arith::ceil_log2(static_cast<std::uint32_t>(plan_.tile)) + kSkipMargin;
  bool skip = true;
  if (pass.tile == 0) skip_rows_.assign(plan_.lanes, {});
  for (int lane = 0; lane < plan_.lanes; ++lane) {
    SkipRow& row = skip_rows_[lane];
    const Row& place = row_of(pass, lane);
    if (pass.tile == 0 && job_.state_in && place.valid) {
      const RowHead& head = job_.state_in->head[place.head * job_.queries + place.query];
      row = {(head.flags & kRowHasKeys) != 0, (head.flags & kRowNanScore) != 0, head.exponent};
    }
    const TileExpectation* tile = expected_tile(pass, lane);
    if (!tile) continue;
    row.bad = (tile->after.flags & kRowNanScore) != 0;
    skip = skip && !row.bad && row.known && tile->reference + margin <= row.least;
    if (!row.known || tile->reference - 1 > row.least) row.least = tile->reference - 1;
    row.known = true;
  }
  return p.skip == skip || fail(kSkipModule, "skip", where(pass, 0, -1), std::to_string(skip),
                                std::to_string(p.skip));
}

bool Checker::finish_taps() {
  std::uint64_t tiles = 0;
  for (const Block& b : plan_.blocks) tiles += b.tiles.size();
  // A step of the output array takes `group` keys and width / group channels.
  const int group = std::min({16, plan_.width, plan_.tile});
  const int block = plan_.width / group;
  const auto blocks = static_cast<std::uint64_t>((job_.dv + block - 1) / block);
  std::uint64_t keys = 0, steps = 0;
  for (const Pass& p : plan_.passes) {
    keys += static_cast<std::uint64_t>(p.end - p.begin);
    if (p.begin < p.end)
      steps += blocks * static_cast<std::uint64_t>((p.end - 1) / group - p.begin / group + 1);
  }
  const auto check = [&](const char* name, std::uint64_t expected, std::uint64_t got) {
    return expected == got || fail(kEngine, std::string("sum of ") + name, "whole job",
                                   std::to_string(expected), std::to_string(got));
  };
  return check("tap_keys_scored_o", counts_.scores, taps_.scored) &&
         check("tap_keys_skipped_o", counts_.keys_skipped, taps_.skipped) &&
         check("tap_saturations_o", counts_.saturations, taps_.saturations) &&
         check("tap_tiles_o", counts_.tiles, taps_.tiles) &&
         check("tap_tiles_skipped_o", counts_.tiles_skipped, taps_.tiles_skipped) &&
         check("tap_score_beat_o", keys * plan_.q_beats, taps_.beats) &&
         check("tap_output_step_o", steps, taps_.steps) &&
         check("k_freed_o", tiles, taps_.k_freed) && check("v_freed_o", tiles, taps_.v_freed) &&
         check("out_take_o", contexts_, taps_.takes) &&
         check("skip_valid_o", skip_v_ ? tiles : 0, taps_.reports);
}

}  // namespace flashd::sim
