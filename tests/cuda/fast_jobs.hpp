// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "kernels/fast/fast.hpp"
#include "kernels/fast/reference.hpp"
#include "model/golden/job.hpp"

namespace flashd::cuda {

/// Shape and options of a job that is drawn.
struct FastCase {
  int d = 64;
  InputFormat input = InputFormat::bf16;
  OutputFormat output = OutputFormat::fp32;
  bool causal = false;
  std::int64_t batch = 1;
  std::int64_t heads_q = 2;
  std::int64_t heads_kv = 2;
  std::int64_t queries = 64;
  std::int64_t keys = 64;
  bool rows_first = false;  ///< [batch, rows, heads, d]
  bool varlen = false;      ///< sequences of several lengths, the longest as above
  double spread = 1.0;      ///< of Q
  int parts = 1;
};

/// For people: "d 64 bf16 causal 2x4/2 100x300".
std::string name(const FastCase& c);

/// A job in host memory that owns its arrays. o holds 0x7F bytes before a kernel wrote it, NaN or
/// a large number in every format.
class FastArrays {
 public:
  /// N(0, 1) of a seed.
  FastArrays(const FastCase& c, std::uint64_t seed);
  /// A job of golden's kind without options but `causal`, zeros appended up to the next d that the
  /// kernels have; its scale stays.
  FastArrays(const Job& job, OutputFormat output);
  FastArrays(const FastArrays&) = delete;
  FastArrays& operator=(const FastArrays&) = delete;

  FastJob job;
  std::vector<std::uint16_t> q, k, v;
  std::vector<unsigned char> o;
  std::vector<float> lse, workspace;
  std::vector<std::int32_t> cu_queries, cu_keys;

  void clear_results();
  /// Room for so many parts, cleared as results are.
  void set_parts(int parts);

 private:
  void point();
};

/// The call as a job of the host, on the same arrays; the case has one entry, heads first and no
/// lengths of its own.
Job host_job(const FastCase& c, const FastArrays& arrays);

/// How many bits of O and of the log-sum-exp, and how many counts, of a result differ from what
/// `arrays` hold and `counts` say.
std::int64_t differences(const FastArrays& arrays, const Counts& counts, const Result& result);

/// All d x format x causal x grouped heads x varlen, and edges: no keys, one key, tiles cut short,
/// fewer keys than queries, outputs, layouts, scores that move frames, keys in parts, heads that
/// share a block.
std::vector<FastCase> fast_cases();

}  // namespace flashd::cuda
