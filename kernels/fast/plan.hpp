// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/fast/fast.hpp"
#include "kernels/fast/schedule.hpp"
#include "kernels/fast/tiles.hpp"

namespace flashd::cuda {

/// Elements; TMA steps over a group of heads as one, below 2^40 bytes.
constexpr std::int64_t kMaxGroupedStride = std::int64_t{1} << 31;

/// Query heads that share a block, a divisor of those of a KV head. With so few queries that a head
/// alone leaves most of a block empty, keys are then read once for all of them.
inline int group_of(const FastJob& job, int tile_rows) {
  const std::int64_t heads = job.heads_q / job.heads_kv;
  if (job.queries > tile_rows || job.q_strides.head > kMaxGroupedStride) return 1;
  const auto blocks = [&](std::int64_t group) {
    const std::int64_t rows = tile_rows / group * group;
    return heads / group * ((job.queries * group + rows - 1) / rows);
  };
  int best = 1;
  for (int group = 2; group <= heads && group <= tile_rows; ++group) {
    if (heads % group == 0 && blocks(group) < blocks(best)) best = group;
  }
  return best;
}

/// A checked job's schedule for blocks of so many rows.
inline Schedule schedule_of(const FastJob& job, int tile_rows) {
  Schedule s;
  s.batch = static_cast<int>(job.batch);
  s.heads_q = static_cast<int>(job.heads_q);
  s.heads_kv = static_cast<int>(job.heads_kv);
  s.queries = static_cast<int>(job.queries);
  s.keys = static_cast<int>(job.keys);
  s.group = group_of(job, tile_rows);
  s.block_rows = tile_rows / s.group * s.group;
  s.row_tiles = (s.queries * s.group + s.block_rows - 1) / s.block_rows;
  s.parts = job.parts;
  s.causal = job.causal;
  s.cu_queries = job.cu_queries;
  s.cu_keys = job.cu_keys;
  return s;
}

inline std::int64_t blocks_of(const Schedule& s) {
  return std::int64_t{s.batch} * (s.heads_q / s.group) * s.row_tiles * s.parts;
}

/// A row as the arrays count it.
struct RowAddress {
  int head = 0;
  std::int64_t query = 0;  ///< from the first of all queries with cu_queries, else of the sequence
};

FLASHD_HD RowAddress address_of(const Work& work, const Sequence& sequence, int row) {
  return {work.head + row % sequence.group,
          std::int64_t{sequence.first_query} + row / sequence.group};
}

/// Element of a row of Q or O.
FLASHD_HD std::int64_t row_offset(const FastJob& job, const FastStrides& strides, int sequence,
                                  const RowAddress& row) {
  return (job.cu_queries ? 0 : sequence * strides.batch) + row.head * strides.head +
         row.query * strides.row;
}

/// Element of a row's log-sum-exp.
FLASHD_HD std::int64_t lse_offset(const FastJob& job, int sequence, const RowAddress& row) {
  if (job.cu_queries) return row.head * job.total_queries + row.query;
  return (sequence * job.heads_q + row.head) * job.queries + row.query;
}

/// Rows of all heads, with cu_queries also those of no sequence.
FLASHD_HD std::int64_t rows_of(const FastJob& job) {
  return job.heads_q * (job.cu_queries ? job.total_queries : job.batch * job.queries);
}

/// The call that leaves results where a merge expects them: for one part the job itself, else with
/// O as FP32 and the log-sum-exp in the workspace, each [parts, rows_of()].
inline FastJob call_of_parts(const FastJob& job) {
  FastJob call = job;
  if (job.parts == 1) return call;
  call.output = OutputFormat::fp32;
  call.o = job.workspace;
  call.lse = job.workspace + job.parts * rows_of(job) * job.d;
  call.o_strides =
      dense_strides(job.heads_q, job.cu_queries ? job.total_queries : job.queries, job.d);
  return call;
}

}  // namespace flashd::cuda
