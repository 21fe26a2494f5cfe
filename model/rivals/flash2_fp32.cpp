// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "model/rivals/flash2_rows.hpp"
#include "model/rivals/rows.hpp"

namespace flashd::rivals {
namespace {

constexpr double kLog2e = 1.4426950408889634074;
constexpr double kLn2 = 0.69314718055994530942;
constexpr int kIndexBits = 10;
constexpr double kScoreLimit = 0x1p17;  // of |s|
constexpr int kFraction = kFlash2ScoreFraction;

/// FP32 operations of the datapath.
struct Fp32Path {
  using Value = float;
  static constexpr bool exact = false;
  FLASHD_INLINE static Lanes<float> flush(Lanes<float> x) {
    const auto size = reinterpret_cast<Lanes<std::int32_t>>(x) & 0x7fffffff;
    return select(size < 0x800000, Lanes<float>{}, x);
  }
  FLASHD_INLINE static float flush(float x) { return std::fabs(x) < 0x1p-126f ? 0.0f : x; }
  /// x y cut off after 24 significant bits.
  FLASHD_INLINE static Lanes<float> cut_product(Lanes<float> x, Lanes<float> y) {
    const auto product =
        __builtin_convertvector(x, Lanes<double>) * __builtin_convertvector(y, Lanes<double>);
    const auto kept =
        reinterpret_cast<Lanes<std::int64_t>>(product) & ~((std::int64_t{1} << 29) - 1);
    return flush(__builtin_convertvector(reinterpret_cast<Lanes<double>>(kept), Lanes<float>));
  }
};

/// The same algorithm in float64.
struct Exact {
  using Value = double;
  static constexpr bool exact = true;
  FLASHD_INLINE static Lanes<double> flush(Lanes<double> x) { return x; }
  FLASHD_INLINE static double flush(double x) { return x; }
  FLASHD_INLINE static Lanes<double> cut_product(Lanes<double> x, Lanes<double> y) { return x * y; }
};

/// s [keys] in base 2: FP32 products and sums in a tree, then the scale, then the grid. On the grid
/// a number counts steps of 2^-kFraction, one fewer if it is negative.
template <class Path>
FLASHD_INLINE void grid_scores(const Chunk<typename Path::Value>& chunk, double scale,
                               Lanes<double>* s) {
  using Vector = Lanes<typename Path::Value>;
  Vector part[256];
  const Vector* q = chunk.q.data();
  for (int key = 0; key < chunk.keys; ++key) {
    const auto* k = chunk.k.data() + key * chunk.d;
    for (int c = 0; c < chunk.d; ++c) part[c] = Path::flush(Path::flush(q[c]) * Path::flush(k[c]));
    for (int count = chunk.d; count > 1; count = (count + 1) / 2) {
      for (int i = 0; i < count / 2; ++i) part[i] = Path::flush(part[2 * i] + part[2 * i + 1]);
      if (count % 2 != 0) part[count / 2] = part[count - 1];
    }
    for (int lane = 0; lane < kLanes; ++lane) {
      const double bias = chunk.bias.empty() ? 0.0 : chunk.bias[key][lane] * kLog2e;
      const double x = static_cast<double>(part[0][lane]) * scale;
      if (Path::exact) {
        s[key][lane] = x + bias;
        continue;
      }
      constexpr double kLimit = kScoreLimit * (1 << kFraction);
      const double steps = std::min(std::floor(std::fabs(std::ldexp(x, kFraction))), kLimit - 1);
      const double sum =
          (x < 0.0 ? -1.0 - steps : steps) + std::floor(std::ldexp(bias, kFraction) + 0.5);
      s[key][lane] = std::min(std::max(sum, -kLimit), kLimit - 1);
    }
  }
}

/// 2^-x, x = steps / 2^kFraction, to kFlash2PowerBits significant bits; see rivals.hpp.
double power(double steps) {
  static const std::vector<double> table = [] {
    std::vector<double> entries;
    for (int i = 0; i < 1 << kIndexBits; ++i) {
      const double x = std::exp2(1.0 - (i + 0.5) / (1 << kIndexBits));
      entries.push_back(
          std::ldexp(std::nearbyint(std::ldexp(x, kFlash2PowerBits - 1)), -kFlash2PowerBits));
    }
    return entries;
  }();
  const double t = std::floor(std::ldexp(steps, kIndexBits - kFraction));
  const double whole = std::floor(std::ldexp(t, -kIndexBits));
  if (whole >= 126.0) return 0.0;
  return std::ldexp(table[static_cast<std::size_t>(t - std::ldexp(whole, kIndexBits))],
                    -static_cast<int>(whole));
}

/// Multiplies by 1 / l in three steps: a table of 128 entries, then twice x <- x + (1 - l) x.
class Division {
 public:
  /// l >= 1.
  explicit Division(float l) {
    int exponent = 0;
    const float fraction = std::frexp(l, &exponent);  // [0.5, 1)
    const int index = static_cast<int>(fraction * 256.0f) - 128;
    factors_[0] = {2 * (32768 / (129 + index)), -exponent};
    float rest = factors_[0].times(l);
    for (int step = 1; step < 3; ++step) {
      // 1 - l in one's complement: the grids are 2^-15 and 2^-20.
      const auto missing = rest < 1.0f ? (1 << 24) - 1 - static_cast<int>(std::ldexp(rest, 24)) : 0;
      factors_[step] = {missing >> (step == 1 ? 9 : 4) & 511, step == 1 ? -7 : -12};
      rest = rest + factors_[step].times(rest);
    }
  }
  float operator()(float x) const {
    float y = factors_[0].times(x);
    for (int step = 1; step < 3; ++step) y = Fp32Path::flush(y + factors_[step].times(y));
    return y;
  }

 private:
  /// significand 2^(exponent - 8), 9 bits, with or without a leading one.
  struct Factor {
    int significand = 0;
    int exponent = 0;
    /// 24 bits of the product of the significands; zero by its exponent alone.
    float times(float x) const {
      if (x == 0.0f) return 0.0f;
      int x_exponent = 0;
      const auto exact =
          static_cast<std::int64_t>(std::ldexp(std::frexp(x, &x_exponent), 24)) * significand;
      const bool two = std::llabs(exact) >> 32 != 0;
      const int sum = x_exponent - 1 + exponent + (two ? 1 : 0);
      if (sum < -126) return 0.0f;
      const std::int64_t kept = exact / (two ? 512 : 256);
      return static_cast<float>(std::ldexp(static_cast<double>(kept), sum - 23));
    }
  };
  std::array<Factor, 3> factors_{};
};

template <class Path>
struct State {
  using Value = typename Path::Value;
  using Vector = Lanes<Value>;
  double scale;
  Lanes<double> m{};
  Vector l{};
  Mask<Value> seen{};
  LaneArray<Value> o;

  void begin() {
    m = Lanes<double>{};
    l = Vector{};
    seen = Mask<Value>{};
    o.clear();
  }
  void step(const Chunk<Value>& chunk);
  double finish(int lane, double* out) const {
    if constexpr (Path::exact) {
      for (std::size_t c = 0; c < o.size(); ++c) out[c] = o[c][lane] / l[lane];
    } else {
      const Division divide(l[lane]);
      for (std::size_t c = 0; c < o.size(); ++c) out[c] = divide(o[c][lane]);
    }
    const double unit = Path::exact ? 1.0 : std::ldexp(1.0, -kFraction);
    return (m[lane] * unit + std::log2(static_cast<double>(l[lane]))) * kLn2;
  }
};

template <class Path>
FLASHD_INLINE void consume(State<Path>& state, const Chunk<typename Path::Value>& chunk) {
  using Value = typename Path::Value;
  using Vector = Lanes<Value>;
  Lanes<double> s[kChunk];
  grid_scores<Path>(chunk, state.scale, s);
  const int dv = chunk.dv;
  Vector* o = state.o.data();
  for (int key = 0; key < chunk.keys; ++key) {
    const Mask<Value> visible = chunk.visible[key];
    Vector alpha = splat<Value>(1);
    Vector p{};
    for (int lane = 0; lane < kLanes; ++lane) {
      if (visible[lane] == 0) continue;
      const double d = s[key][lane] - state.m[lane];
      const bool first = state.seen[lane] == 0;
      const bool rise = first || d > 0.0;
      double e = 0.0;
      if constexpr (Path::exact) {
        e = std::exp2(-std::fabs(d));
      } else {
        e = power(d < 0.0 ? -1.0 - d : first ? 0.0 : d);
      }
      if (rise) {
        alpha[lane] = first ? Value{0} : static_cast<Value>(e);
        p[lane] = 1;
        state.m[lane] = s[key][lane];
      } else {
        p[lane] = static_cast<Value>(e);
      }
    }
    state.seen |= visible;
    state.l = Path::flush(Path::cut_product(state.l, alpha) + p);
    const Value* v = chunk.v.data() + key * dv;
    for (int c = 0; c < dv; ++c) {
      o[c] = Path::flush(Path::cut_product(o[c], alpha) +
                         Path::cut_product(p, splat<Value>(Path::flush(v[c]))));
    }
  }
}

FLASHD_CLONES void consume_fp32(State<Fp32Path>& state, const Chunk<float>& chunk) {
  consume<Fp32Path>(state, chunk);
}
FLASHD_CLONES void consume_exact(State<Exact>& state, const Chunk<double>& chunk) {
  consume<Exact>(state, chunk);
}
template <>
void State<Fp32Path>::step(const Chunk<float>& chunk) {
  consume_fp32(*this, chunk);
}
template <>
void State<Exact>::step(const Chunk<double>& chunk) {
  consume_exact(*this, chunk);
}

template <class Path>
State<Path> start(const Job& job) {
  State<Path> state;
  state.scale = job.scale * kLog2e;
  if (!Path::exact) state.scale = static_cast<float>(state.scale);
  state.o.resize(job.dv);
  return state;
}

}  // namespace

Output flash2_fp32(const Job& job, Arithmetic arithmetic) {
  return arithmetic == Arithmetic::native ? run_rows(job, start<Fp32Path>(job))
                                          : run_rows(job, start<Exact>(job));
}

Flash2Rows flash2_fp32_rows(const Job& job) {
  Flash2Rows rows;
  rows.states.resize(static_cast<std::size_t>(job.heads_q * job.queries));
  rows.output = run_rows(
      job, start<Fp32Path>(job), [&](std::int64_t row, const State<Fp32Path>& state, int lane) {
        rows.states[static_cast<std::size_t>(row)] = {true, state.m[lane], state.l[lane]};
      });
  return rows;
}

}  // namespace flashd::rivals
