// SPDX-License-Identifier: Apache-2.0
#include "model/rivals/rows.hpp"

namespace flashd::rivals {
namespace {

constexpr double kLog2e = 1.4426950408889634074;
constexpr double kLn2 = 0.69314718055994530942;

FLASHD_INLINE Lanes<float> power(Lanes<float> x) { return exp2_fp32(x); }
Lanes<double> power(Lanes<double> x) {
  return each_lane<double>(x, [](double y) { return std::exp2(y); });
}
FLASHD_INLINE Lanes<float> weight(Lanes<float> p) { return round_bf16(p); }
FLASHD_INLINE Lanes<double> weight(Lanes<double> p) { return p; }

template <class T>
struct State {
  using Value = T;
  T scale;
  Lanes<T> m{};
  Lanes<T> l{};
  Mask<T> seen{};
  LaneArray<T> o;

  void begin() {
    m = Lanes<T>{};
    l = Lanes<T>{};
    seen = Mask<T>{};
    o.clear();
  }
  void step(const Chunk<T>& chunk);
  double finish(int lane, double* out) const {
    for (std::size_t c = 0; c < o.size(); ++c) out[c] = o[c][lane] / l[lane];
    const T log2_sum = m[lane] + static_cast<T>(std::log2(l[lane]));
    return log2_sum * static_cast<T>(kLn2);
  }
};

/// t [keys] = (q.k) * scale, FP32 sums in channel order; products of BF16 values are exact.
template <class T>
FLASHD_INLINE void scaled_scores(const Chunk<T>& chunk, T scale, Lanes<T>* t) {
  constexpr int kStep = 8;
  const T* k = chunk.k.data();
  const Lanes<T>* q = chunk.q.data();
  const int d = chunk.d;
  int key = 0;
  for (; key + kStep <= chunk.keys; key += kStep) {
    Lanes<T> sum[kStep] = {};
    for (int c = 0; c < d; ++c) {
      for (int j = 0; j < kStep; ++j) sum[j] += q[c] * k[(key + j) * d + c];
    }
    for (int j = 0; j < kStep; ++j) t[key + j] = sum[j] * scale;
  }
  for (; key < chunk.keys; ++key) {
    Lanes<T> sum{};
    for (int c = 0; c < d; ++c) sum += q[c] * k[key * d + c];
    t[key] = sum * scale;
  }
  if (!chunk.bias.empty()) {
    for (key = 0; key < chunk.keys; ++key) t[key] += chunk.bias[key] * static_cast<T>(kLog2e);
  }
}

template <class T>
FLASHD_INLINE void consume(State<T>& state, const Chunk<T>& chunk) {
  Lanes<T> t[kChunk];
  scaled_scores(chunk, state.scale, t);
  Lanes<T> m = state.m;
  Mask<T> seen = state.seen;
  for (int key = 0; key < chunk.keys; ++key) {
    const Mask<T> visible = chunk.visible[key];
    m = select(visible & (~seen | (t[key] > m)), t[key], m);
    seen |= visible;
  }
  const Lanes<T> alpha = power(select(state.seen, state.m - m, Lanes<T>{}));
  state.m = m;
  state.seen = seen;
  Lanes<T> sum{};
  for (int key = 0; key < chunk.keys; ++key) {
    const Mask<T> visible = chunk.visible[key];
    const Lanes<T> p = select(visible, power(select(visible, t[key] - m, Lanes<T>{})), Lanes<T>{});
    sum += p;
    t[key] = weight(p);
  }
  state.l = state.l * alpha + sum;
  constexpr int kStep = 8;
  const T* v = chunk.v.data();
  const int dv = chunk.dv;
  int c = 0;
  for (; c + kStep <= dv; c += kStep) {
    Lanes<T> part[kStep];
    for (int j = 0; j < kStep; ++j) part[j] = Lanes<T>{};
    for (int key = 0; key < chunk.keys; ++key) {
      for (int j = 0; j < kStep; ++j) part[j] += t[key] * v[key * dv + c + j];
    }
    for (int j = 0; j < kStep; ++j) state.o[c + j] = state.o[c + j] * alpha + part[j];
  }
  for (; c < dv; ++c) {
    Lanes<T> part{};
    for (int key = 0; key < chunk.keys; ++key) part += t[key] * v[key * dv + c];
    state.o[c] = state.o[c] * alpha + part;
  }
}

FLASHD_CLONES void consume_fp32(State<float>& state, const Chunk<float>& chunk) {
  consume<float>(state, chunk);
}
FLASHD_CLONES void consume_wide(State<double>& state, const Chunk<double>& chunk) {
  consume<double>(state, chunk);
}
template <>
void State<float>::step(const Chunk<float>& chunk) {
  consume_fp32(*this, chunk);
}
template <>
void State<double>::step(const Chunk<double>& chunk) {
  consume_wide(*this, chunk);
}

template <class T>
Output run(const Job& job) {
  State<T> state;
  state.scale = static_cast<T>(job.scale * kLog2e);
  state.o.resize(job.dv);
  return run_rows(job, std::move(state));
}

}  // namespace

Output flash2_gpu(const Job& job, Arithmetic arithmetic) {
  return arithmetic == Arithmetic::native ? run<float>(job) : run<double>(job);
}

}  // namespace flashd::rivals
