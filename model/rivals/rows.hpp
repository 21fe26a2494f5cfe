// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "model/reference/row_blocks.hpp"
#include "model/rivals/functions.hpp"
#include "model/rivals/rivals.hpp"

namespace flashd::rivals {

using reference::Chunk;
using reference::kChunk;
using reference::kLanes;
using reference::LaneArray;
using reference::Mask;
using reference::select;
using reference::splat;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// BF16 values in FP32 lanes: every operation is followed by a rounding, which flushes to zero.
struct Bf16Path {
  using Value = float;
  FLASHD_INLINE static Lanes<float> round(Lanes<float> x) { return flush_bf16(x); }
  static float round(float x) { return flush_bf16(x); }
};

/// The same algorithm in float64.
struct WidePath {
  using Value = double;
  FLASHD_INLINE static Lanes<double> round(Lanes<double> x) { return x; }
  static double round(double x) { return x; }
};

/// Applies a scalar function to every lane.
template <class T, class Function>
FLASHD_INLINE Lanes<T> each_lane(Lanes<T> x, Function function) {
  Lanes<T> y;
  for (int lane = 0; lane < kLanes; ++lane) y[lane] = function(x[lane]);
  return y;
}

/// Result arrays for a job: zeros and -inf, as rows without a visible key leave them.
inline Output empty_output(const Job& job) {
  if (job.input != InputFormat::bf16)
    throw std::invalid_argument("the rivals take BF16 inputs only");
  if (job.soft_cap) throw std::invalid_argument("the rivals have no soft-cap");
  reference::require_shapes(job);
  const auto rows = static_cast<std::size_t>(job.heads_q * job.queries);
  return {std::vector<double>(rows * job.dv, 0.0), std::vector<double>(rows, -kInfinity)};
}

/// Runs a datapath over every block of rows: State has begin(), step(chunk) and
/// finish(lane, o) -> lse, where o points to dv values that it fills. `keep`(row, state, lane) is
/// called for every finished row that saw a key.
template <class State, class Keep>
Output run_rows(const Job& job, State state, Keep keep) {
  Output out = empty_output(job);
  Chunk<typename State::Value> chunk;
  for (const reference::RowBlock& block : reference::row_blocks(job)) {
    state.begin();
    reference::for_chunks(job, block, chunk, [&](const auto& keys) { state.step(keys); });
    for (int lane = 0; lane < block.count; ++lane) {
      const std::int64_t row = block.first + lane;
      if (state.seen[lane] == 0) continue;
      out.lse[row] = state.finish(lane, &out.o[row * job.dv]);
      keep(row, static_cast<const State&>(state), lane);
    }
  }
  return out;
}

template <class State>
Output run_rows(const Job& job, State state) {
  return run_rows(job, std::move(state), [](std::int64_t, const State&, int) {});
}

/// s [keys] = rounded products of q and k, added in sequence with rounding.
template <class Path>
FLASHD_INLINE void dot_sequential(const Chunk<typename Path::Value>& chunk,
                                  Lanes<typename Path::Value>* s) {
  using Vector = Lanes<typename Path::Value>;
  constexpr int kStep = 8;
  const auto* k = chunk.k.data();
  const Vector* q = chunk.q.data();
  const int d = chunk.d;
  for (int key = 0; key < chunk.keys; key += kStep) {
    const int count = chunk.keys - key < kStep ? chunk.keys - key : kStep;
    Vector sum[kStep] = {};
    if (count == kStep) {
      for (int c = 0; c < d; ++c) {
        const Vector qc = Path::round(q[c]);
        for (int j = 0; j < kStep; ++j) {
          sum[j] = Path::round(sum[j] + Path::round(qc * Path::round(k[(key + j) * d + c])));
        }
      }
    } else {
      for (int c = 0; c < d; ++c) {
        const Vector qc = Path::round(q[c]);
        for (int j = 0; j < count; ++j) {
          sum[j] = Path::round(sum[j] + Path::round(qc * Path::round(k[(key + j) * d + c])));
        }
      }
    }
    for (int j = 0; j < count; ++j) s[key + j] = sum[j];
  }
}

/// s [keys] = rounded products of q and k, added in a tree of neighbours with rounding.
template <class Path>
FLASHD_INLINE void dot_tree(const Chunk<typename Path::Value>& chunk,
                            Lanes<typename Path::Value>* s) {
  using Vector = Lanes<typename Path::Value>;
  Vector part[256];
  const Vector* q = chunk.q.data();
  for (int key = 0; key < chunk.keys; ++key) {
    const auto* k = chunk.k.data() + key * chunk.d;
    for (int c = 0; c < chunk.d; ++c) part[c] = Path::round(Path::round(q[c]) * Path::round(k[c]));
    for (int count = chunk.d; count > 1; count = (count + 1) / 2) {
      for (int i = 0; i < count / 2; ++i) part[i] = Path::round(part[2 * i] + part[2 * i + 1]);
      if (count % 2 != 0) part[count / 2] = part[count - 1];
    }
    s[key] = part[0];
  }
}

/// Scaled scores in nats: BF16(dot * scale), then BF16(+ BF16(bias)).
template <class Path>
FLASHD_INLINE void scores(const Chunk<typename Path::Value>& chunk, DotOrder order,
                          typename Path::Value scale, Lanes<typename Path::Value>* s) {
  if (order == DotOrder::sequential) {
    dot_sequential<Path>(chunk, s);
  } else {
    dot_tree<Path>(chunk, s);
  }
  for (int key = 0; key < chunk.keys; ++key) {
    s[key] = Path::round(s[key] * scale);
    if (!chunk.bias.empty()) s[key] = Path::round(s[key] + Path::round(chunk.bias[key]));
  }
}

}  // namespace flashd::rivals
