// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "model/golden/job.hpp"
#include "sim/plugin.hpp"

namespace flashd::sim {

/// A small job that leaves as much as it can behind in an engine: every context used, NaN rows, row
/// states, biases, the other input format where the build takes it. Not to be moved.
struct WarmJob {
  WarmJob(const Job& next, const BuildInfo& build, std::uint64_t seed);
  WarmJob(const WarmJob&) = delete;
  WarmJob& operator=(const WarmJob&) = delete;

  std::vector<std::uint16_t> q, k, v;
  std::vector<float> bias;
  RowStates states;
  Job job;
};

}  // namespace flashd::sim
