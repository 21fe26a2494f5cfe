// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "kernels/exact/exact.hpp"
#include "model/golden/job.hpp"

namespace flashd::cuda {

/// The fast kernels: floating point on tensor cores, forward only.
enum class FastKernel {
  choose,    ///< fast on compute capability 9.0, portable elsewhere
  fast,      ///< TMA, WGMMA and FLASH-D by tiles; compute capability 9.0 alone
  portable,  ///< the same arithmetic on mma.sync and cp.async; 8.0 or more
  division,  ///< running maximum and final division on the machinery of `choose`
};

/// Distances in elements between entries of a batch, heads and rows; the d elements of a row lie
/// side by side.
struct FastStrides {
  std::int64_t batch = 0;
  std::int64_t head = 0;
  std::int64_t row = 0;
};

/// One attention call: o = softmax(scale q k^T) v and its log-sum-exp. Pointers are of the memory
/// that the kernel runs in. Query head h reads KV head h / (heads_q / heads_kv). With `causal`
/// query i sees key j iff j <= i + keys - queries, lengths being those of the sequence.
///
/// With cu_queries and cu_keys the batch's sequences have lengths of their own and lie one after
/// another: sequence b has rows cu[b] to cu[b + 1] - 1 of totals; queries and keys are then the
/// longest lengths, strides of the batch are not used. Entries must not fall, begin with 0 and end
/// within the totals; lengths beyond the longest are cut.
struct FastJob {
  InputFormat input = InputFormat::bf16;
  OutputFormat output = OutputFormat::bf16;
  int d = 0;  ///< of Q, K and V: 64, 128 or 256
  std::int64_t batch = 1;
  std::int64_t heads_q = 1;
  std::int64_t heads_kv = 1;
  std::int64_t queries = 0;
  std::int64_t keys = 0;
  std::int64_t total_queries = 0;  ///< with cu_queries
  std::int64_t total_keys = 0;
  bool causal = false;
  float scale = 1.0f;  ///< above 0

  const std::uint16_t* q = nullptr;
  const std::uint16_t* k = nullptr;
  const std::uint16_t* v = nullptr;
  void* o = nullptr;     ///< elements of `output`
  float* lse = nullptr;  ///< nats: [batch, heads_q, queries], or [heads_q, total_queries]; or null
  FastStrides q_strides, k_strides, v_strides, o_strides;
  const std::int32_t* cu_queries = nullptr;  ///< [batch + 1], both or none
  const std::int32_t* cu_keys = nullptr;

  /// Blocks that share a row's keys, 1 to kMaxParts: a few rows alone do not fill a GPU. Each
  /// leaves its result in the workspace, and a second kernel merges them. Changes a row's last
  /// bits.
  int parts = 1;
  float* workspace = nullptr;  ///< workspace_elements(), aligned to 16 bytes; unused with one part
};

constexpr int kMaxParts = 256;

/// Strides of dense rows: [batch, heads, rows, d], or [batch, rows, heads, d] with `rows_first`.
FastStrides dense_strides(std::int64_t heads, std::int64_t rows, int d, bool rows_first = false);

/// "fast", "portable", "division", "choose".
const char* name(FastKernel kernel);

/// Multiplies and adds by FlashAttention's counting: 4 queries keys d heads batch, half of it when
/// causal. A varlen job counts as if all were of the longest length.
double fast_flops(const FastJob& job);

/// Checks all but what pointers point to: format, d, null, alignment to 16 bytes, strides, heads,
/// scale, and sizes that would overflow.
Status check_fast(const FastJob& job, FastKernel kernel);

/// Which kernel runs on a GPU of this compute capability; refused if `kernel` does not run there.
Status resolve_fast(FastKernel kernel, int major, int minor, FastKernel* resolved);

/// Parts that let a job fill a GPU: the fewest of those that take the least time if a tile takes
/// one step, and a block's begin and end two, and as many for the merge. The job's own are not
/// read.
int fitting_parts(const FastJob& job, FastKernel kernel, const Gpu& gpu);

/// Floats of a job's workspace: O and the log-sum-exp of every row, for every part; 0 with one
/// part.
std::int64_t workspace_elements(const FastJob& job);

/// Starts the kernel on arrays in memory of the current GPU; `stream` is a cudaStream_t, null the
/// default one. Errors while it runs are reported by the next call that waits for the stream.
Status launch_fast(const FastJob& job, FastKernel kernel, void* stream);

}  // namespace flashd::cuda
