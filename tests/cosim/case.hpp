// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/golden/job.hpp"
#include "sim/plugin.hpp"

namespace flashd::cosim {

/// Kinds of numbers in Q, K and V.
enum class Data {
  normal,   ///< about N(0, 1)
  equal,    ///< all keys equal
  large,    ///< products and scores saturate
  tiny,     ///< subnormals and zeros among small values
  any,      ///< any bit pattern: NaN, Inf, subnormals, all exponents
  special,  ///< normal, now and then NaN or Inf
  growing,  ///< |V| grows 16-fold inside a tile; scores spread over many octaves
  sink,     ///< the first key of every other KV head outweighs all others by far
  fading,   ///< scores fall from key to key, 6 octaves in 16 keys
};

enum class Bias { none, normal, masks, extreme };

/// A job in words: "q=17,k=T+1,d=16,causal". Numbers may use T (tile), W (width), D (largest head
/// dimension), R (rows of a block), L (lanes) with a factor and an offset: 2T-1. The same words and
/// seed give the same job.
struct Case {
  std::int64_t heads_q = 1, heads_kv = 1, queries = 1, keys = 1;
  int d = 16;
  std::optional<int> dv;
  InputFormat input = InputFormat::bf16;
  OutputFormat output = OutputFormat::fp32;
  Visibility visibility;
  double scale = 0.0;  ///< 0: 1 / sqrt(d)
  Data data = Data::normal;
  Bias bias = Bias::none;
  bool state_in = false;
  bool state_out = false;
  double soft_cap = 0.0;  ///< 0: none
  bool alibi = false;
  bool skip_v = false;
  std::optional<int> v_exponent;
};

/// Throws std::invalid_argument naming the word that it does not know.
Case parse_case(const std::string& text, const sim::BuildInfo& build);

/// A random job that the build takes, in the words of parse_case().
std::string random_case(std::uint64_t seed, const sim::BuildInfo& build);

/// The arrays of a job and the job over them; not to be moved.
struct CaseJob {
  CaseJob(const Case& words, const sim::BuildInfo& build, std::uint64_t seed);
  CaseJob(const CaseJob&) = delete;
  CaseJob& operator=(const CaseJob&) = delete;

  std::vector<std::uint16_t> q, k, v;
  std::vector<float> bias, slopes;
  RowStates states;
  Job job;
};

}  // namespace flashd::cosim
