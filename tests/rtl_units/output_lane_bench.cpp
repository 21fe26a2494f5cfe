// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
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

struct Shape {
  int sig, keys, tile, channels;
};

struct Expected {
  long due;
  std::vector<std::int64_t> t;
};

/// What a block's weights and values are drawn from.
enum class Draw { kAny, kLargest, kNothing };

template <class P>
arith::Weight draw_weight(Random& random, Draw draw) {
  arith::Weight w;
  if (draw == Draw::kLargest) return {(1u << P::kPBits) - 1u, 1};
  if (draw == Draw::kNothing || chance(random, 0.1)) return w;
  w.mantissa =
      static_cast<std::uint32_t>(between(random, 1 << (P::kPBits - 1), (1 << P::kPBits) - 1));
  if (chance(random, 0.1)) w.mantissa = (1u << P::kPBits) - 1u;
  w.shift = static_cast<int>(between(random, 1, P::kTileFrac));
  if (chance(random, 0.3)) w.shift = chance(random, 0.7) ? 1 : P::kTileFrac;
  return w;
}

template <class Format>
arith::Number largest_value(int tile_exponent, bool negative) {
  arith::Number v;
  v.negative = negative;
  v.exponent = tile_exponent;
  v.significand = (1u << Format::kSignificand) - 1u;
  return v;
}

template <class Format>
arith::Number draw_value(Random& random, int tile_exponent) {
  arith::Number v = largest_value<Format>(tile_exponent, chance(random, 0.5));
  if (chance(random, 0.9))
    v.significand = static_cast<std::uint32_t>(between(random, 0, v.significand));
  if (chance(random, 0.05)) v.significand = 0;
  const int reach = chance(random, 0.2) ? 60 : (chance(random, 0.5) ? 3 : 0);
  v.exponent = tile_exponent - static_cast<int>(between(random, 0, reach));
  return v;
}

/// Random bits in a port of `bits` bits.
template <class T>
void scramble(T& port, int bits, Random& random) {
  for (int low = 0; low < bits; low += 32) put(port, low, std::min(32, bits - low), random());
}

template <class P, class Format, class Model>
class Bench {
 public:
  Bench(const Shape& shape, Random& random, Checker* checker)
      : shape_(shape), random_(random), checker_(checker) {
    dut_->rst_ni = 0;
    dut_->en_i = 1;
    dut_.tick();
    dut_->rst_ni = 1;
  }

  void run(int blocks) {
    for (int i = 0; i < blocks; ++i) block();
    gap_ = 0.0;
    stall_ = 0.0;
    for (int i = 0; i < spec::kLatencyOutput + 3; ++i) idle();
    checker_->expect(static_cast<std::int64_t>(queue_.size()), 0, "blocks left over", "cycle %ld",
                     enabled_);
    checker_->expect(top_ > 0 && bottom_ > 0, true, "largest and smallest T seen", "cycle %ld",
                     enabled_);
    checker_->expect(short_ > 0, shape_.tile > shape_.keys, "blocks with fewer steps", "cycle %ld",
                     enabled_);
  }

 private:
  static constexpr int kTileExponent = 100;

  int max_steps() const { return shape_.tile / shape_.keys; }
  int t_bits() const {
    return P::kTileFrac + 2 + arith::ceil_log2(static_cast<std::uint32_t>(shape_.tile));
  }
  int missing_bits() const {
    return std::max(1, arith::ceil_log2(static_cast<std::uint32_t>(max_steps())));
  }

  void tick(bool enable) {
    dut_->en_i = enable;
    dut_.tick();
    if (enable) {
      if (!queue_.empty() && queue_.front().due == enabled_) queue_.pop_front();
      ++enabled_;
    }
    const bool due = !queue_.empty() && queue_.front().due == enabled_;
    checker_->expect(dut_->t_valid_o, due, "t_valid", "cycle %ld", enabled_);
    if (due) held_ = queue_.front().t;
    for (std::size_t c = 0; c < held_.size(); ++c) {
      const int low = static_cast<int>(c) * t_bits();
      checker_->expect(sign_extend(get(dut_->t_o, low, t_bits()), t_bits()), held_[c], "t",
                       "cycle %ld channel %zu", enabled_, c);
    }
  }

  void scramble_all() {
    const int addends = shape_.keys * shape_.channels;
    dut_->first_i = random_() & 1u;
    dut_->last_i = random_() & 1u;
    scramble(dut_->missing_i, missing_bits(), random_);
    scramble(dut_->p_sig_i, P::kPBits * shape_.keys, random_);
    scramble(dut_->p_triple_i, (P::kPBits + 2) * shape_.keys, random_);
    scramble(dut_->p_shift_i, 5 * shape_.keys, random_);
    scramble(dut_->v_neg_i, addends, random_);
    scramble(dut_->v_sig_i, shape_.sig * addends, random_);
    scramble(dut_->v_dist_i, 5 * addends, random_);
  }

  void wait() {
    while (chance(random_, stall_)) {
      dut_->valid_i = random_() & 1u;
      scramble_all();
      tick(false);
    }
  }

  void idle() {
    wait();
    dut_->valid_i = 0;
    scramble_all();
    tick(true);
  }

  void set_value(int at, const arith::Number& v) {
    const int up = shape_.sig - Format::kSignificand;
    put(dut_->v_neg_i, at, 1, v.negative);
    put(dut_->v_sig_i, shape_.sig * at, shape_.sig, v.significand << up);
    put(dut_->v_dist_i, 5 * at, 5, arith::value_distance(kTileExponent, v.exponent));
  }

  void block() {
    const bool extreme = chance(random_, 0.05);
    const Draw draw = extreme                 ? Draw::kLargest
                      : chance(random_, 0.03) ? Draw::kNothing
                                              : Draw::kAny;
    const int steps = extreme || chance(random_, 0.3)
                          ? max_steps()
                          : static_cast<int>(between(random_, 1, max_steps()));
    gap_ = chance(random_, 0.5) ? 0.0 : 0.3;
    stall_ = chance(random_, 0.5) ? 0.0 : 0.3;
    std::vector<std::int64_t> sums(shape_.channels, 0);
    std::vector<bool> negative(shape_.channels);
    for (auto sign : negative) sign = chance(random_, 0.5);
    for (int step = 0; step < steps; ++step) {
      while (chance(random_, gap_)) idle();
      wait();
      scramble_all();
      dut_->valid_i = 1;
      dut_->first_i = step == 0;
      dut_->last_i = step == steps - 1;
      if (step == 0 && shape_.tile > shape_.keys) dut_->missing_i = max_steps() - steps;
      for (int k = 0; k < shape_.keys; ++k) {
        const arith::Weight w = draw_weight<P>(random_, draw);
        put(dut_->p_sig_i, P::kPBits * k, P::kPBits, w.mantissa);
        put(dut_->p_triple_i, (P::kPBits + 2) * k, P::kPBits + 2, 3 * w.mantissa);
        if (w.mantissa != 0) put(dut_->p_shift_i, 5 * k, 5, w.shift - 1);
        for (int c = 0; c < shape_.channels; ++c) {
          const arith::Number v = extreme ? largest_value<Format>(kTileExponent, negative[c])
                                          : draw_value<Format>(random_, kTileExponent);
          sums[c] += arith::value_addend<P, Format>(w, v, kTileExponent);
          set_value(c * shape_.keys + k, v);
        }
      }
      if (step == steps - 1) queue_.push_back({enabled_ + spec::kLatencyOutput, sums});
      tick(true);
    }
    short_ += steps < max_steps();
    for (int c = 0; extreme && c < shape_.channels; ++c) ++(negative[c] ? bottom_ : top_);
    while (chance(random_, gap_)) idle();
  }

  Shape shape_;
  Random& random_;
  Checker* checker_;
  Dut<Model> dut_;
  long enabled_ = 0;
  std::deque<Expected> queue_;
  std::vector<std::int64_t> held_;
  double gap_ = 0.0, stall_ = 0.0;
  int top_ = 0, bottom_ = 0, short_ = 0;
};

template <class P, class Format, class Model>
void run(const Shape& shape, int blocks, Random& random, Checker* checker) {
  Bench<P, Format, Model>(shape, random, checker).run(blocks);
}

}  // namespace

bool check_output_lane(std::uint64_t seed) {
  Random random(seed);
  Checker a("output_lane fine Sig 8, 16 keys of 16, 1 channel, cells");
  run<spec::Fine, spec::Bf16, Voutput_a>({8, 16, 16, 1}, 40000, random, &a);
  Checker b("output_lane lean Sig 11, 16 keys of 64, 4 channels, cells");
  run<spec::Lean, spec::Bf16, Voutput_b>({11, 16, 64, 4}, 2500, random, &b);
  run<spec::Lean, spec::Fp16, Voutput_b>({11, 16, 64, 4}, 2500, random, &b);
  Checker c("output_lane fine Sig 11, 16 keys of 256, 2 channels");
  run<spec::Fine, spec::Bf16, Voutput_c>({11, 16, 256, 2}, 1500, random, &c);
  run<spec::Fine, spec::Fp16, Voutput_c>({11, 16, 256, 2}, 1500, random, &c);
  Checker d("output_lane lean Sig 8, 8 keys of 16, 2 channels");
  run<spec::Lean, spec::Bf16, Voutput_d>({8, 8, 16, 2}, 15000, random, &d);
  const bool good_a = a.finish(100000);
  const bool good_b = b.finish(100000);
  const bool good_c = c.finish(100000);
  const bool good_d = d.finish(100000);
  return good_a && good_b && good_c && good_d;
}

}  // namespace flashd::rtl_units
