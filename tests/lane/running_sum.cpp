// SPDX-License-Identifier: Apache-2.0
// The lane of the running sum against its value-level model, bit for bit.
#include "Vlane.h"
#include "model/arith/output.hpp"
#include "model/arith/scale.hpp"
#include "model/golden/golden.hpp"
#include "model/rivals/rivals.hpp"
#include "sim/lane/bench.hpp"

#include <cmath>

namespace {

constexpr auto kProfile =
    FLASHD_LANE_PROFILE == 0 ? flashd::Profile::fine : flashd::Profile::lean;
constexpr std::uint64_t kSeen = std::uint64_t{1} << 51;

flashd::lane::Operands prepare(const flashd::Job& job) {
  const auto ve = static_cast<std::uint64_t>(flashd::golden::value_exponent(job) + 127) & 0xFFu;
  return flashd::lane::fixed_operands(
      job, kProfile, 0, ve << 22 | flashd::arith::make_scale(job.scale).mantissa);
}

/// x, which has at most 53 significant bits, rounded once.
std::uint32_t bf16(double x) {
  int exponent = 0;
  const double fraction = std::frexp(std::fabs(x), &exponent);
  const auto magnitude = static_cast<std::uint64_t>(std::ldexp(fraction, 53));
  return flashd::arith::round_to_float(x < 0.0, magnitude, exponent - 53,
                                       flashd::arith::kBf16Shape) >> 16;
}

flashd::lane::Expected expect(const flashd::Job& job) {
  const flashd::rivals::RunningSumRows rows = flashd::rivals::running_sum_rows(job, kProfile);
  flashd::lane::Expected out;
  for (const double o : rows.output.o) out.o.push_back(bf16(o));
  for (const flashd::rivals::RunningSumState& state : rows.states) {
    const auto m = static_cast<std::uint64_t>(state.m) & 0x7FFFFu;
    out.state.push_back(state.seen ? kSeen | m << 32 | state.l : 0);
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  flashd::lane::Design design;
  design.shape.d = FLASHD_LANE_D;
  design.shape.rows = FLASHD_LANE_ROWS;
  design.shape.q_bits = 19;
  design.shape.v_bits = 14;
  design.tile = FLASHD_LANE_D == 16 ? 16 : 64;
  design.prepare = prepare;
  design.expect = expect;
  design.state = [](std::uint64_t state) { return (state & kSeen) != 0 ? state : 0; };
  return flashd::lane::run<Vlane>(argc, argv, design);
}
