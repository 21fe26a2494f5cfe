// SPDX-License-Identifier: Apache-2.0
#include <deque>
#include <vector>

#include "Voutput_a.h"
#include "Voutput_b.h"
#include "Voutput_c.h"
#include "Voutput_d.h"
#include "model/arith/bits.hpp"
#include "model/arith/tile_sum.hpp"
#include "tests/rtl_units/dut.hpp"
#include "tests/rtl_units/units.hpp"

namespace flashd::rtl_units {

namespace {

constexpr int kWidth = 8;

struct Expected {
  long due;
  std::vector<std::int64_t> t;
};

template <class P>
arith::Weight draw_weight(Random& random) {
  arith::Weight w;
  if (chance(random, 0.1)) return w;
  w.mantissa = static_cast<std::uint32_t>(
      between(random, 1 << (P::kPBits - 1), (1 << P::kPBits) - 1));
  if (chance(random, 0.1)) w.mantissa = (1u << P::kPBits) - 1u;
  w.shift = chance(random, 0.3) ? 1 : static_cast<int>(between(random, 1, P::kTileFrac));
  return w;
}

template <class Format>
arith::Number draw_value(Random& random, int tile_exponent, bool extreme) {
  arith::Number v;
  v.negative = extreme || chance(random, 0.5);
  v.significand = static_cast<std::uint32_t>(between(random, 0, (1 << Format::kSignificand) - 1));
  if (extreme || chance(random, 0.1)) v.significand = (1u << Format::kSignificand) - 1u;
  if (chance(random, 0.05)) v.significand = 0;
  const int reach = chance(random, 0.2) ? 60 : (chance(random, 0.5) ? 3 : 0);
  v.exponent = tile_exponent - (extreme ? 0 : static_cast<int>(between(random, 0, reach)));
  return v;
}

template <class P, class Format, class Model>
void run(int sig, int tile, int passes, Random& random, Checker* checker) {
  Dut<Model> dut;
  dut->rst_ni = 0;
  dut.tick();
  dut->rst_ni = 1;
  const int up = sig - Format::kSignificand;
  const int t_bits = P::kTileFrac + 2 + arith::ceil_log2(static_cast<std::uint32_t>(tile));
  constexpr int kTileExponent = 100;
  long enabled = 0;
  std::deque<Expected> queue;
  std::vector<std::int64_t> held;
  const auto step = [&](bool enable) {
    dut->en_i = enable;
    dut.tick();
    if (enable) {
      if (!queue.empty() && queue.front().due == enabled) queue.pop_front();
      ++enabled;
    }
    const bool due = !queue.empty() && queue.front().due == enabled;
    checker->expect(dut->t_valid_o, due, "t_valid", "cycle %ld", enabled);
    if (due) held = queue.front().t;
    for (std::size_t e = 0; e < held.size(); ++e) {
      const int low = static_cast<int>(e) * t_bits;
      checker->expect(sign_extend(get(dut->t_o, low, t_bits), t_bits), held[e], "t",
                      "cycle %ld element %zu", enabled, e);
    }
  };
  const auto scramble = [&] {
    dut->p_sig_i = random() & mask(P::kPBits);
    dut->p_shift_i = random() & 31u;
    dut->p_zero_i = random() & 1u;
    dut->v_neg_i = random() & mask(kWidth);
  };

  for (int pass = 0; pass < passes; ++pass) {
    const bool extreme = chance(random, 0.05);
    const int keys = extreme ? tile : static_cast<int>(between(random, 0, tile));
    const double gap = chance(random, 0.5) ? 0.0 : 0.3;
    const double stall = chance(random, 0.5) ? 0.0 : 0.3;
    const auto wait = [&] {
      while (chance(random, stall)) {
        dut->valid_i = random() & 1u;
        dut->first_i = random() & 1u;
        dut->last_i = random() & 1u;
        dut->clear_i = random() & 1u;
        scramble();
        step(false);
      }
    };
    const auto idle = [&] {
      wait();
      dut->valid_i = 0;
      dut->clear_i = 0;
      dut->first_i = random() & 1u;
      dut->last_i = random() & 1u;
      scramble();
      step(true);
    };
    std::vector<std::int64_t> sums(kWidth, 0);
    for (int key = 0; key < keys; ++key) {
      while (chance(random, gap)) idle();
      wait();
      arith::Weight w = draw_weight<P>(random);
      if (extreme) w = {(1u << P::kPBits) - 1u, 1};
      dut->valid_i = 1;
      dut->clear_i = 0;
      dut->first_i = key == 0;
      dut->last_i = key == keys - 1;
      dut->p_zero_i = w.mantissa == 0;
      dut->p_sig_i = w.mantissa == 0 && chance(random, 0.5) ? 1u : w.mantissa;
      dut->p_shift_i = w.shift - 1;
      for (int e = 0; e < kWidth; ++e) {
        const arith::Number v = draw_value<Format>(random, kTileExponent, extreme);
        sums[e] += arith::value_addend<P, Format>(w, v, kTileExponent);
        put(dut->v_neg_i, e, 1, v.negative);
        put(dut->v_sig_i, sig * e, sig, v.significand << up);
        put(dut->v_dist_i, 5 * e, 5, arith::value_distance(kTileExponent, v.exponent));
      }
      if (key == keys - 1) queue.push_back({enabled + spec::kLatencyOutput, sums});
      step(true);
    }
    if (keys == 0) {
      wait();
      dut->valid_i = 0;
      dut->clear_i = 1;
      dut->last_i = 1;
      dut->first_i = random() & 1u;
      scramble();
      queue.push_back({enabled + spec::kLatencyOutput, sums});
      step(true);
    }
    while (chance(random, gap)) idle();
  }
  dut->valid_i = 0;
  dut->clear_i = 0;
  for (int i = 0; i < spec::kLatencyOutput + 3; ++i) step(true);
  if (!queue.empty()) checker->expect(0, 1, "leftover", "cycle %ld", enabled);
}

}  // namespace

bool check_output_lane(std::uint64_t seed) {
  Random random(seed);
  Checker a("output_lane fine Sig 8 Tile 16");
  run<spec::Fine, spec::Bf16, Voutput_a>(8, 16, 2000, random, &a);
  Checker b("output_lane lean Sig 11 Tile 64");
  run<spec::Lean, spec::Bf16, Voutput_b>(11, 64, 700, random, &b);
  run<spec::Lean, spec::Fp16, Voutput_b>(11, 64, 700, random, &b);
  Checker c("output_lane fine Sig 11 Tile 64");
  run<spec::Fine, spec::Bf16, Voutput_c>(11, 64, 700, random, &c);
  run<spec::Fine, spec::Fp16, Voutput_c>(11, 64, 700, random, &c);
  Checker d("output_lane lean Sig 8 Tile 16");
  run<spec::Lean, spec::Bf16, Voutput_d>(8, 16, 2000, random, &d);
  const bool good_a = a.finish(100000);
  const bool good_b = b.finish(100000);
  const bool good_c = c.finish(100000);
  const bool good_d = d.finish(100000);
  return good_a && good_b && good_c && good_d;
}

}  // namespace flashd::rtl_units
