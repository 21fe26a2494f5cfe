// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/golden/job.hpp"

namespace flashd::golden {

/// Options that choose the arithmetic; bits depend on these and on the job, on nothing else.
struct Settings {
  Profile profile = Profile::fine;
  int tile = 64;  ///< keys per tile: 1..64
};

/// Computes a job by the contract of docs/contract.md.
/// Uses the vectorised kernels; throws std::invalid_argument with check()'s sentence.
Result run(const Job& job, const Settings& settings);

/// The same, one scalar operation of model/arith at a time: slow, the definition.
Result run_scalar(const Job& job, const Settings& settings);

/// o_a + round(w (o_b - o_a)) for every row, w = S_b / (S_a + S_b); both states need one VE.
RowStates merge(const RowStates& a, const RowStates& b, int dv, Profile profile);

/// Rounds a finished state to outputs: o [rows, dv] and lse [rows].
Result finish(const RowStates& state, int dv, OutputFormat output, Profile profile);

}  // namespace flashd::golden
