// SPDX-License-Identifier: Apache-2.0
// Keys with p = 0 must not move the registers of flashd_output_lane: counts their toggles.
#include <cstdio>

#include "Voutput_open.h"
#include "Voutput_open___024root.h"
#include "model/arith/spec.hpp"
#include "tests/rtl_units/dut.hpp"
#include "tests/rtl_units/units.hpp"

namespace flashd::rtl_units {

namespace {

using Model = Voutput_open;
constexpr int kKeys = 20000;
constexpr int kTile = 64;

struct Activity {
  std::uint64_t product = 0;  ///< toggles of product registers
  std::uint64_t sum = 0;
  std::uint64_t held = 0;  ///< keys with p = 0
  std::uint64_t idle = 0;  ///< product toggles that they caused
};

std::uint64_t product(Model* m) {
  const auto* r = m->rootp;
  return static_cast<std::uint64_t>(
             r->flashd_output_lane__DOT__gen_element__BRA__0__KET____DOT__u_element__DOT__addend_q) |
         static_cast<std::uint64_t>(
             r->flashd_output_lane__DOT__gen_element__BRA__0__KET____DOT__u_element__DOT__carry_q)
             << 40;
}

std::uint64_t sum(Model* m) {
  return m->rootp->flashd_output_lane__DOT__gen_element__BRA__0__KET____DOT__u_element__DOT__sum_q;
}

int toggles(std::uint64_t a, std::uint64_t b) { return __builtin_popcountll(a ^ b); }

Activity measure(double zeros, Random& random) {
  Dut<Model> dut;
  dut->rst_ni = 0;
  dut.tick();
  dut->rst_ni = 1;
  dut->en_i = 1;
  Activity a;
  for (int i = 0; i < kKeys; ++i) {
    const bool zero = chance(random, zeros);
    dut->valid_i = 1;
    dut->first_i = i % kTile == 0;
    dut->last_i = i % kTile == kTile - 1;
    dut->clear_i = 0;
    dut->p_zero_i = zero;
    dut->p_sig_i = zero ? 0 : random() & mask(spec::Fine::kPBits);
    dut->p_shift_i = zero ? 0 : random() & 7u;
    dut->v_neg_i = random() & 3u;
    dut->v_sig_i = random() & mask(22);
    dut->v_dist_i = 0;
    const std::uint64_t p = product(dut.operator->());
    const std::uint64_t s = sum(dut.operator->());
    dut.tick();
    const int moved = toggles(p, product(dut.operator->()));
    a.product += moved;
    a.sum += toggles(s, sum(dut.operator->()));
    a.held += zero;
    if (zero) a.idle += moved;
  }
  return a;
}

}  // namespace

bool check_output_activity(std::uint64_t seed) {
  Random random(seed);
  const Activity none = measure(0.0, random);
  const Activity most = measure(0.9, random);
  std::printf(
      "toggles per key of one element: product %.2f, sum %.2f; with 90 %% zero weights "
      "%.2f and %.2f, of these %llu in %llu keys with p = 0\n",
      static_cast<double>(none.product) / kKeys, static_cast<double>(none.sum) / kKeys,
      static_cast<double>(most.product) / kKeys, static_cast<double>(most.sum) / kKeys,
      static_cast<unsigned long long>(most.idle), static_cast<unsigned long long>(most.held));
  Checker checker("output_lane activity");
  checker.expect(static_cast<std::int64_t>(most.idle), 0, "product toggles of keys with p = 0",
                 "%d keys", kKeys);
  checker.expect(none.product > 5 * kKeys, true, "products move without zero weights", "%d", 0);
  checker.expect(most.product * 8 < none.product, true, "products rest with zero weights", "%d", 0);
  checker.expect(most.sum * 4 < none.sum, true, "sums rest with zero weights", "%d", 0);
  return checker.finish(4);
}

}  // namespace flashd::rtl_units
