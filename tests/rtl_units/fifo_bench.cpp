// SPDX-License-Identifier: Apache-2.0
// flashd_fifo against std::deque, with and without a head in registers: every word and flag of
// every cycle.
#include <cstddef>
#include <deque>

#include "Vfifo_1.h"
#include "Vfifo_1_head.h"
#include "Vfifo_4.h"
#include "Vfifo_4_head.h"
#include "Vfifo_5_head.h"
#include "tests/rtl_units/dut.hpp"
#include "tests/rtl_units/units.hpp"

namespace flashd::rtl_units {

namespace {

constexpr int kCycles = 20000;
constexpr int kStretch = 64;  // cycles of one pace on each side

template <class Model>
bool check(const char* name, std::size_t depth, Random& random) {
  Dut<Model> dut;
  Checker checker(name);
  std::deque<std::uint64_t> words;
  dut->rst_ni = 0;
  dut.tick();
  dut->rst_ni = 1;
  double come = 0.5, go = 0.5;
  int full = 0, empty = 0, through = 0;
  for (int cycle = 0; cycle < kCycles; ++cycle) {
    if (cycle % kStretch == 0) {
      come = static_cast<double>(between(random, 1, 4)) / 4;
      go = static_cast<double>(between(random, 1, 4)) / 4;
    }
    dut->valid_i = chance(random, come);
    dut->ready_i = chance(random, go);
    dut->data_i = static_cast<std::uint32_t>(random());
    dut.settle();
    checker.expect(dut->ready_o, words.size() < depth, "ready", "cycle %d", cycle);
    checker.expect(dut->valid_o, !words.empty(), "valid", "cycle %d", cycle);
    if (!words.empty()) checker.expect(dut->data_o, words.front(), "word", "cycle %d", cycle);
    const bool pop = dut->ready_i && !words.empty();
    const bool push = dut->valid_i && words.size() < depth;
    full += words.size() == depth;
    empty += words.empty();
    through += push && pop && words.size() == 1;
    if (pop) words.pop_front();
    if (push) words.push_back(dut->data_i);
    dut.tick();
  }
  // A full queue of one word takes none while it gives one.
  checker.expect(full > 100 && empty > 100 && (through > 100 || depth == 1), 1, "states met",
                 "%d full, %d empty, %d passed on", full, empty, through);
  return checker.finish(2 * kCycles);
}

}  // namespace

bool check_fifo(std::uint64_t seed) {
  Random random(seed);
  bool good = check<Vfifo_4>("flashd_fifo, 4", 4, random);
  good = check<Vfifo_1>("flashd_fifo, 1", 1, random) && good;
  good = check<Vfifo_4_head>("flashd_fifo, 4 and head", 4, random) && good;
  good = check<Vfifo_5_head>("flashd_fifo, 5 and head", 5, random) && good;
  return check<Vfifo_1_head>("flashd_fifo, 1 and head", 1, random) && good;
}

}  // namespace flashd::rtl_units
