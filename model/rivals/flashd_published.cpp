// SPDX-License-Identifier: Apache-2.0
#include "model/rivals/published_rows.hpp"

#include "model/rivals/rows.hpp"

namespace flashd::rivals {
namespace {

constexpr float kSkipBelow = -6.0f;
constexpr float kTakeAbove = 11.0f;
constexpr double kSmallestNormal = 1.1754943508222875e-38;

/// Functions of a datapath; `skips` says whether the score difference alone may decide.
struct PiecewiseFunctions {
  static constexpr bool skips = true;
  static constexpr double smallest = kSmallestPublishedWeight;
  static Lanes<float> sigmoid(Lanes<float> x) { return each_lane<float>(x, pwl_sigmoid()); }
  static Lanes<float> ln(Lanes<float> x) { return each_lane<float>(x, pwl_ln()); }
};
struct ExactFunctions {
  static constexpr bool skips = false;
  static constexpr double smallest = kSmallestNormal;
  static Lanes<float> sigmoid(Lanes<float> x) { return bf16_sigmoid()(x); }
  static Lanes<float> ln(Lanes<float> x) { return bf16_ln()(x); }
};
struct WideFunctions {
  static constexpr bool skips = false;
  static constexpr double smallest = 1e-300;
  static Lanes<double> sigmoid(Lanes<double> x) {
    return each_lane<double>(x, [](double y) { return 1.0 / (1.0 + std::exp(-y)); });
  }
  static Lanes<double> ln(Lanes<double> x) {
    return each_lane<double>(x, [](double y) { return std::log(y); });
  }
};

template <class Path, class Functions>
struct State {
  using Value = typename Path::Value;
  using Vector = Lanes<Value>;
  Value scale;
  DotOrder order;
  Vector s_old{};
  Vector w_old{};
  Mask<Value> seen{};
  LaneArray<Value> o;

  void begin() {
    s_old = Vector{};
    w_old = splat<Value>(1);
    seen = Mask<Value>{};
    o.clear();
  }
  void step(const Chunk<Value>& chunk);
  double finish(int lane, double* out) const {
    for (std::size_t c = 0; c < o.size(); ++c) out[c] = o[c][lane];
    return static_cast<double>(s_old[lane]) - std::log(static_cast<double>(w_old[lane]));
  }
};

template <class Path, class Functions>
FLASHD_INLINE void consume(State<Path, Functions>& state,
                           const Chunk<typename Path::Value>& chunk) {
  using Value = typename Path::Value;
  using Vector = Lanes<Value>;
  Vector s[kChunk];
  scores<Path>(chunk, state.order, state.scale, s);
  const int dv = chunk.dv;
  const Value smallest = static_cast<Value>(Functions::smallest);
  Vector* o = state.o.data();
  for (int key = 0; key < chunk.keys; ++key) {
    const Mask<Value> visible = chunk.visible[key];
    const Vector rise = Path::round(s[key] - state.s_old);
    Vector w = Path::round(Functions::sigmoid(Path::round(rise + Functions::ln(state.w_old))));
    Mask<Value> take = visible & ~state.seen;
    Mask<Value> keep = ~visible;
    if (Functions::skips) {
      keep |= ~take & (rise <= kSkipBelow);
      take |= visible & (rise >= kTakeAbove);
    }
    // w = 0 leaves o as it is: o + BF16(0 (v - o)) is o.
    w = select(take, splat<Value>(1), select(keep, Vector{}, w));
    const Value* v = chunk.v.data() + key * dv;
    if (reference::any(take)) {
      for (int c = 0; c < dv; ++c) {
        const Value value = Path::round(v[c]);
        const Vector moved = Path::round(o[c] + Path::round(w * Path::round(value - o[c])));
        o[c] = select(take, splat<Value>(value), moved);
      }
    } else {
      for (int c = 0; c < dv; ++c) {
        const Value value = Path::round(v[c]);
        o[c] = Path::round(o[c] + Path::round(w * Path::round(value - o[c])));
      }
    }
    state.s_old = select(visible, s[key], state.s_old);
    state.w_old = select(visible, select(w > smallest, w, splat(smallest)), state.w_old);
    state.seen |= visible;
  }
}

using PublishedState = State<Bf16Path, PiecewiseFunctions>;
using ExactState = State<Bf16Path, ExactFunctions>;
using WideState = State<WidePath, WideFunctions>;

FLASHD_CLONES void consume_published(PublishedState& state, const Chunk<float>& chunk) {
  consume(state, chunk);
}
FLASHD_CLONES void consume_exact(ExactState& state, const Chunk<float>& chunk) {
  consume(state, chunk);
}
FLASHD_CLONES void consume_wide(WideState& state, const Chunk<double>& chunk) {
  consume(state, chunk);
}
template <>
void PublishedState::step(const Chunk<float>& chunk) {
  consume_published(*this, chunk);
}
template <>
void ExactState::step(const Chunk<float>& chunk) {
  consume_exact(*this, chunk);
}
template <>
void WideState::step(const Chunk<double>& chunk) {
  consume_wide(*this, chunk);
}

template <class Path, class Functions>
State<Path, Functions> start(const Job& job, DotOrder order) {
  State<Path, Functions> state;
  state.scale = Path::round(static_cast<typename Path::Value>(job.scale));
  state.order = order;
  state.o.resize(job.dv);
  return state;
}

template <class Path, class Functions>
Output run(const Job& job, DotOrder order) {
  return run_rows(job, start<Path, Functions>(job, order));
}

}  // namespace

Output flashd_published(const Job& job, FlashdFunctions functions, Arithmetic arithmetic,
                        DotOrder order) {
  if (arithmetic == Arithmetic::wide) return run<WidePath, WideFunctions>(job, order);
  return functions == FlashdFunctions::exact ? run<Bf16Path, ExactFunctions>(job, order)
                                             : run<Bf16Path, PiecewiseFunctions>(job, order);
}

PublishedRows flashd_published_rows(const Job& job) {
  PublishedRows rows;
  rows.states.resize(static_cast<std::size_t>(job.heads_q * job.queries));
  rows.output = run_rows(
      job, start<Bf16Path, PiecewiseFunctions>(job, DotOrder::tree),
      [&](std::int64_t row, const PublishedState& state, int lane) {
        rows.states[static_cast<std::size_t>(row)] = {true, state.s_old[lane], state.w_old[lane]};
      });
  return rows;
}

}  // namespace flashd::rivals
