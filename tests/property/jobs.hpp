// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "model/golden/golden.hpp"

namespace flashd {

/// How rapidcheck shows the choices of a failing case.
inline std::ostream& operator<<(std::ostream& o, InputFormat f) {
  return o << (f == InputFormat::bf16 ? "bf16" : "fp16");
}
inline std::ostream& operator<<(std::ostream& o, OutputFormat f) {
  return o << (f == OutputFormat::fp32 ? "fp32" : f == OutputFormat::bf16 ? "bf16" : "fp16");
}
inline std::ostream& operator<<(std::ostream& o, Profile p) {
  return o << (p == Profile::fine ? "fine" : "lean");
}

}  // namespace flashd

namespace flashd::property {

/// Elements of Q, K and V.
enum class Elements {
  normal,     ///< N(0, 1)
  any,        ///< any finite bits
  loud,       ///< N(0, 1) times up to 2^12: products and scores saturate
  subnormal,  ///< mostly subnormal
  steps,      ///< multiples of 1/4 up to 2: ties everywhere
};

inline std::ostream& operator<<(std::ostream& o, Elements e) {
  constexpr const char* kNames[] = {"normal", "any", "loud", "subnormal", "steps"};
  return o << kNames[static_cast<int>(e)];
}

/// A job that owns its arrays.
struct OwnedJob {
  Job shape;  ///< everything but the spans, the bias, the pages and the state
  std::vector<std::uint16_t> q;
  std::vector<std::uint16_t> k;
  std::vector<std::uint16_t> v;
  std::vector<float> bias;   ///< [heads_q, queries, keys] or empty
  std::vector<float> alibi;  ///< [heads_q] or empty

  /// The job with its spans; valid while this object lives unchanged.
  Job view() const;
  /// Position of the first element of (KV head, key) in k and v.
  std::size_t k_at(std::int64_t head, std::int64_t key) const;
  std::size_t v_at(std::int64_t head, std::int64_t key) const;
  std::size_t bias_at(std::int64_t head, std::int64_t query, std::int64_t key) const;
  /// Whether query i of query head h sees key j, straight from the definition, bias included.
  bool sees(std::int64_t head, std::int64_t query, std::int64_t key) const;
  std::int64_t key_length() const;
  std::int64_t diagonal() const;
};

/// Limits of a random job.
struct Limits {
  int heads_kv = 2;
  int group = 3;
  int queries = 12;
  int keys = 150;
  int dim = 256;
  bool masks = true;  ///< causal, window, key length
  bool bias = true;   ///< additive bias with masks
  bool cap = true;    ///< soft-cap
  bool alibi = true;
};

/// Draws a job from rapidcheck's generators: sizes shrink, contents follow a drawn seed.
OwnedJob draw_job(InputFormat format, Elements elements, const Limits& limits);
Elements draw_elements();
/// Fills q, k and v of a job whose sizes are set.
void fill(OwnedJob* job, Elements elements, std::uint64_t seed);

double decode(InputFormat format, std::uint16_t bits);
std::uint16_t encode(InputFormat format, double x);
/// One of NaN, -NaN, +Inf, -Inf.
std::uint16_t nonfinite(InputFormat format, std::uint64_t choice);

/// Empty when every bit of outputs, states and counts agrees; else the first difference.
std::string difference(const Result& a, const Result& b, bool counts = true);
/// The same for one row of each: output, LSE, state.
std::string row_difference(const Result& a, std::size_t row_a, const Result& b, std::size_t row_b,
                           int dv);

/// Runs a rapidcheck property 1000 times from a fixed seed (FLASHD_TEST_SEED; all of it can be
/// overridden by RC_PARAMS); prints how to repeat it and the smallest failing case when it fails.
bool holds(const std::string& name, const std::function<void()>& body);

}  // namespace flashd::property
