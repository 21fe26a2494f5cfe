// SPDX-License-Identifier: Apache-2.0
#include "model/rivals/flash2_rows.hpp"

#include "model/rivals/rows.hpp"

namespace flashd::rivals {
namespace {

FLASHD_INLINE Lanes<float> exponential(Lanes<float> x, Flash2Functions functions) {
  const Bf16Table& table = functions == Flash2Functions::exact ? bf16_exp() : bf16_exp_table();
  return flush_bf16(table(x));
}
FLASHD_INLINE Lanes<double> exponential(Lanes<double> x, Flash2Functions) {
  return each_lane<double>(x, [](double y) { return std::exp(y); });
}

template <class Path>
struct State {
  using Value = typename Path::Value;
  using Vector = Lanes<Value>;
  Value scale;
  DotOrder order;
  Flash2Functions functions;
  Vector m{};
  Vector l{};
  Mask<Value> seen{};
  LaneArray<Value> o;

  void begin() {
    m = Vector{};
    l = Vector{};
    seen = Mask<Value>{};
    o.clear();
  }
  void step(const Chunk<Value>& chunk);
  double finish(int lane, double* out) const {
    // In wide arithmetic a reciprocal is a division.
    const bool divide = functions == Flash2Functions::exact;
    const Value r = Path::round(Value{1} / l[lane]);
    for (std::size_t c = 0; c < o.size(); ++c) {
      out[c] = Path::round(divide ? o[c][lane] / l[lane] : o[c][lane] * r);
    }
    return static_cast<double>(m[lane]) + std::log(static_cast<double>(l[lane]));
  }
};

template <class Path>
FLASHD_INLINE void consume(State<Path>& state, const Chunk<typename Path::Value>& chunk) {
  using Value = typename Path::Value;
  using Vector = Lanes<Value>;
  Vector s[kChunk];
  scores<Path>(chunk, state.order, state.scale, s);
  const int dv = chunk.dv;
  Vector* o = state.o.data();
  for (int key = 0; key < chunk.keys; ++key) {
    const Mask<Value> visible = chunk.visible[key];
    const Mask<Value> first = visible & ~state.seen;
    // A masked key changes nothing: p = 0 and alpha = 1 leave every rounded value as it is.
    const Vector x = select(visible, s[key], state.m);
    const Vector m = select(first, x, select(x > state.m, x, state.m));
    const Vector fall = select(first | ~visible, Vector{}, Path::round(state.m - m));
    const Vector alpha = exponential(fall, state.functions);
    const Vector p = select(visible, exponential(Path::round(x - m), state.functions), Vector{});
    state.m = m;
    state.seen |= visible;
    state.l = Path::round(Path::round(state.l * alpha) + p);
    const Value* v = chunk.v.data() + key * dv;
    for (int c = 0; c < dv; ++c) {
      o[c] = Path::round(Path::round(o[c] * alpha) + Path::round(p * Path::round(v[c])));
    }
  }
}

FLASHD_CLONES void consume_bf16(State<Bf16Path>& state, const Chunk<float>& chunk) {
  consume<Bf16Path>(state, chunk);
}
FLASHD_CLONES void consume_wide(State<WidePath>& state, const Chunk<double>& chunk) {
  consume<WidePath>(state, chunk);
}
template <>
void State<Bf16Path>::step(const Chunk<float>& chunk) {
  consume_bf16(*this, chunk);
}
template <>
void State<WidePath>::step(const Chunk<double>& chunk) {
  consume_wide(*this, chunk);
}

template <class Path>
State<Path> start(const Job& job, DotOrder order, Flash2Functions functions) {
  State<Path> state;
  state.scale = Path::round(static_cast<typename Path::Value>(job.scale));
  state.order = order;
  state.functions = functions;
  state.o.resize(job.dv);
  return state;
}

}  // namespace

Output flash2_bf16(const Job& job, Arithmetic arithmetic, DotOrder order,
                   Flash2Functions functions) {
  return arithmetic == Arithmetic::native ? run_rows(job, start<Bf16Path>(job, order, functions))
                                          : run_rows(job, start<WidePath>(job, order, functions));
}

Flash2Rows flash2_bf16_rows(const Job& job) {
  Flash2Rows rows;
  rows.states.resize(static_cast<std::size_t>(job.heads_q * job.queries));
  rows.output =
      run_rows(job, start<Bf16Path>(job, DotOrder::tree, Flash2Functions::table),
               [&](std::int64_t row, const State<Bf16Path>& state, int lane) {
                 rows.states[static_cast<std::size_t>(row)] = {true, state.m[lane], state.l[lane]};
               });
  return rows;
}

}  // namespace flashd::rivals
