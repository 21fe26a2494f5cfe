// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/arith/spec.hpp"
#include "model/golden/job.hpp"

namespace flashd::energy {

/// Bits of K that differ from what stood at the same multiplier of the score array one step
/// before, at every multiplier whose lane has a row.
struct Toggles {
  double signs = 0;
  double significand_bits = 0;  ///< leading ones too, which zero and subnormals do not have
};

/// Toggles of a job on a device, counted in its K: KV head by KV head, blocks of LANES x CONTEXTS
/// rows, tile by tile, context by context, from the first key to the last that a row of the
/// context sees, beat by beat (docs/system.md, "A job"). Every job starts from zeros. A bias that
/// masks keys changes nothing, nor do states; a row cut into several jobs counts as one.
/// Cost: d operations per key of a head and per context and tile, one per row.
Toggles count_toggles(const Job& job, const spec::Config& config);

/// The mean of random elements in BF16, for `pairs` visible (row, key) pairs of d elements: half of
/// the signs and of the 7 stored bits change.
Toggles random_toggles(std::uint64_t pairs, int d);

}  // namespace flashd::energy
