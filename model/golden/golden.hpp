// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/golden/job.hpp"
#include "model/golden/trace.hpp"

namespace flashd::golden {

/// Options that choose the arithmetic; bits depend on these and on the job, on nothing else.
struct Settings {
  Profile profile = Profile::fine;
  int tile = 64;  ///< keys per tile: 1..64
  /// Packed arith::SoftCap, as a descriptor holds it; wins over the job's soft_cap. 0: the job's.
  std::uint64_t soft_cap_word = 0;
};

/// Computes a job by the contract of docs/contract.md.
/// Uses the vectorised kernels; throws std::invalid_argument with check()'s sentence.
/// `observer`, if any, sees every row and tile; it always gets T, even of tiles not merged.
Result run(const Job& job, const Settings& settings, Observer* observer = nullptr);

/// The same, one scalar operation of model/arith at a time: slow, the definition.
Result run_scalar(const Job& job, const Settings& settings, Observer* observer = nullptr);

/// o_a + round(w (o_b - o_a)) for every row, w = S_b / (S_a + S_b); both states need one VE.
RowStates merge(const RowStates& a, const RowStates& b, int dv, Profile profile);

/// VE of a job: as given, of its state_in, or the exponent of the largest finite |V| within the key
/// length (the smallest normal exponent if all are zero).
int value_exponent(const Job& job);

/// Rounds a finished state to outputs: o [rows, dv] and lse [rows].
Result finish(const RowStates& state, int dv, OutputFormat output, Profile profile);

}  // namespace flashd::golden
