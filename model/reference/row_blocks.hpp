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

/// Decodes `count` elements; Inf becomes NaN, since both poison what they touch.
template <class T>
void decode(const std::uint16_t* bits, std::int64_t count, InputFormat format, T* values) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  if (format == InputFormat::bf16) {
    for (std::int64_t i = 0; i < count; ++i) {
      const float x = bf16_value(bits[i]);
      values[i] = static_cast<T>((bits[i] & 0x7f80) == 0x7f80 ? kNan : x);
    }
  } else {
    for (std::int64_t i = 0; i < count; ++i) {
      const float x = fp16_value(bits[i]);
      values[i] = static_cast<T>(std::isfinite(x) ? x : kNan);
    }
  }
}

/// Up to kChunk consecutive keys and kLanes rows that share them.
template <class T>
struct Chunk {
  int keys = 0;
  int d = 0;
  int dv = 0;
  std::vector<T> k;                                ///< [kChunk, d]
  std::vector<T> v;                                ///< [kChunk, dv]
  LaneArray<T> q;                                  ///< [d]
  LaneArray<T> bias;                               ///< [kChunk] nats; empty without a bias
  LaneArray<typename MaskOf<T>::Element> visible;  ///< [kChunk] 0 or -1
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
/// Chunks start at multiples of kChunk; chunks that no row sees are left out.
template <class T, class Step>
void for_chunks(const Job& job, const RowBlock& block, Chunk<T>& chunk, Step step) {
  chunk.d = job.d;
  chunk.dv = job.dv;
  chunk.k.resize(static_cast<std::size_t>(kChunk) * job.d);
  chunk.v.resize(static_cast<std::size_t>(kChunk) * job.dv);
  chunk.q.resize(job.d);
  chunk.q.clear();
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
    std::vector<T> q(job.d);
    decode(job.q.data() + row * job.d, job.d, job.input, q.data());
    for (int c = 0; c < job.d; ++c) chunk.q[c][lane] = q[c];
    if (job.bias) {
      bias[lane] = job.bias->data + row / job.queries * job.bias->head + query * job.bias->query;
    }
  }
  for (std::int64_t start = all.begin / kChunk * kChunk; start < all.end; start += kChunk) {
    chunk.keys = static_cast<int>(std::min<std::int64_t>(kChunk, job.keys - start));
    const std::int64_t first_key = block.head_kv * job.keys + start;
    decode(job.k.data() + first_key * job.d, chunk.keys * job.d, job.input, chunk.k.data());
    decode(job.v.data() + first_key * job.dv, chunk.keys * job.dv, job.input, chunk.v.data());
    for (int key = 0; key < chunk.keys; ++key) {
      Mask<T> visible{};
      for (int lane = 0; lane < block.count; ++lane) {
        const std::int64_t j = start + key;
        bool seen = range[lane].begin <= j && j < range[lane].end;
        if (job.bias) {
          const float b = bias[lane][j * job.bias->key];
          seen = seen && !(b < -65536.0f);
          chunk.bias[key][lane] = static_cast<T>(
              std::isfinite(b) || !seen ? b : std::numeric_limits<float>::quiet_NaN());
        }
        visible[lane] = seen ? -1 : 0;
      }
      chunk.visible[key] = visible;
    }
    step(static_cast<const Chunk<T>&>(chunk));
  }
}

}  // namespace flashd::reference
