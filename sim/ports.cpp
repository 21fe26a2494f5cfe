// SPDX-License-Identifier: Apache-2.0
#include "sim/ports.hpp"

#include "model/arith/spec.hpp"

namespace flashd::sim {

namespace {

constexpr int kRowFlagBits = 6;

}  // namespace

Ports::Ports(const BuildInfo& b) {
  const int merge = (b.width + b.tile - 1) / b.tile;
  const int frac = b.profile == Profile::fine ? spec::Fine::kScoreFrac : spec::Lean::kScoreFrac;
  bias_bits = spec::kBiasRangeLog2 + 1 + frac;
  q_data = k_data = v_data = Words(16 * b.width);
  b_value = Words(b.lanes * bias_bits);
  si_data = o_data = so_data = Words(b.lanes * merge * spec::kOBits);
  ri_exponent = ro_exponent = Words(b.lanes * spec::kSumExponent);
  ri_mantissa = ro_mantissa = ro_lse = Words(b.lanes * spec::kSumMantissa);
  ri_flags = ro_flags = Words(b.lanes * kRowFlagBits);
}

}  // namespace flashd::sim
