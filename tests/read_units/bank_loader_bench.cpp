// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <deque>

#include "Vloader_k.h"
#include "Vloader_v.h"
#include "tests/read_units/units.hpp"
#include "tests/rtl_units/dut.hpp"

namespace flashd::read_units {

namespace {

using namespace rtl_units;

struct Tile {
  int keys = 0;
  int bank = 0;
};

/// Headers against credits, or as many as the queue holds; beats of announced tiles with or without
/// gaps, banks given back in turn: no beat may find ready low, and each must go to its place.
template <class Model>
void tiles(int banks, bool credit, double pause, Random& random, Checker* checker) {
  Dut<Model> dut;
  dut->rst_ni = 0;
  dut->tile_valid_i = dut->beat_valid_i = dut->release_i = 0;
  dut.tick();
  dut->rst_ni = 1;
  const int beats_per_key = static_cast<int>(between(random, 1, 4));
  dut->beats_i = static_cast<std::uint8_t>(beats_per_key);
  std::deque<int> queue;                   // headers before the loader, as the engine's queue
  std::deque<Tile> announced;              // taken, not empty, not complete
  std::deque<std::pair<int, bool>> order;  // all banks in use: bank, complete
  int credits = banks;
  int next = 0;
  int beat = 0;
  for (int cycle = 0; cycle < 30000; ++cycle) {
    const bool release = !order.empty() && order.front().second && chance(random, 0.4);
    const int released = release ? order.front().first : -1;
    dut->release_i = release ? 1 << released : 0;
    if ((credit ? credits > 0 : queue.size() < 4) && chance(random, 0.5)) {
      --credits;
      queue.push_back(chance(random, 0.5) ? 0 : static_cast<int>(between(random, 1, 4)));
    }
    dut->tile_valid_i = !queue.empty();
    dut->tile_keys_i = static_cast<std::uint8_t>(queue.empty() ? 0 : queue.front());
    const bool valid = !announced.empty() && !chance(random, pause);
    dut->beat_valid_i = valid;
    dut.settle();
    std::uint32_t full_banks = 0;
    for (const auto& bank : order) full_banks |= bank.second ? 1u << bank.first : 0u;
    checker->expect(dut->full_o, full_banks, "full", "cycle %d", cycle);
    checker->expect(dut->take_o, valid, "take", "cycle %d", cycle);
    bool tile_end = false;
    if (valid) {
      const Tile& tile = announced.front();
      checker->expect(dut->bank_o, tile.bank, "bank", "cycle %d", cycle);
      checker->expect(dut->key_o, beat / beats_per_key, "key", "cycle %d", cycle);
      checker->expect(dut->beat_o, beat % beats_per_key, "beat", "cycle %d", cycle);
      tile_end = ++beat == tile.keys * beats_per_key;
    }
    const bool room = order.size() < static_cast<std::size_t>(banks);
    const bool taken =
        !queue.empty() && room && (queue.front() == 0 || announced.empty() || tile_end);
    checker->expect(dut->tile_ready_o, taken, "header taken", "cycle %d", cycle);
    if (tile_end) {
      beat = 0;
      for (auto& bank : order)
        if (bank.first == announced.front().bank) bank.second = true;
      announced.pop_front();
    }
    if (taken) {
      order.emplace_back(next, queue.front() == 0);
      if (queue.front() != 0) announced.push_back({queue.front(), next});
      next = (next + 1) % banks;
      queue.pop_front();
    }
    if (release) {
      order.pop_front();
      ++credits;
    }
    dut.tick();
  }
}

}  // namespace

bool check_bank_loader(std::uint64_t seed) {
  Random random(seed);
  Checker checker("bank_loader");
  for (const double pause : {0.0, 0.3}) {
    for (int i = 0; i < 4; ++i) {
      tiles<Vloader_k>(2, i % 2 != 0, pause, random, &checker);
      tiles<Vloader_v>(3, i % 2 != 0, pause, random, &checker);
    }
  }
  return checker.finish(1000000);
}

}  // namespace flashd::read_units
