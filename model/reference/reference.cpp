// SPDX-License-Identifier: Apache-2.0
#include "model/reference/reference.hpp"

#include <atomic>
#include <cmath>
#include <limits>
#include <thread>

#include "model/reference/row_blocks.hpp"

namespace flashd::reference {
namespace {

using Wide = Lanes<double>;

/// A sum and what rounding took from it (Neumaier 1974).
struct Compensated {
  Wide sum{};
  Wide rest{};
};

FLASHD_INLINE void add(Compensated& total, Wide x) {
  const Wide sum = total.sum + x;
  const Wide big = total.sum < 0.0 ? -total.sum : total.sum;
  const Wide small = x < 0.0 ? -x : x;
  total.rest += select(big >= small, (total.sum - sum) + x, (x - sum) + total.sum);
  total.sum = sum;
}

/// s [keys]: q.k of every key of the chunk and every lane.
FLASHD_CLONES void score_chunk(const double* k, const Wide* q, int keys, int d, Wide* s) {
  constexpr int kStep = 4;
  int key = 0;
  for (; key + kStep <= keys; key += kStep) {
    Wide sum[kStep] = {};
    for (int c = 0; c < d; ++c) {
      for (int j = 0; j < kStep; ++j) sum[j] += q[c] * k[(key + j) * d + c];
    }
    for (int j = 0; j < kStep; ++j) s[key + j] = sum[j];
  }
  for (; key < keys; ++key) {
    Wide sum{};
    for (int c = 0; c < d; ++c) sum += q[c] * k[key * d + c];
    s[key] = sum;
  }
}

/// total [dv] += sum over the chunk of p v.
FLASHD_CLONES void value_chunk(const double* v, const Wide* p, int keys, int dv,
                               Compensated* total) {
  constexpr int kStep = 4;
  int c = 0;
  for (; c + kStep <= dv; c += kStep) {
    Wide sum[kStep] = {};
    for (int key = 0; key < keys; ++key) {
      for (int j = 0; j < kStep; ++j) sum[j] += p[key] * v[key * dv + c + j];
    }
    for (int j = 0; j < kStep; ++j) add(total[c + j], sum[j]);
  }
  for (; c < dv; ++c) {
    Wide sum{};
    for (int key = 0; key < keys; ++key) sum += p[key] * v[key * dv + c];
    add(total[c], sum);
  }
}

/// The same where a value may be NaN: a masked key must not touch the sum.
void value_chunk_masked(const double* v, const Wide* p, const Mask<double>* visible, int keys,
                        int dv, Compensated* total) {
  for (int c = 0; c < dv; ++c) {
    Wide sum{};
    for (int key = 0; key < keys; ++key) {
      sum += select(visible[key], p[key] * v[key * dv + c], Wide{});
    }
    add(total[c], sum);
  }
}

bool all_finite(const std::vector<double>& values, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (!std::isfinite(values[i])) return false;
  }
  return true;
}

/// cap tanh(s / cap); NaN stays.
FLASHD_INLINE Wide capped(Wide s, double cap) {
  for (int lane = 0; lane < kLanes; ++lane) s[lane] = cap * std::tanh(s[lane] / cap);
  return s;
}

void block_attention(const Job& job, const RowBlock& block, Chunk<double>& chunk, Output& out) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  Wide largest = splat(-kInf);
  Mask<double> poisoned{};
  LaneArray<double> scores;
  for_chunks<double>(job, block, chunk, [&](const Chunk<double>& keys) {
    const std::size_t start = scores.size();
    scores.resize(start + keys.keys);
    score_chunk(keys.k.data(), keys.q.data(), keys.keys, keys.d, &scores[start]);
    for (int key = 0; key < keys.keys; ++key) {
      Wide s = scores[start + key] * job.scale;
      if (job.soft_cap) s = capped(s, *job.soft_cap);
      if (!keys.bias.empty()) s += keys.bias[key];
      poisoned |= keys.visible[key] & (s != s);
      s = select(keys.visible[key], s, splat(-kInf));
      largest = select(s > largest, s, largest);
      scores[start + key] = s;
    }
  });
  Compensated sum;
  std::vector<Compensated> total(job.dv);
  std::size_t start = 0;
  const Wide shift = select(largest == -kInf, Wide{}, largest);
  for_chunks<double>(job, block, chunk, [&](const Chunk<double>& keys) {
    Wide p[kChunk];
    Wide part{};
    for (int key = 0; key < keys.keys; ++key) {
      const Wide x = scores[start + key] - shift;
      for (int lane = 0; lane < kLanes; ++lane) p[key][lane] = std::exp(x[lane]);
      part += p[key];
    }
    add(sum, part);
    if (all_finite(keys.v, static_cast<std::size_t>(keys.keys) * keys.dv)) {
      value_chunk(keys.v.data(), p, keys.keys, keys.dv, total.data());
    } else {
      value_chunk_masked(keys.v.data(), p, keys.visible.data(), keys.keys, keys.dv, total.data());
    }
    start += keys.keys;
  });
  for (int lane = 0; lane < block.count; ++lane) {
    const std::int64_t row = block.first + lane;
    const double l = sum.sum[lane] + sum.rest[lane];
    const bool empty = largest[lane] == -kInf && poisoned[lane] == 0;
    const double nan = std::numeric_limits<double>::quiet_NaN();
    out.lse[row] = empty ? -kInf : poisoned[lane] != 0 ? nan : largest[lane] + std::log(l);
    for (int c = 0; c < job.dv; ++c) {
      const double o = (total[c].sum[lane] + total[c].rest[lane]) / l;
      out.o[row * job.dv + c] = empty ? 0.0 : poisoned[lane] != 0 ? nan : o;
    }
  }
}

}  // namespace

Output attention(const Job& job, int threads) {
  require_shapes(job);
  Output out;
  out.o.assign(static_cast<std::size_t>(job.heads_q * job.queries * job.dv), 0.0);
  out.lse.assign(static_cast<std::size_t>(job.heads_q * job.queries), 0.0);
  const std::vector<RowBlock> blocks = row_blocks(job);
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    Chunk<double> chunk;
    for (std::size_t i = next++; i < blocks.size(); i = next++) {
      block_attention(job, blocks[i], chunk, out);
    }
  };
  std::vector<std::thread> helpers;
  for (int i = 1; i < threads; ++i) helpers.emplace_back(work);
  work();
  for (std::thread& helper : helpers) helper.join();
  return out;
}

}  // namespace flashd::reference
