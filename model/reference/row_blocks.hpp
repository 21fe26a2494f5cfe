// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <vector>

#include "model/golden/job.hpp"
#include "model/reference/decode.hpp"
#include "model/reference/lanes.hpp"

namespace flashd::reference {

/// Keys that are decoded and scored together; GPU kernels of FlashAttention-2 use the same block.
constexpr int kChunk = 128;

/// i + K of query i of a job: the key on its diagonal.
std::int64_t centre_of(const Job& job, std::int64_t query);

/// Keys that query i of a job sees, bias aside (written apart from golden's, as an oracle).
KeyRange visible_range(const Job& job, std::int64_t query);

/// Row of k and v where a key lies, through the page table if there is one (apart from golden's).
std::int64_t stored_row(const Job& job, std::int64_t kv_head, std::int64_t key);

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

/// A bias of the job in nats; exact.
inline float bias_value(const BiasView& bias, std::int64_t element) {
  return bias.data16 ? element_value(bias.data16[element], bias.format16) : bias.data[element];
}

/// Up to kChunk consecutive keys and kLanes rows that share them.
template <class T>
struct Chunk {
  int keys = 0;
  int d = 0;
  int dv = 0;
  std::vector<T> k;   ///< [kChunk, d]
  std::vector<T> v;   ///< [kChunk, dv]
  LaneArray<T> q;     ///< [d]
  LaneArray<T> bias;  ///< [kChunk] nats, bias and ALiBi; empty without both
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
  chunk.bias.resize(job.bias || !job.alibi.empty() ? kChunk : 0);
  chunk.visible.resize(kChunk);

  KeyRange range[kLanes];
  std::int64_t centre[kLanes] = {};
  T slope[kLanes] = {};
  std::int64_t bias[kLanes] = {};
  KeyRange all{job.keys, 0};
  for (int lane = 0; lane < block.count; ++lane) {
    const std::int64_t row = block.first + lane;
    const std::int64_t query = row % job.queries;
    range[lane] = visible_range(job, query);
    centre[lane] = centre_of(job, query);
    if (!job.alibi.empty()) slope[lane] = static_cast<T>(job.alibi[row / job.queries]);
    if (range[lane].begin < range[lane].end) {
      all.begin = std::min(all.begin, range[lane].begin);
      all.end = std::max(all.end, range[lane].end);
    }
    std::vector<T> q(job.d);
    decode(job.q.data() + row * job.d, job.d, job.input, q.data());
    for (int c = 0; c < job.d; ++c) chunk.q[c][lane] = q[c];
    if (job.bias) bias[lane] = row / job.queries * job.bias->head + query * job.bias->query;
  }
  // Pages beyond the key length need not exist.
  const std::int64_t stored = job.paging ? job.visibility.key_length.value_or(job.keys) : job.keys;
  const int run = job.paging ? std::min(kChunk, job.paging->page_size) : kChunk;
  for (std::int64_t start = all.begin / kChunk * kChunk; start < all.end; start += kChunk) {
    chunk.keys = static_cast<int>(std::min<std::int64_t>(kChunk, stored - start));
    // A page holds consecutive keys of a head, dense arrays all of them.
    for (int key = 0; key < chunk.keys; key += run) {
      const int n = std::min(run, chunk.keys - key);
      const std::int64_t row = stored_row(job, block.head_kv, start + key);
      decode(job.k.data() + row * job.d, n * job.d, job.input, &chunk.k[key * job.d]);
      decode(job.v.data() + row * job.dv, n * job.dv, job.input, &chunk.v[key * job.dv]);
    }
    for (int key = 0; key < chunk.keys; ++key) {
      Mask<T> visible{};
      for (int lane = 0; lane < block.count; ++lane) {
        const std::int64_t j = start + key;
        bool seen = range[lane].begin <= j && j < range[lane].end;
        float b = 0.0f;
        if (job.bias) {
          b = bias_value(*job.bias, bias[lane] + j * job.bias->key);
          seen = seen && !(b < -65536.0f);
          if (!std::isfinite(b) && seen) b = std::numeric_limits<float>::quiet_NaN();
        }
        if (!chunk.bias.empty()) {
          const auto distance = static_cast<T>(std::abs(centre[lane] - j));
          chunk.bias[key][lane] = static_cast<T>(b) - slope[lane] * distance;
        }
        visible[lane] = seen ? -1 : 0;
      }
      chunk.visible[key] = visible;
    }
    step(static_cast<const Chunk<T>&>(chunk));
  }
}

}  // namespace flashd::reference
