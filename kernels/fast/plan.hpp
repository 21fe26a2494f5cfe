// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/fast/fast.hpp"
#include "kernels/fast/schedule.hpp"
#include "kernels/fast/tiles.hpp"

namespace flashd::cuda {

/// A checked job's schedule for blocks of so many rows.
inline Schedule schedule_of(const FastJob& job, int tile_rows) {
  Schedule s;
  s.batch = static_cast<int>(job.batch);
  s.heads_q = static_cast<int>(job.heads_q);
  s.heads_kv = static_cast<int>(job.heads_kv);
  s.queries = static_cast<int>(job.queries);
  s.keys = static_cast<int>(job.keys);
  s.row_tiles = (s.queries + tile_rows - 1) / tile_rows;
  s.causal = job.causal;
  s.cu_queries = job.cu_queries;
  s.cu_keys = job.cu_keys;
  return s;
}

inline std::int64_t blocks_of(const Schedule& s) {
  return std::int64_t{s.batch} * s.heads_q * s.row_tiles;
}

/// Element of a row's log-sum-exp; `row` counts from the first of all rows with cu_queries.
FLASHD_HD std::int64_t lse_offset(const FastJob& job, const Work& work, std::int64_t row) {
  if (job.cu_queries) return work.head * job.total_queries + row;
  return (work.sequence * job.heads_q + work.head) * job.queries + row;
}

}  // namespace flashd::cuda
