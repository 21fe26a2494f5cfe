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

/// Whether query i of head h sees key j, straight from the words of the contract.
inline bool sees(const Job& job, std::int64_t h, std::int64_t i, std::int64_t j) {
  const Visibility& see = job.visibility;
  const std::int64_t length = see.key_length ? *see.key_length : job.keys;
  const std::int64_t diagonal = see.diagonal ? *see.diagonal : length - job.queries;
  if (j >= length) return false;
  if (see.causal && j > i + diagonal) return false;
  if (see.window_left && j < i + diagonal - *see.window_left) return false;
  if (see.window_right && j > i + diagonal + *see.window_right) return false;
  if (!job.bias) return true;
  const float b = job.bias->data[h * job.bias->head + i * job.bias->query + j * job.bias->key];
  return b >= -65536.0f;
}

inline float bias_of(const Job& job, std::int64_t h, std::int64_t i, std::int64_t j) {
  if (!job.bias) return 0.0f;
  return job.bias->data[h * job.bias->head + i * job.bias->query + j * job.bias->key];
}

inline float q_of(const Job& job, std::int64_t h, std::int64_t i, int c) {
  return reference::element_value(job.q[(h * job.queries + i) * job.d + c], job.input);
}
inline float k_of(const Job& job, std::int64_t h, std::int64_t j, int c) {
  const std::int64_t head = h / (job.heads_q / job.heads_kv);
  return reference::element_value(job.k[(head * job.keys + j) * job.d + c], job.input);
}
inline float v_of(const Job& job, std::int64_t h, std::int64_t j, int c) {
  const std::int64_t head = h / (job.heads_q / job.heads_kv);
  return reference::element_value(job.v[(head * job.keys + j) * job.dv + c], job.input);
}

}  // namespace flashd::testing
