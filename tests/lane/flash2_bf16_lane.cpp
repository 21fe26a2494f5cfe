// SPDX-License-Identifier: Apache-2.0
/// flashd_lane_flash2_bf16 against rivals::flash2_bf16: every element of o, every row state.
#include "Vlane.h"
#include "model/reference/decode.hpp"
#include "model/rivals/flash2_rows.hpp"
#include "sim/lane/bench.hpp"

namespace {

using namespace flashd;

/// The BF16 of a value that is one; zero has one form.
std::uint32_t bits(double x) { return x == 0.0 ? 0 : reference::bf16_bits(static_cast<float>(x)); }

lane::Expected expect(const Job& job) {
  const rivals::Flash2Rows rows = rivals::flash2_bf16_rows(job);
  lane::Expected expected;
  for (const double o : rows.output.o) expected.o.push_back(bits(o));
  for (const rivals::Flash2Row& row : rows.states)
    expected.state.push_back(row.seen ? bits(row.l) << 16 | bits(row.m) : 0);
  return expected;
}

}  // namespace

int main(int argc, char** argv) {
  lane::Design design;
  design.shape.d = FLASHD_LANE_D;
  design.shape.rows = FLASHD_LANE_ROWS;
  design.prepare = [](const Job& job) {
    return lane::raw_operands(job, reference::bf16_bits(static_cast<float>(job.scale)));
  };
  design.expect = expect;
  return lane::run<Vlane>(argc, argv, design);
}
