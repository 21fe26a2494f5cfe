// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <deque>

#include "Vsoft_cap_fine.h"
#include "Vsoft_cap_lean.h"
#include "model/arith/soft_cap.hpp"
#include "tests/rtl_units/dut.hpp"
#include "tests/rtl_units/units.hpp"

namespace flashd::rtl_units {

namespace {

/// One instance that is given a score every cycle; a queue is what flows through it.
template <class P, class Model>
class Capper {
 public:
  Capper(int score_bits, Checker* checker) : bits_(score_bits), checker_(checker) {}

  std::int64_t largest() const { return (std::int64_t{1} << (bits_ - 1)) - 1; }

  /// Constants change when nothing is in flight.
  void set(const arith::SoftCap& cap) {
    drain();
    cap_ = cap;
    dut_->enable_i = cap.enabled;
    dut_->inverse_i = cap.inverse;
    dut_->shift_i = cap.shift;
    dut_->cap_i = cap.cap;
  }

  void give(std::int64_t score) {
    score = std::min(std::max(score, -largest() - 1), largest());
    dut_->score_i = static_cast<std::uint64_t>(score) & mask(bits_);
    dut_.tick();
    flight_.push_back(score);
    if (flight_.size() == spec::kLatencySoftCap) take();
  }

  void drain() {
    while (!flight_.empty()) {
      dut_.tick();
      take();
    }
  }

 private:
  void take() {
    const std::int64_t score = flight_.front();
    flight_.pop_front();
    checker_->expect(sign_extend(dut_->score_o, bits_), arith::soft_cap<P>(score, cap_), "score",
                     "score %lld cap %u inverse %u shift %d", static_cast<long long>(score),
                     cap_.cap, cap_.inverse, cap_.shift);
  }

  Dut<Model> dut_;
  int bits_;
  Checker* checker_;
  arith::SoftCap cap_;
  std::deque<std::int64_t> flight_;
};

/// A cap in nats from the smallest to the largest, uniform in its logarithm.
double draw_cap(Random& random) {
  return std::exp2(
      std::uniform_real_distribution<double>(spec::kCapMinLog2, spec::kCapMaxLog2)(random));
}

template <class P, class Model>
void run(int score_bits, Random& random, Checker* checker) {
  Capper<P, Model> unit(score_bits, checker);
  // Every score up to saturation, both signs, of caps whose last scores are in reach.
  for (const double nats : {0x1p-10, 0.01, 1.0, 1.3863, 2.0}) {
    unit.set(arith::make_soft_cap(nats));
    const auto end = static_cast<std::int64_t>(std::ldexp(12.5 * nats, P::kScoreFrac)) + 4;
    for (std::int64_t x = -end; x <= end; ++x) unit.give(x);
  }
  // Every 37th score of the others, and all scores around the edges of the table.
  for (const double nats : {256.0, 255.0, 177.445, 177.446, 88.7228, 50.0, 30.0}) {
    const arith::SoftCap cap = arith::make_soft_cap(nats);
    unit.set(cap);
    const double unit_score = std::ldexp(nats * 1.4426950408889634, P::kScoreFrac);
    for (std::int64_t x = random() % 37; x < 9 * unit_score; x += 37) {
      unit.give(x);
      unit.give(-x);
    }
    for (int edge = 0; edge <= 256; ++edge) {
      const auto at = static_cast<std::int64_t>(unit_score * edge / 32.0);
      for (std::int64_t x = at - 4; x <= at + 4; ++x) unit.give(x), unit.give(-x);
    }
  }
  for (int job = 0; job < 2000; ++job) {
    arith::SoftCap cap = arith::make_soft_cap(draw_cap(random));
    cap.enabled = !chance(random, 0.1);
    // Words that no cap in range makes: the unit follows the integers.
    if (chance(random, 0.2)) cap.inverse = static_cast<std::uint32_t>(random() & mask(22));
    if (chance(random, 0.2)) cap.cap = static_cast<std::uint32_t>(random() & mask(23));
    if (chance(random, 0.2)) cap.shift = static_cast<int>(between(random, 0, 31));
    if (chance(random, 0.02)) cap.cap = (1u << 23) - 1;
    unit.set(cap);
    for (int i = 0; i < 200; ++i) {
      std::int64_t x = static_cast<std::int64_t>(random()) >> between(random, 64 - score_bits, 63);
      if (chance(random, 0.2)) {
        // Where the shifted score reaches 8: 2^(12 + F - shift).
        const int reach = std::max(0, 12 + P::kScoreFrac - cap.shift);
        x = (std::int64_t{1} << reach) + between(random, -3, 3);
        if (chance(random, 0.5)) x = -x;
      }
      if (chance(random, 0.02)) x = chance(random, 0.5) ? unit.largest() : -unit.largest() - 1;
      unit.give(x);
    }
  }
  unit.drain();
}

}  // namespace

bool check_soft_cap(std::uint64_t seed) {
  Random random(seed);
  Checker fine("soft_cap fine");
  run<spec::Fine, Vsoft_cap_fine>(22 + spec::Fine::kScoreFrac, random, &fine);
  Checker lean("soft_cap lean, scores of 24 bits");
  run<spec::Lean, Vsoft_cap_lean>(24, random, &lean);
  const bool good_fine = fine.finish(1000000);
  const bool good_lean = lean.finish(1000000);
  return good_fine && good_lean;
}

}  // namespace flashd::rtl_units
