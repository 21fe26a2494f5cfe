// SPDX-License-Identifier: Apache-2.0
// The bare lane against its value-level model: every sum, bit for bit.
#include "Vlane.h"
#include "model/rivals/rivals.hpp"
#include "sim/lane/bench.hpp"

namespace {

flashd::lane::Operands prepare(const flashd::Job& job) {
  return flashd::lane::raw_operands(job, 0);
}

flashd::lane::Expected expect(const flashd::Job& job) {
  flashd::lane::Expected out;
  for (const std::int32_t o : flashd::rivals::bare(job))
    out.o.push_back(static_cast<std::uint32_t>(o));
  out.state.assign(static_cast<std::size_t>(job.queries), 0);
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  flashd::lane::Design design;
  design.shape.d = FLASHD_LANE_D;
  design.shape.rows = FLASHD_LANE_ROWS;
  design.tile = FLASHD_LANE_D == 16 ? 16 : 64;
  design.prepare = prepare;
  design.expect = expect;
  return flashd::lane::run<Vlane>(argc, argv, design);
}
