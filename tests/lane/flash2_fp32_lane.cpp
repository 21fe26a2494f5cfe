// SPDX-License-Identifier: Apache-2.0
/// flashd_lane_flash2_fp32 against rivals::flash2_fp32: every element of o, every row state.
#include "Vlane.h"
#include "model/rivals/flash2_rows.hpp"
#include "sim/lane/bench.hpp"

#include <cstring>

namespace {

using namespace flashd;

/// The bits of an FP32 value; zero has one form.
std::uint32_t bits(double value) {
  const float x = value == 0.0 ? 0.0f : static_cast<float>(value);
  std::uint32_t word = 0;
  std::memcpy(&word, &x, sizeof word);
  return word;
}

lane::Expected expect(const Job& job) {
  const rivals::Flash2Rows rows = rivals::flash2_fp32_rows(job);
  lane::Expected expected;
  for (const double o : rows.output.o) expected.o.push_back(bits(o));
  for (const rivals::Flash2Row& row : rows.states) {
    const auto m = static_cast<std::uint32_t>(static_cast<std::int32_t>(row.m));
    expected.state.push_back(row.seen ? std::uint64_t{m} << 32 | bits(row.l) : 0);
  }
  return expected;
}

}  // namespace

int main(int argc, char** argv) {
  lane::Design design;
  design.shape.d = FLASHD_LANE_D;
  design.shape.rows = FLASHD_LANE_ROWS;
  design.prepare = [](const Job& job) {
    return lane::raw_operands(job, bits(job.scale * 1.4426950408889634074));
  };
  design.expect = expect;
  return lane::run<Vlane>(argc, argv, design);
}
