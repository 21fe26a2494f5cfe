// SPDX-License-Identifier: Apache-2.0
/// flashd_lane_published against rivals::flashd_published: every element of o, every row state.
#include "Vlane.h"
#include "model/reference/decode.hpp"
#include "model/rivals/published_rows.hpp"
#include "sim/lane/bench.hpp"
#include "tests/lane/published_codes.hpp"

namespace {

using namespace flashd;

/// The BF16 of a value that is one; zero has one form.
std::uint32_t bits(double x) { return x == 0.0 ? 0 : reference::bf16_bits(static_cast<float>(x)); }

lane::Expected expect(const Job& job) {
  const rivals::PublishedRows rows = rivals::flashd_published_rows(job);
  lane::Expected expected;
  for (const double o : rows.output.o) expected.o.push_back(bits(o));
  for (const rivals::PublishedRow& row : rows.states) {
    // A weight of zero stands for the smallest one, which the next key starts from.
    const std::uint32_t w =
        row.w == rivals::kSmallestPublishedWeight ? 0 : lane::published::weight_code(row.w);
    expected.state.push_back(row.seen ? 1u << 27 | w << 16 | bits(row.s) : 0);
  }
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
