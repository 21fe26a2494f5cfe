// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/api/flashd.h"

namespace flashd::host {

/// Adds every count of `part`.
inline void add(flashd_counters& sum, const flashd_counters& part) {
  sum.jobs += part.jobs;
  sum.cycles += part.cycles;
  sum.total_cycles += part.total_cycles;
  sum.macs += part.macs;
  sum.scores += part.scores;
  sum.keys_skipped += part.keys_skipped;
  sum.tiles += part.tiles;
  sum.tiles_skipped += part.tiles_skipped;
  sum.saturations += part.saturations;
  sum.rows_nan += part.rows_nan;
  sum.rows_empty += part.rows_empty;
  sum.compared_scores += part.compared_scores;
  sum.compared_weights += part.compared_weights;
  sum.compared_tile_sums += part.compared_tile_sums;
  sum.compared_row_states += part.compared_row_states;
  sum.compared_outputs += part.compared_outputs;
  sum.mismatches += part.mismatches;
}

}  // namespace flashd::host
