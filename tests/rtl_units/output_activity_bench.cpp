// SPDX-License-Identifier: Apache-2.0
// What must rest in flashd_output_lane: registers behind no step, sums of other steps than theirs,
// and what p = 0 brings after p = 0. Counts toggles.
#include <array>
#include <cstdio>

#include "Voutput_open.h"
#include "Voutput_open___024root.h"
#include "model/arith/spec.hpp"
#include "tests/rtl_units/dut.hpp"
#include "tests/rtl_units/units.hpp"

namespace flashd::rtl_units {

namespace {

using Model = Voutput_open;
constexpr int kCycles = 40000;
constexpr int kKeys = 4;
constexpr int kSteps = 4;  // of a full block

/// Registers of one channel.
struct Registers {
  std::array<std::uint64_t, kKeys + 1> group;  ///< the numbers, the carries that are left
  std::uint64_t sum, t;
};

#define CHANNEL(name) flashd_output_lane__DOT__gen_channel__BRA__0__KET____DOT__##name

Registers read(Model* model) {
  const auto* root = model->rootp;
  constexpr int kBits = spec::Fine::kTileFrac + 2 + 2;  // of a number
  Registers r;
  for (int n = 0; n < kKeys; ++n)
    r.group[n] = get(root->CHANNEL(u_group__DOT__value_o), kBits * n, kBits);
  r.group[kKeys] = root->CHANNEL(u_group__DOT__left_o);
  r.sum = root->CHANNEL(u_sum__DOT__gen_steps__DOT__sum_q);
  r.t = root->CHANNEL(u_sum__DOT__t_o);
  return r;
}

int toggles(std::uint64_t a, std::uint64_t b) { return __builtin_popcountll(a ^ b); }

template <std::size_t kCount>
int toggles(const std::array<std::uint64_t, kCount>& a,
            const std::array<std::uint64_t, kCount>& b) {
  int n = 0;
  for (std::size_t i = 0; i < kCount; ++i) n += toggles(a[i], b[i]);
  return n;
}

/// A step on its way.
struct Step {
  bool valid = false, last = false;
  bool zeros = false;  ///< all its p are zero, and those of the step before
};

struct Activity {
  long steps = 0, zeros = 0;
  long group = 0, sum = 0, t = 0;
};

/// zeros: share of keys with p = 0.
Activity measure(double zeros, Random& random, Checker* checker) {
  Dut<Model> dut;
  dut->rst_ni = 0;
  dut->en_i = 1;
  dut.tick();
  dut->rst_ni = 1;
  Activity a;
  std::array<bool, kKeys> was_zero{};
  Step first;
  int at = 0;
  for (int cycle = 0; cycle < kCycles; ++cycle) {
    const bool enable = chance(random, 0.8);
    Step step;
    step.valid = chance(random, 0.7);
    step.last = at == kSteps - 1;
    dut->en_i = enable;
    dut->valid_i = step.valid;
    dut->first_i = at == 0;
    dut->last_i = step.last;
    dut->missing_i = 0;
    dut->v_neg_i = random() & mask(kKeys);
    put(dut->v_sig_i, 0, 11 * kKeys, random());
    put(dut->v_dist_i, 0, 5 * kKeys, random() & random() & random());
    std::array<bool, kKeys> zero;
    step.zeros = true;
    for (int k = 0; k < kKeys; ++k) {
      zero[k] = chance(random, zeros);
      const std::uint64_t p = zero[k] ? 0 : (random() & mask(11)) | 1024u;
      put(dut->p_sig_i, 11 * k, 11, p);
      put(dut->p_triple_i, 13 * k, 13, 3 * p);
      put(dut->p_shift_i, 5 * k, 5, random() & 7u);
      step.zeros = step.zeros && zero[k] && was_zero[k];
    }
    const Registers x = read(dut.operator->());
    dut.tick();
    const Registers y = read(dut.operator->());
    if (!enable || !step.valid || step.zeros)
      checker->expect(toggles(x.group, y.group), 0, "toggles of a resting group", "cycle %d",
                      cycle);
    if (!enable || !first.valid || first.last)
      checker->expect(toggles(x.sum, y.sum), 0, "toggles of a resting sum", "cycle %d", cycle);
    if (!enable || !first.valid || !first.last)
      checker->expect(toggles(x.t, y.t), 0, "toggles of a resting T", "cycle %d", cycle);
    a.group += toggles(x.group, y.group);
    a.sum += toggles(x.sum, y.sum);
    a.t += toggles(x.t, y.t);
    if (!enable) continue;
    first = step;
    if (!step.valid) continue;
    ++a.steps;
    a.zeros += step.zeros;
    was_zero = zero;
    at = (at + 1) % kSteps;
  }
  return a;
}

}  // namespace

bool check_output_activity(std::uint64_t seed) {
  Random random(seed);
  Checker checker("output_lane activity");
  const Activity none = measure(0.0, random, &checker);
  const Activity most = measure(0.9, random, &checker);
  for (const Activity* a : {&none, &most}) {
    const auto per = [a](long toggled) {
      return static_cast<double>(toggled) / static_cast<double>(a->steps);
    };
    std::printf(
        "toggles per step of %d keys: group %.2f, sum %.2f, T %.2f; %ld steps, %ld of them "
        "of keys with p = 0 again\n",
        kKeys, per(a->group), per(a->sum), per(a->t), a->steps, a->zeros);
  }
  checker.expect(none.group > 4 * none.steps, true, "groups move", "%d", 0);
  checker.expect(none.sum > 2 * none.steps && none.t > none.steps, true, "sums move", "%d", 0);
  checker.expect(most.zeros > 1000, true, "keys with p = 0", "%d", 0);
  checker.expect(most.group * 2 < none.group, true, "groups rest with p = 0", "%d", 0);
  return checker.finish(100000);
}

}  // namespace flashd::rtl_units
