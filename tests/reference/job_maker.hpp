// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "model/golden/job.hpp"
#include "model/reference/decode.hpp"

namespace flashd::testing {

/// A random small job and what it points to.
struct MadeJob {
  std::vector<std::uint16_t> q, k, v;
  std::vector<float> bias;
  std::vector<std::uint16_t> bias16;
  std::vector<float> alibi;
  std::vector<std::int32_t> table;
  Job job;
};

/// Shapes, visibility, grouped queries, bias with -inf, scale: all drawn from the seed.
/// Scores stay within about +-30 nats.
inline MadeJob make_job(std::uint64_t seed, InputFormat format = InputFormat::bf16) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::int64_t n) { return static_cast<std::int64_t>(random() % n); };
  std::normal_distribution<float> normal;
  MadeJob made;
  Job& job = made.job;
  job.input = format;
  job.heads_kv = 1 + below(2);
  job.heads_q = job.heads_kv * (1 + below(3));
  job.queries = below(23);
  job.keys = seed % 11 == 0 ? 0 : 1 + below(300);
  job.d = static_cast<int>(1 + below(40));
  job.dv = static_cast<int>(1 + below(40));
  job.scale = (seed % 7 == 0 ? -1.0 : 1.0) / std::sqrt(static_cast<double>(job.d));
  const auto fill = [&](std::vector<std::uint16_t>& bits, std::int64_t count) {
    bits.resize(count);
    for (auto& b : bits) b = reference::element_bits(1.5f * normal(random), format);
  };
  fill(made.q, job.heads_q * job.queries * job.d);
  fill(made.k, job.heads_kv * job.keys * job.d);
  fill(made.v, job.heads_kv * job.keys * job.dv);
  job.q = made.q;
  job.k = made.k;
  job.v = made.v;
  Visibility& see = job.visibility;
  see.causal = below(2) == 0;
  if (below(3) == 0) see.diagonal = below(80) - 40;
  if (below(3) == 0) {
    see.window_left = below(60);
    see.window_right = below(60);
  }
  if (below(3) == 0) see.key_length = below(job.keys + 1);
  if (below(2) == 0) {
    const bool per_head = below(2) == 0;
    BiasView view;
    view.key = 1;
    view.query = job.keys;
    view.head = per_head ? job.queries * job.keys : 0;
    made.bias.resize((per_head ? job.heads_q : 1) * job.queries * job.keys);
    for (float& b : made.bias) {
      b = below(4) == 0 ? -std::numeric_limits<float>::infinity() : normal(random);
    }
    view.data = made.bias.data();
    job.bias = view;
  }
  return made;
}

/// Adds a soft-cap, ALiBi slopes, pages in any order and a bias of 16 bits, each to some jobs.
inline void add_options(MadeJob* made, std::uint64_t seed) {
  std::mt19937_64 random(seed * 77 + 5);
  const auto below = [&](std::int64_t n) { return static_cast<std::int64_t>(random() % n); };
  Job& job = made->job;
  if (below(2) == 0)
    job.soft_cap = std::ldexp(1.0 + static_cast<double>(below(1000)) / 1000.0,
                              static_cast<int>(below(18)) - 10);
  if (below(2) == 0) {
    for (std::int64_t h = 0; h < job.heads_q; ++h)
      made->alibi.push_back(static_cast<float>(below(1000) - 100) / 3000.0f);
    job.alibi = made->alibi;
  }
  if (job.bias && below(2) == 0) {
    job.bias->format16 = below(2) == 0 ? InputFormat::bf16 : InputFormat::fp16;
    for (const float b : made->bias)
      made->bias16.push_back(reference::element_bits(b, job.bias->format16));
    job.bias->data = nullptr;
    job.bias->data16 = made->bias16.data();
  }
  if (below(2) != 0) return;
  const std::int64_t size = 16 << below(4);
  const std::int64_t pages = (job.keys + size - 1) / size;
  for (std::int64_t i = 0; i < pages; ++i)
    made->table.insert(made->table.begin() + below(i + 1), static_cast<std::int32_t>(i));
  const auto spread = [&](std::vector<std::uint16_t>& data, int dim) {
    // What no key fills is NaN in both formats.
    std::vector<std::uint16_t> pool(pages * job.heads_kv * size * dim, 0x7FFF);
    for (std::int64_t h = 0; h < job.heads_kv; ++h)
      for (std::int64_t j = 0; j < job.keys; ++j)
        for (int c = 0; c < dim; ++c)
          pool[((made->table[j / size] * job.heads_kv + h) * size + j % size) * dim + c] =
              data[(h * job.keys + j) * dim + c];
    data = pool;
  };
  spread(made->k, job.d);
  spread(made->v, job.dv);
  job.k = made->k;
  job.v = made->v;
  job.paging = Paging{static_cast<int>(size), made->table};
}

inline float bias_of(const Job& job, std::int64_t h, std::int64_t i, std::int64_t j) {
  if (!job.bias) return 0.0f;
  const std::int64_t at = h * job.bias->head + i * job.bias->query + j * job.bias->key;
  if (job.bias->data16) return reference::element_value(job.bias->data16[at], job.bias->format16);
  return job.bias->data[at];
}

/// Whether query i of head h sees key j, straight from the words of the contract.
inline bool sees(const Job& job, std::int64_t h, std::int64_t i, std::int64_t j) {
  const Visibility& see = job.visibility;
  const std::int64_t length = see.key_length ? *see.key_length : job.keys;
  const std::int64_t diagonal = see.diagonal ? *see.diagonal : length - job.queries;
  if (j >= length) return false;
  if (see.causal && j > i + diagonal) return false;
  if (see.window_left && j < i + diagonal - *see.window_left) return false;
  if (see.window_right && j > i + diagonal + *see.window_right) return false;
  return bias_of(job, h, i, j) >= -65536.0f;
}

inline float q_of(const Job& job, std::int64_t h, std::int64_t i, int c) {
  return reference::element_value(job.q[(h * job.queries + i) * job.d + c], job.input);
}
/// Row of k and v, from the words of the contract.
inline std::int64_t row_of(const Job& job, std::int64_t h, std::int64_t j) {
  const std::int64_t head = h / (job.heads_q / job.heads_kv);
  if (!job.paging) return head * job.keys + j;
  const int size = job.paging->page_size;
  return job.paging->table[j / size] * job.heads_kv * size + head * size + j % size;
}
inline float k_of(const Job& job, std::int64_t h, std::int64_t j, int c) {
  return reference::element_value(job.k[row_of(job, h, j) * job.d + c], job.input);
}
inline float v_of(const Job& job, std::int64_t h, std::int64_t j, int c) {
  return reference::element_value(job.v[row_of(job, h, j) * job.dv + c], job.input);
}

}  // namespace flashd::testing
