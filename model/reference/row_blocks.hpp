// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "model/golden/job.hpp"
#include "model/reference/decode.hpp"
#include "model/reference/lanes.hpp"

namespace flashd::reference {

/// Keys that are decoded and scored together; GPU kernels of FlashAttention-2 use the same block.
constexpr int kChunk = 128;

/// Keys that query i of a job sees, bias aside (written apart from golden's, as an oracle).
KeyRange visible_range(const Job& job, std::int64_t query);

/// Throws std::invalid_argument with one sentence if the spans do not hold the shapes of the job.
void require_shapes(const Job& job);

/// Up to kChunk consecutive keys and kLanes rows that share them.
template <class T>
struct Chunk {
  int keys = 0;
  int d = 0;
  int dv = 0;
  std::vector<T> k;              ///< [kChunk, d]
  std::vector<T> v;              ///< [kChunk, dv]
  std::vector<Lanes<T>> q;       ///< [d]
  std::vector<Lanes<T>> bias;    ///< [kChunk] nats; empty without a bias
  std::vector<Mask<T>> visible;  ///< [kChunk]
};

/// Rows [first, first + count) of a job; they read one KV head.
struct RowBlock {
  std::int64_t first = 0;
  int count = 0;
  std::int64_t head_kv = 0;
};

/// Cuts all rows (query head major) into blocks of at most kLanes that share a KV head.
std::vector<RowBlock> row_blocks(const Job& job);

/// Walks the chunks of keys that a block of rows sees, calling step(chunk) for each.
/// Chunks start at multiples of kChunk; chunks that no row sees are left out. Inf in Q, K and V
/// is decoded as NaN: both poison the row.
template <class T, class Step>
void for_chunks(const Job& job, const RowBlock& block, Chunk<T>& chunk, Step step) {
  const auto value = [&](std::uint16_t bits) {
    const float x = element_value(bits, job.input);
    return static_cast<T>(std::isfinite(x) ? x : std::numeric_limits<float>::quiet_NaN());
  };
  chunk.d = job.d;
  chunk.dv = job.dv;
  chunk.k.resize(static_cast<std::size_t>(kChunk) * job.d);
  chunk.v.resize(static_cast<std::size_t>(kChunk) * job.dv);
  chunk.q.assign(job.d, Lanes<T>{});
  chunk.bias.resize(job.bias ? kChunk : 0);
  chunk.visible.resize(kChunk);

  KeyRange range[kLanes];
  const float* bias[kLanes] = {};
  KeyRange all{job.keys, 0};
  for (int lane = 0; lane < block.count; ++lane) {
    const std::int64_t row = block.first + lane;
    const std::int64_t query = row % job.queries;
    range[lane] = visible_range(job, query);
    if (range[lane].begin < range[lane].end) {
      all.begin = std::min(all.begin, range[lane].begin);
      all.end = std::max(all.end, range[lane].end);
    }
    for (int c = 0; c < job.d; ++c) chunk.q[c][lane] = value(job.q[row * job.d + c]);
    if (job.bias) {
      bias[lane] = job.bias->data + row / job.queries * job.bias->head + query * job.bias->query;
    }
  }
  for (std::int64_t start = all.begin / kChunk * kChunk; start < all.end; start += kChunk) {
    chunk.keys = static_cast<int>(std::min<std::int64_t>(kChunk, job.keys - start));
    const std::int64_t first_key = block.head_kv * job.keys + start;
    for (std::int64_t i = 0; i < chunk.keys * job.d; ++i) {
      chunk.k[i] = value(job.k[first_key * job.d + i]);
    }
    for (std::int64_t i = 0; i < chunk.keys * job.dv; ++i) {
      chunk.v[i] = value(job.v[first_key * job.dv + i]);
    }
    for (int key = 0; key < chunk.keys; ++key) {
      Mask<T> visible{};
      for (int lane = 0; lane < block.count; ++lane) {
        const std::int64_t j = start + key;
        bool seen = range[lane].begin <= j && j < range[lane].end;
        if (job.bias) {
          const float b = bias[lane][j * job.bias->key];
          seen = seen && !(b < -65536.0f);
          chunk.bias[key][lane] =
              static_cast<T>(std::isfinite(b) || !seen ? b : std::numeric_limits<float>::quiet_NaN());
        }
        visible[lane] = seen ? -1 : 0;
      }
      chunk.visible[key] = visible;
    }
    step(static_cast<const Chunk<T>&>(chunk));
  }
}

}  // namespace flashd::reference
