// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "model/systemc/parameters.hpp"

namespace flashd::twin {

/// Sizes and times of the output array, as flashd_output_phase and its time package have them.
struct OutputShape {
  explicit OutputShape(const Parameters& p)
      : keys(std::min({16, p.width, p.tile})),
        channels(p.width / keys),
        groups(p.tile / keys),
        merge(p.merge()),
        full_steps(channels / merge),
        at_merge(kAtRow + spec::kLatencyNonlinear + p.lanes),
        step_delay(std::max(at_merge - spec::kLatencyOutput - 1 - groups, kAtWeight)),
        at_start(step_delay + spec::kLatencyOutput),
        due(at_merge - at_start - 2),
        row_wait(std::max(
            0, std::max<int>(spec::kLatencyNonlinear + 1 + 2 * p.lanes, spec::kLatencyMinPass) -
                   at_merge)) {}

  static constexpr int kAtWeight = 1 + spec::kLatencyWeight;
  static constexpr int kAtRow = kAtWeight + 2;  ///< row unit starts

  int keys;        ///< of a step
  int channels;    ///< of a step, and of a block
  int groups;      ///< of keys in a tile
  int merge;       ///< channels of a merge step
  int full_steps;  ///< merge steps of a full block
  int at_merge;    ///< cycles from a context's last key until g and w are due
  int step_delay;  ///< cycles from a step's issue until its weights are read
  int at_start;    ///< cycles from a block's last step until its merge starts
  int due;         ///< cycles from a context's first step until a last one is in time
  int row_wait;    ///< cycles that the row unit is busy beyond the start of the first merge
};

}  // namespace flashd::twin
