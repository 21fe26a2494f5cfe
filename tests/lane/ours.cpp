// SPDX-License-Identifier: Apache-2.0
// Our lane against golden: every output as BF16 and every row sum, bit for bit.
#include "Vlane.h"
#include "model/arith/scale.hpp"
#include "model/golden/golden.hpp"
#include "sim/lane/bench.hpp"

#include <cstring>

namespace {

constexpr auto kProfile = FLASHD_LANE_PROFILE == 0 ? flashd::Profile::fine : flashd::Profile::lean;
constexpr int kTile = FLASHD_LANE_D == 16 ? 16 : 64;
constexpr std::uint64_t kHasKeys = std::uint64_t{1} << 51;

flashd::lane::Operands prepare(const flashd::Job& job) {
  const auto ve = static_cast<std::uint64_t>(flashd::golden::value_exponent(job)) & 0xFFu;
  return flashd::lane::fixed_operands(job, kProfile, kTile,
                                      ve << 22 | flashd::arith::make_scale(job.scale).mantissa);
}

flashd::lane::Expected expect(const flashd::Job& job) {
  flashd::golden::Settings settings;
  settings.profile = kProfile;
  settings.tile = kTile;
  const flashd::Result result = flashd::golden::run(job, settings);
  flashd::lane::Expected out;
  for (const float o : result.o) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &o, sizeof bits);
    out.o.push_back(bits >> 16);
  }
  for (const flashd::RowHead& head : result.state.head) {
    const bool has_keys = (head.flags & flashd::kRowHasKeys) != 0;
    const auto exponent = static_cast<std::uint64_t>(head.exponent) & 0x7FFFFu;
    out.state.push_back(has_keys ? kHasKeys | exponent << 32 | head.mantissa : 0);
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
  design.shape.v_keys = 16;
  design.shape.outputs = FLASHD_LANE_D / kTile;
  design.tile = kTile;
  design.prepare = prepare;
  design.expect = expect;
  design.state = [](std::uint64_t state) { return (state & kHasKeys) != 0 ? state : 0; };
  return flashd::lane::run<Vlane>(argc, argv, design);
}
