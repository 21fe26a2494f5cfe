// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "model/arith/product.hpp"
#include "model/arith/score.hpp"
#include "model/arith/tile_sum.hpp"
#include "model/rivals/rows.hpp"

namespace flashd::rivals {
namespace {

constexpr double kLog2e = 1.4426950408889634074;
constexpr double kLn2 = 0.69314718055994530942;
constexpr int kReciprocalBits = 17;
constexpr int kOutputBits = 17;
constexpr int kLogBits = 16;
constexpr int kFarJump = 32;  // sums start afresh instead of being shifted
constexpr double kSmallest = 0x1p-126;

// Both profiles score alike and have the same weights (they differ in sums and products).
using Score = spec::Fine;
static_assert(spec::Lean::kScoreFrac == Score::kScoreFrac && spec::Lean::kPBits == Score::kPBits,
              "the running sum takes scores and weights of one width");
constexpr int kScoreBits = Score::kScoreFrac;
constexpr int kWeightBits = Score::kPBits;

using Integers = Lanes<std::int32_t>;
using Wide = Lanes<std::int64_t>;

/// x halved, a lost one marked in the lowest bit.
FLASHD_INLINE Integers halve(Integers x) { return (x >> 1) | (x & 1); }

/// Numbers of one job, derived once.
struct Grid {
  float product;           ///< q k times this counts steps of the product grid
  float product_limit;     ///< of a product, in steps
  int product_bits;        ///< fraction bits of the product grid
  std::uint32_t mantissa;  ///< of the scale
  int sum;                 ///< fraction bits of l and o
  int ve;
};

/// VE as golden has it: given, or the exponent of the largest |V| within the key length.
int largest_exponent(const Job& job) {
  if (job.v_exponent) return *job.v_exponent;
  int exponent = 1;
  const std::int64_t length = job.visibility.key_length.value_or(job.keys);
  for (std::int64_t head = 0; head < job.heads_kv; ++head) {
    for (std::int64_t key = 0; key < length; ++key) {
      const std::uint16_t* v = job.v.data() + reference::stored_row(job, head, key) * job.dv;
      for (int c = 0; c < job.dv; ++c)
        exponent = std::max(exponent, arith::decode<spec::Bf16>(v[c]).exponent);
    }
  }
  return exponent - spec::Bf16::kBias;
}

Grid make_grid(const Job& job, Profile profile) {
  const arith::Scale scale = arith::make_scale(job.scale);
  Grid grid;
  grid.product_bits = arith::product_grid<Score>(job.d);
  const double sign = scale.negative ? -1.0 : 1.0;
  grid.product = static_cast<float>(std::ldexp(sign, scale.exponent + grid.product_bits));
  grid.product_limit = std::ldexp(1.0f, spec::kProductRangeLog2 + grid.product_bits);
  grid.mantissa = scale.mantissa;
  grid.sum = profile == Profile::fine ? 26 : 24;
  grid.ve = largest_exponent(job);
  return grid;
}

/// Mantissas of 2^f on a grid of 2^-11: 1024..2047.
const std::array<std::int32_t, 1 << kScoreBits>& weight_table() {
  static const auto table = [] {
    std::array<std::int32_t, 1 << kScoreBits> t{};
    for (int i = 0; i < (1 << kScoreBits); ++i)
      t[i] = static_cast<std::int32_t>(arith::interpolate<Score::PTable>(i));
    return t;
  }();
  return table;
}

/// A value as (-1)^negative * sig * 2^(VE - 7 - dist), beyond VE the largest there is.
struct Value {
  std::int32_t sig = 0;
  std::int32_t dist = 0;
  std::int32_t sign = 1;
};

Value make_value(float v, int ve) {
  arith::Number x = arith::decode<spec::Bf16>(reference::bf16_bits(v));
  arith::clamp_value<spec::Bf16>(x, ve);
  Value value;
  value.sig = static_cast<std::int32_t>(x.significand);
  value.dist = arith::value_distance(ve + spec::Bf16::kBias, x.exponent);
  value.sign = x.negative ? -1 : 1;
  return value;
}

struct State {
  using Value = float;
  Grid grid;
  Integers m{};
  Integers l{};
  Mask<float> seen{};
  LaneArray<std::int32_t> o;
  std::vector<rivals::Value> values;  ///< [kChunk, dv] of the chunk at work

  void begin() {
    m = Integers{};
    l = Integers{};
    seen = Mask<float>{};
    o.clear();
  }
  void step(const Chunk<float>& chunk);
  double finish(int lane, double* out) const {
    const auto sum = static_cast<std::uint64_t>(l[lane]);  // in [1, 2)
    const std::uint64_t reciprocal = ((std::uint64_t{1} << (kReciprocalBits + grid.sum)) - 1) / sum;
    for (std::size_t c = 0; c < o.size(); ++c) {
      const std::int32_t x = o[c][lane];
      const auto magnitude = static_cast<std::uint64_t>(x < 0 ? ~x : x);
      const int drop = std::max(0, arith::bit_length(magnitude) - kOutputBits);
      const auto product = static_cast<double>((magnitude >> drop) * reciprocal);
      const double size = std::ldexp(product, drop + grid.ve - grid.sum - kReciprocalBits);
      out[c] = size < kSmallest ? 0.0 : x < 0 ? -size : size;
    }
    const double log2_sum = std::log2(static_cast<double>(sum)) - grid.sum;
    return (m[lane] + std::floor(std::ldexp(log2_sum, kLogBits) + 0.5) / (1 << kLogBits)) * kLn2;
  }
};

/// s [keys]: scores in steps of 2^-11.
FLASHD_INLINE void fixed_scores(const Chunk<float>& chunk, const Grid& grid, Integers* s) {
  constexpr int kGroup = 8;  // eight clamped products fit into 31 bits
  const Lanes<float>* q = chunk.q.data();
  const auto limit = static_cast<std::int32_t>(grid.product_limit) - 1;
  for (int key = 0; key < chunk.keys; ++key) {
    const float* k = chunk.k.data() + key * chunk.d;
    Wide total{};
    for (int c = 0; c < chunk.d;) {
      Integers part{};
      for (const int end = std::min(c + kGroup, chunk.d); c < end; ++c) {
        const Lanes<float> x = q[c] * (k[c] * grid.product);
        Lanes<float> size = x < 0.0f ? -x : x;
        size = select(size > grid.product_limit, splat(grid.product_limit), size);
        // A product of 16 significant bits and 1/2 add without error below 2^16 steps; from there
        // on it is an integer and a sum that ties rounds back to it.
        Integers steps = __builtin_convertvector(size + 0.5f, Integers);
        steps = steps > limit ? Integers{} + limit : steps;
        part += x < 0.0f ? -steps : steps;
      }
      total += __builtin_convertvector(part, Wide);
    }
    for (int lane = 0; lane < kLanes; ++lane) {
      std::int64_t score = arith::scaled_sum<Score>(total[lane], grid.mantissa, grid.product_bits);
      if (!chunk.bias.empty()) {
        const double steps = chunk.bias[key][lane] * (kLog2e * (1 << kScoreBits)) + 0.5;
        score += static_cast<std::int64_t>(std::floor(std::clamp(steps, -0x1p40, 0x1p40)));
      }
      s[key][lane] = arith::clamp_score<Score>(score).value;
    }
  }
}

/// Shifts the sums of every lane right by the rise of its reference, bit after bit.
FLASHD_INLINE void raise(State& state, Integers rise, int dv) {
  state.m += rise;
  const Integers far = rise >= kFarJump;
  state.l = far ? Integers{} : state.l;
  for (int c = 0; c < dv; ++c) state.o[c] = far ? Integers{} : state.o[c];
  for (Integers left = far ? Integers{} : rise; reference::any(left > 0); left -= 1) {
    const Integers moves = left > 0;
    state.l = moves ? halve(state.l) : state.l;
    for (int c = 0; c < dv; ++c) state.o[c] = moves ? halve(state.o[c]) : state.o[c];
  }
}

/// o + p v for one channel, o halved before and p shifted by one more where `half` is set. `up`
/// brings a product of 17 fraction bits to the grid of the sums and its guard bit.
FLASHD_INLINE Integers add_value(Integers o, Integers p, Integers fall, Integers half, Value v,
                                 int up) {
  const Integers product = p * v.sig;
  Integers shift = fall - half + v.dist;  // half is 0 or -1
  shift = shift > 31 ? Integers{} + 31 : shift;
  const Integers addend = (((product << up) >> shift) + 1) >> 1;
  return (half ? halve(o) : o) + addend * v.sign;
}

FLASHD_CLONES void consume(State& state, const Chunk<float>& chunk) {
  Integers s[kChunk];
  fixed_scores(chunk, state.grid, s);
  const auto& table = weight_table();
  const int dv = chunk.dv;
  const int sum = state.grid.sum;
  const int up = sum + 1 - (kWeightBits - 1) - (spec::Bf16::kSignificand - 1);
  Integers* o = state.o.data();
  for (int key = 0; key < chunk.keys; ++key) {
    const Mask<float> visible = chunk.visible[key];
    const Integers whole = s[key] >> kScoreBits;
    state.m = (visible & ~state.seen) != 0 ? whole : state.m;
    state.seen |= visible;
    const Integers rise = ((visible != 0) & (whole > state.m)) ? whole - state.m : Integers{};
    if (reference::any(rise)) raise(state, rise, dv);
    Integers fall = state.m - whole;
    Integers p{};
    for (int lane = 0; lane < kLanes; ++lane) {
      if (visible[lane] != 0 && fall[lane] <= sum + 1)
        p[lane] = table[s[key][lane] & ((1 << kScoreBits) - 1)];
    }
    fall = p != 0 ? fall : Integers{};
    if (!reference::any(p)) continue;
    state.l += (((p << (sum - kWeightBits + 2)) >> fall) + 1) >> 1;
    const Integers half = state.l >= (2 << sum);
    state.l = half ? halve(state.l) : state.l;
    state.m -= half;
    const Value* v = state.values.data() + key * dv;
    for (int c = 0; c < dv; ++c) o[c] = add_value(o[c], p, fall, half, v[c], up);
  }
}

void State::step(const Chunk<float>& chunk) {
  values.resize(chunk.v.size());
  for (int i = 0; i < chunk.keys * chunk.dv; ++i) values[i] = make_value(chunk.v[i], grid.ve);
  consume(*this, chunk);
}

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

Output running_sum(const Job& job, Arithmetic arithmetic, Profile profile) {
  if (arithmetic == Arithmetic::native) return running_sum_rows(job, profile).output;
  WideState state;
  state.scale = job.scale * kLog2e;
  state.o.resize(job.dv);
  return run_rows(job, std::move(state));
}

RunningSumRows running_sum_rows(const Job& job, Profile profile) {
  empty_output(job);
  State state;
  state.grid = make_grid(job, profile);
  state.o.resize(job.dv);
  RunningSumRows rows;
  rows.states.resize(static_cast<std::size_t>(job.heads_q * job.queries));
  rows.output = run_rows(job, std::move(state), [&](std::int64_t row, const State& s, int lane) {
    rows.states[static_cast<std::size_t>(row)] = {true, s.m[lane],
                                                  static_cast<std::uint32_t>(s.l[lane])};
  });
  return rows;
}

}  // namespace flashd::rivals
