// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <deque>

#include "Vscore_a.h"
#include "Vscore_b.h"
#include "Vscore_c.h"
#include "Vscore_d.h"
#include "Vscore_e.h"
#include "Vscore_f.h"
#include "model/arith/product.hpp"
#include "model/arith/score.hpp"
#include "model/arith/soft_cap.hpp"
#include "tests/rtl_units/dut.hpp"
#include "tests/rtl_units/units.hpp"

namespace flashd::rtl_units {

namespace {

struct Build {
  int sig, width, max_head_dim;
  bool bias_delay;
  bool soft_cap = false;
};

struct Expected {
  long due;
  std::int64_t score;
  bool sat_product, sat_score;
  std::int64_t bias;
};

/// Operands of one element whose product lies near or within the grid, or anywhere.
template <class Format>
void draw(Random& random, int job_exponent, std::uint16_t* q, std::uint16_t* k) {
  *q = static_cast<std::uint16_t>(random());
  *k = static_cast<std::uint16_t>(random());
  constexpr int kFields = (1 << Format::kExponentBits) - 1;
  constexpr int kFraction = Format::kSignificand - 1;
  if (chance(random, 0.1)) return;
  // A left shift between "vanishes" and "just saturates", reached from a random K exponent.
  const int shift = static_cast<int>(between(random, -2 * Format::kSignificand - 2, 28));
  int ke = static_cast<int>(between(random, 0, kFields - 1));
  int qe = shift - job_exponent - std::max(ke, 1);
  if (qe < 0 || qe >= kFields) {
    qe = std::min(std::max(qe, 0), kFields - 1);
    ke = std::min(std::max(shift - job_exponent - std::max(qe, 1), 0), kFields - 1);
  }
  const std::uint16_t keep = static_cast<std::uint16_t>(0x8000u | ((1u << kFraction) - 1u));
  *q = static_cast<std::uint16_t>((*q & keep) | (qe << kFraction));
  *k = static_cast<std::uint16_t>((*k & keep) | (ke << kFraction));
  if (chance(random, 0.05)) *k |= static_cast<std::uint16_t>((1u << kFraction) - 1u);
  if (chance(random, 0.05)) *q |= static_cast<std::uint16_t>((1u << kFraction) - 1u);
}

template <class P>
std::int64_t draw_bias(Random& random) {
  const std::int64_t limit = (std::int64_t{1} << (spec::kBiasRangeLog2 + P::kScoreFrac)) - 1;
  switch (between(random, 0, 3)) {
    case 0:
      return 0;
    case 1:
      return between(random, -limit, limit);
    case 2: {
      // Around the clamp: +-2^17 in score units.
      const std::int64_t edge = std::int64_t{1} << (spec::kScoreRangeLog2 + P::kScoreFrac);
      return (chance(random, 0.5) ? edge : -edge) + between(random, -3, 3);
    }
    default:
      return between(random, -(1 << 20), 1 << 20);
  }
}

template <class P, class Format, class Model>
void run(const Build& build, int jobs, Random& random, Checker* checker) {
  Dut<Model> dut;
  dut->rst_ni = 0;
  dut.tick();
  dut->rst_ni = 1;
  const int up = build.sig - Format::kSignificand;
  const int latency = spec::kLatencyScore + (build.soft_cap ? spec::kLatencySoftCap : 0);
  long cycle = 0;
  for (int job = 0; job < jobs; ++job) {
    const int beats = static_cast<int>(between(random, 1, build.max_head_dim / build.width));
    const int d = beats * build.width - static_cast<int>(between(random, 0, build.width - 1));
    const int grid = arith::product_grid<P>(d);
    arith::Scale scale;
    scale.exponent = static_cast<int>(between(random, -20, 20));
    scale.mantissa = chance(random, 0.1) ? (1u << 21)
                     : chance(random, 0.1)
                         ? (1u << 22) - 1
                         : static_cast<std::uint32_t>(between(random, 1 << 21, (1 << 22) - 1));
    scale.negative = chance(random, 0.3);
    const int job_exponent = arith::product_exponent<Format>(scale.exponent, grid);
    const int lane_exponent = job_exponent - 2 * up;
    const double gap = chance(random, 0.5) ? 0.0 : 0.4;
    const bool tame = chance(random, 0.5);
    dut->grid_extra_i = arith::grid_extra(d);
    dut->scale_i = scale.mantissa;
    arith::SoftCap cap;
    if (build.soft_cap && chance(random, 0.7))
      cap = arith::make_soft_cap(std::ldexp(1.0, static_cast<int>(between(random, -10, 7))) *
                                 static_cast<double>(between(random, 64, 128)) / 64.0);
    dut->cap_en_i = cap.enabled;
    dut->cap_i = cap.enabled ? cap.pack() : random();

    std::deque<Expected> queue;
    const auto step = [&] {
      if (!build.bias_delay) {
        put(dut->bias_i, 0, 24 + P::kScoreFrac,
            queue.empty() ? 0 : static_cast<std::uint64_t>(queue.front().bias));
        dut.settle();
        checker->expect(dut->bias_take_o, !queue.empty() && queue.front().due == cycle + 1,
                        "bias_take", "cycle %ld", cycle);
      }
      dut.tick();
      ++cycle;
      const bool due = !queue.empty() && queue.front().due == cycle;
      checker->expect(dut->valid_o, due, "valid", "cycle %ld job %d", cycle, job);
      if (!due) return;
      const Expected e = queue.front();
      queue.pop_front();
      checker->expect(sign_extend(dut->score_o, 18 + P::kScoreFrac), e.score, "score",
                      "cycle %ld job %d", cycle, job);
      checker->expect(dut->sat_product_o, e.sat_product, "sat_product", "cycle %ld job %d", cycle,
                      job);
      checker->expect(dut->sat_score_o, e.sat_score, "sat_score", "cycle %ld job %d", cycle, job);
    };

    for (int key = 0; key < 40; ++key) {
      std::int64_t sum = 0;
      bool sat = false;
      for (int beat = 0; beat < beats; ++beat) {
        dut->valid_i = 0;
        dut->first_i = chance(random, 0.5);
        dut->last_i = chance(random, 0.5);
        while (chance(random, gap)) step();
        for (int e = 0; e < build.width; ++e) {
          std::uint16_t qb, kb;
          draw<Format>(random, job_exponent, &qb, &kb);
          arith::Number q = arith::decode<Format>(qb);
          arith::Number k = arith::decode<Format>(kb);
          if (beat * build.width + e >= d) k.significand = 0;
          if (tame && arith::product(q, k, false, job_exponent, grid).saturated) {
            q.significand = 0;
          }
          const arith::Product p = arith::product(q, k, scale.negative, job_exponent, grid);
          sum += p.value;
          sat = sat || p.saturated;
          const int qe = std::min(std::max(q.exponent + lane_exponent, -512), 511);
          put(dut->q_neg_i, e, 1, q.negative != scale.negative);
          put(dut->q_exp_i, 10 * e, 10, static_cast<std::uint64_t>(qe));
          put(dut->q_sig_i, build.sig * e, build.sig, q.significand << up);
          put(dut->k_neg_i, e, 1, k.negative);
          put(dut->k_exp_i, 8 * e, 8, k.exponent);
          put(dut->k_sig_i, build.sig * e, build.sig, k.significand << up);
        }
        dut->valid_i = 1;
        dut->first_i = beat == 0;
        dut->last_i = beat == beats - 1;
        if (beat == beats - 1) {
          const std::int64_t x =
              arith::soft_cap<P>(arith::scaled_sum<P>(sum, scale.mantissa, grid), cap);
          const std::int64_t edge = std::int64_t{1} << (spec::kScoreRangeLog2 + P::kScoreFrac);
          std::int64_t bias = draw_bias<P>(random);
          if (chance(random, 0.2)) {
            bias = (chance(random, 0.5) ? edge : -edge) - x + between(random, -1, 1);
          }
          const arith::Score s = arith::clamp_score<P>(x + bias);
          queue.push_back({cycle + latency, s.value, sat, s.saturated, bias});
          if (build.bias_delay) {
            put(dut->bias_i, 0, 24 + P::kScoreFrac, static_cast<std::uint64_t>(bias));
          }
        }
        step();
      }
    }
    dut->valid_i = 0;
    for (int i = 0; i < latency + 2; ++i) step();
    if (!queue.empty()) checker->expect(0, 1, "leftover", "job %d", job);
  }
}

}  // namespace

bool check_score_lane(std::uint64_t seed) {
  Random random(seed);
  Checker a("score_lane fine Sig 8 Width 16 of 16");
  run<spec::Fine, spec::Bf16, Vscore_a>({8, 16, 16, true}, 700, random, &a);
  Checker b("score_lane lean Sig 11 Width 8 of 64");
  run<spec::Lean, spec::Bf16, Vscore_b>({11, 8, 64, false}, 250, random, &b);
  run<spec::Lean, spec::Fp16, Vscore_b>({11, 8, 64, false}, 250, random, &b);
  Checker c("score_lane fine Sig 11 Width 16 of 256");
  run<spec::Fine, spec::Bf16, Vscore_c>({11, 16, 256, true}, 120, random, &c);
  run<spec::Fine, spec::Fp16, Vscore_c>({11, 16, 256, true}, 120, random, &c);
  Checker d("score_lane lean Sig 8 Width 4 of 16");
  run<spec::Lean, spec::Bf16, Vscore_d>({8, 4, 16, true}, 700, random, &d);
  Checker e("score_lane fine Sig 11 Width 8 of 64, soft-cap");
  run<spec::Fine, spec::Bf16, Vscore_e>({11, 8, 64, true, true}, 250, random, &e);
  run<spec::Fine, spec::Fp16, Vscore_e>({11, 8, 64, true, true}, 250, random, &e);
  Checker f("score_lane lean Sig 8 Width 8 of 8, soft-cap");
  run<spec::Lean, spec::Bf16, Vscore_f>({8, 8, 8, false, true}, 700, random, &f);
  const bool good_e = e.finish(100000);
  const bool good_f = f.finish(100000);
  const bool good_a = a.finish(100000);
  const bool good_b = b.finish(100000);
  const bool good_c = c.finish(100000);
  const bool good_d = d.finish(100000);
  return good_a && good_b && good_c && good_d && good_e && good_f;
}

}  // namespace flashd::rtl_units
