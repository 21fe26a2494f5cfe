// SPDX-License-Identifier: Apache-2.0
// flashd_lane_round against arith::round_output: ties, powers of two and their neighbours,
// subnormals and overflow of either sign, and random words of every magnitude.
#include <cstdint>
#include <cstdio>
#include <deque>

#include "Vlane_round.h"
#include "model/arith/output.hpp"
#include "sim/random.hpp"
#include "verilated.h"

namespace {

constexpr long kLeast = 2000000;

struct Bench {
  VerilatedContext context;
  Vlane_round unit{&context, "round"};
  std::deque<std::uint32_t> due;
  long compared = 0;
  long wrong = 0;

  void put(std::int32_t o, int ve) {
    unit.o_i = static_cast<std::uint32_t>(o);
    unit.v_exp_i = static_cast<std::uint8_t>(ve);
    unit.en_i = 1;
    unit.clk_i = 1;
    unit.eval();
    unit.clk_i = 0;
    unit.eval();
    due.push_back(flashd::arith::round_output(o, ve, flashd::arith::kBf16Shape) >> 16);
    if (due.size() < 2) return;
    ++compared;
    if (unit.bits_o != due.front() && ++wrong < 5)
      std::printf("0x%04x instead of 0x%04x, one before o %d VE %d\n", unit.bits_o, due.front(), o,
                  ve);
    due.pop_front();
  }
};

}  // namespace

int main() {
  Bench bench;
  bench.unit.clk_i = 0;
  bench.unit.eval();
  for (int ve = -127; ve <= 127; ve += ve < -90 || ve > 115 ? 1 : 13) {
    for (int bit = 0; bit < 31; ++bit) {
      for (int tie = -1; tie < bit; ++tie) {
        const std::int64_t base = (std::int64_t{1} << bit) + (tie < 0 ? 0 : std::int64_t{1} << tie);
        for (std::int64_t near = base - 1; near <= base + 1; ++near) {
          bench.put(static_cast<std::int32_t>(near), ve);
          bench.put(static_cast<std::int32_t>(-near), ve);
        }
      }
    }
    bench.put(INT32_MIN, ve);
    bench.put(INT32_MAX, ve);
    bench.put(0, ve);
  }
  flashd::sim::Random random(1);
  while (bench.compared < kLeast) {
    const std::uint64_t r = random.next();
    const auto o = static_cast<std::int32_t>(static_cast<std::uint32_t>(r)) >> ((r >> 32) % 32);
    bench.put(o, static_cast<int>((r >> 40) % 255) - 127);
  }
  bench.unit.final();
  std::printf("%ld comparisons, %ld mismatches\n", bench.compared, bench.wrong);
  return bench.wrong == 0 ? 0 : 1;
}
