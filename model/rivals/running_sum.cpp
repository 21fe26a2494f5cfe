// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "model/rivals/rows.hpp"

namespace flashd::rivals {
namespace {

constexpr double kLog2e = 1.4426950408889634074;
constexpr double kLn2 = 0.69314718055994530942;
constexpr int kScoreBits = 11;
constexpr int kWeightBits = 11;
constexpr int kSumBits = 26;
constexpr int kReciprocalBits = 18;
constexpr int kScaleBits = 22;
constexpr int kLogBits = 16;
constexpr float kProductLimit = 134217728.0f;  // 2^27 steps of the product grid
constexpr double kScoreLimit = 131072.0;       // 2^17

using Integers = Lanes<std::int32_t>;

/// floor(x + 1/2) of FP32 lanes below 2^31 in magnitude whose significand has at most 22 bits:
/// adding 1/2 is then exact or far from an integer.
FLASHD_INLINE Integers round_half_up(Lanes<float> x) {
  const Lanes<float> raised = x + 0.5f;
  const Integers cut = __builtin_convertvector(raised, Integers);
  return cut + (__builtin_convertvector(cut, Lanes<float>) > raised);
}

/// Right shift by n >= 0 lanes, rounded half up; everything vanishes at 31.
FLASHD_INLINE Integers shift_half_up(Integers x, Integers n) {
  const Integers most = Integers{} + 31;
  const Integers by = n > most ? most : n;
  const Integers half = by > 0 ? (Integers{} + 1) << (by > 0 ? by - 1 : by) : Integers{};
  return (x + half) >> by;
}

/// Numbers of one job, derived once.
struct Grid {
  float product;        ///< q k times this counts steps of the product grid
  double score;         ///< sum of steps times this counts steps of 2^-11
  float value_to_sum;   ///< v times this counts steps of 2^-26 of the row's grid
  double sum_to_value;  ///< and back
};

Grid make_grid(const Job& job) {
  int exponent = 0;
  const double fraction = std::frexp(job.scale * kLog2e, &exponent);  // in [1/2, 1)
  const double mantissa =
      std::ldexp(std::nearbyint(std::ldexp(fraction, kScaleBits)), 1 - kScaleBits);
  const int grid = kScoreBits + static_cast<int>(std::ceil(std::log2(job.d) / 2));
  float largest = 0.0f;
  for (const std::uint16_t bits : job.v) {
    const float x = std::fabs(reference::element_value(bits, job.input));
    if (std::isfinite(x)) largest = std::max(largest, x);
  }
  int ve = largest > 0.0f ? std::ilogb(largest) : 0;
  ve = job.v_exponent.value_or(ve);
  // Steps of products times 2^-grid are scores without the mantissa of the scale.
  return {static_cast<float>(std::ldexp(1.0, exponent - 1 + grid)),
          std::ldexp(mantissa, kScoreBits - grid),
          static_cast<float>(std::ldexp(1.0, kSumBits - ve)), std::ldexp(1.0, ve - kSumBits)};
}

/// Mantissas of 2^f on a grid of 2^-11: 1024..2047.
const std::array<std::int32_t, 1 << kScoreBits>& weight_table() {
  static const auto table = [] {
    std::array<std::int32_t, 1 << kScoreBits> t{};
    for (int i = 0; i < (1 << kScoreBits); ++i) {
      const double exact = std::exp2(static_cast<double>(i) / (1 << kScoreBits) + kWeightBits - 1);
      t[i] = std::min(static_cast<int>(std::floor(exact + 0.5)), (1 << kWeightBits) - 1);
    }
    return t;
  }();
  return table;
}

struct State {
  using Value = float;
  Grid grid;
  Integers m{};
  Integers l{};
  Mask<float> seen{};
  LaneArray<std::int32_t> o;

  void begin() {
    m = Integers{};
    l = Integers{};
    seen = Mask<float>{};
    o.clear();
  }
  void step(const Chunk<float>& chunk);
  double finish(int lane, double* out) const {
    const auto sum = static_cast<double>(l[lane]);  // in [2^26, 2^27)
    const double reciprocal = std::floor(std::ldexp(1.0, kReciprocalBits + kSumBits) / sum + 0.5);
    for (std::size_t c = 0; c < o.size(); ++c) {
      // reciprocal = 2^(18+26) / sum, so o / l = o reciprocal 2^-18, o in steps of sum_to_value.
      out[c] = o[c][lane] * reciprocal * std::ldexp(grid.sum_to_value, -kReciprocalBits);
    }
    const double log2_sum = std::log2(sum) - kSumBits;
    return (m[lane] + std::floor(std::ldexp(log2_sum, kLogBits) + 0.5) / (1 << kLogBits)) * kLn2;
  }
};

/// s [keys]: scores in steps of 2^-11.
FLASHD_INLINE void fixed_scores(const Chunk<float>& chunk, const Grid& grid, Integers* s) {
  constexpr int kGroup = 8;  // eight clamped products fit into 31 bits
  const Lanes<float>* q = chunk.q.data();
  for (int key = 0; key < chunk.keys; ++key) {
    const float* k = chunk.k.data() + key * chunk.d;
    Lanes<double> total{};
    for (int c = 0; c < chunk.d;) {
      Integers part{};
      for (const int end = std::min(c + kGroup, chunk.d); c < end; ++c) {
        Lanes<float> x = q[c] * (k[c] * grid.product);
        x = select(x > kProductLimit, splat(kProductLimit), x);
        x = select(x < -kProductLimit, splat(-kProductLimit), x);
        part += round_half_up(x);
      }
      total += __builtin_convertvector(part, Lanes<double>);
    }
    Lanes<double> score = total * grid.score + 0.5;
    if (!chunk.bias.empty()) {
      const auto bias = __builtin_convertvector(chunk.bias[key], Lanes<double>);
      const Lanes<double> steps = bias * (kLog2e * (1 << kScoreBits)) + 0.5;
      score += each_lane<double>(steps, [](double x) { return std::floor(x); });
    }
    const double limit = kScoreLimit * (1 << kScoreBits);
    score = select(score > limit - 1, splat(limit - 1), score);
    score = select(score < -limit, splat(-limit), score);
    Integers cut;
    for (int lane = 0; lane < kLanes; ++lane)
      cut[lane] = static_cast<std::int32_t>(std::floor(score[lane]));
    s[key] = cut;
  }
}

FLASHD_INLINE void shift_sums(State& state, Integers by, int dv) {
  state.l = shift_half_up(state.l, by);
  state.m += by;
  for (int c = 0; c < dv; ++c) state.o[c] = shift_half_up(state.o[c], by);
}

FLASHD_CLONES void consume(State& state, const Chunk<float>& chunk) {
  Integers s[kChunk];
  fixed_scores(chunk, state.grid, s);
  const auto& table = weight_table();
  const int dv = chunk.dv;
  Integers* o = state.o.data();
  for (int key = 0; key < chunk.keys; ++key) {
    const Mask<float> visible = chunk.visible[key];
    const Integers whole = s[key] >> kScoreBits;
    state.m = (visible & ~state.seen) != 0 ? whole : state.m;
    state.seen |= visible;
    const Integers rise = ((visible != 0) & (whole > state.m)) ? whole - state.m : Integers{};
    if (reference::any(rise)) shift_sums(state, rise, dv);
    const Integers fall = state.m - whole;
    Lanes<float> p{};
    for (int lane = 0; lane < kLanes; ++lane) {
      // Far below the sums' grid a weight is zero; ldexp's range ends there too.
      if (visible[lane] == 0 || fall[lane] > kSumBits + kWeightBits) continue;
      const int fraction = s[key][lane] & ((1 << kScoreBits) - 1);
      p[lane] = std::ldexp(static_cast<float>(table[fraction]), 1 - kWeightBits - fall[lane]);
    }
    state.l += round_half_up(p * static_cast<float>(1 << kSumBits));
    const float* v = chunk.v.data() + key * dv;
    for (int c = 0; c < dv; ++c) o[c] += round_half_up(p * (v[c] * state.grid.value_to_sum));
    const Integers full = state.l >= (2 << kSumBits) ? Integers{} + 1 : Integers{};
    if (reference::any(full)) shift_sums(state, full, dv);
  }
}

void State::step(const Chunk<float>& chunk) { consume(*this, chunk); }

/// The same recurrence with float64 scores, weights and sums.
struct WideState {
  using Value = double;
  double scale;
  Lanes<double> m{};
  Lanes<double> l{};
  Mask<double> seen{};
  LaneArray<double> o;

  void begin() {
    m = Lanes<double>{};
    l = Lanes<double>{};
    seen = Mask<double>{};
    o.clear();
  }
  void step(const Chunk<double>& chunk) {
    for (int key = 0; key < chunk.keys; ++key) {
      for (int lane = 0; lane < kLanes; ++lane) {
        if (chunk.visible[key][lane] == 0) continue;
        double s = 0.0;
        for (int c = 0; c < chunk.d; ++c) s += chunk.q[c][lane] * chunk.k[key * chunk.d + c];
        s *= scale;
        if (!chunk.bias.empty()) s += chunk.bias[key][lane] * kLog2e;
        if (seen[lane] == 0) m[lane] = std::floor(s);
        seen[lane] = -1;
        const double rise = std::max(0.0, std::floor(s) - m[lane]);
        shift(lane, rise);
        const double p = std::exp2(s - m[lane]);
        l[lane] += p;
        for (int c = 0; c < chunk.dv; ++c) o[c][lane] += p * chunk.v[key * chunk.dv + c];
        if (l[lane] >= 2.0) shift(lane, 1.0);
      }
    }
  }
  void shift(int lane, double by) {
    const double factor = std::exp2(-by);
    m[lane] += by;
    l[lane] *= factor;
    for (std::size_t c = 0; c < o.size(); ++c) o[c][lane] *= factor;
  }
  double finish(int lane, double* out) const {
    for (std::size_t c = 0; c < o.size(); ++c) out[c] = o[c][lane] / l[lane];
    return (m[lane] + std::log2(l[lane])) * kLn2;
  }
};

}  // namespace

Output running_sum(const Job& job, Arithmetic arithmetic) {
  if (arithmetic == Arithmetic::wide) {
    WideState state;
    state.scale = job.scale * kLog2e;
    state.o.resize(job.dv);
    return run_rows(job, std::move(state));
  }
  empty_output(job);
  State state;
  state.grid = make_grid(job);
  state.o.resize(job.dv);
  return run_rows(job, std::move(state));
}

}  // namespace flashd::rivals
