// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/arith/spec.hpp"
#include "model/golden/job.hpp"

namespace flashd::energy {

/// What changes at the multipliers of the score array from one step to the next, at every
/// multiplier whose lane has a row.
struct Toggles {
  /// Bits of the products whose sign differs from that of the product before. A product has the
  /// bits that its exponents give it on the product grid, 0 to 12 + G; none if an operand is zero.
  double sign_bits = 0;
  /// Bits of keys' significands that differ from those of the key before; leading ones too, which
  /// zero and subnormals do not have.
  double significand = 0;
};

/// Toggles of a job on a device, counted in its Q and K: KV head by KV head, blocks of LANES x
/// CONTEXTS rows, tile by tile, context by context, from the first key to the last that a row of
/// the context sees, beat by beat (docs/system.md, "A job"). Every KV head starts from zeros. A
/// bias that masks keys changes nothing, nor do states; a row cut into several jobs counts as one.
/// Cost: about one step of a vector loop per 8 elements of every visible (row, key) pair.
Toggles count_toggles(const Job& job, const spec::Config& config);

/// The mean of normal random Q and K in BF16 with a scale of 1 / sqrt(d), for `pairs` visible
/// (row, key) pairs of d elements.
Toggles random_toggles(std::uint64_t pairs, int d);

}  // namespace flashd::energy
