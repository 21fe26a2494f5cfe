// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/arith/host_device.hpp"

/// Which block does what: blocks to (sequence, head, rows), rows to keys.
namespace flashd::cuda {

/// What the blocks share; filled by schedule_of().
struct Schedule {
  int batch = 1;
  int heads_q = 1;
  int heads_kv = 1;
  int queries = 0;  ///< longest sequence
  int keys = 0;
  int row_tiles = 0;  ///< of the longest sequence
  bool causal = false;
  const std::int32_t* cu_queries = nullptr;
  const std::int32_t* cu_keys = nullptr;
};

/// One block's work.
struct Work {
  int sequence = 0;
  int head = 0;
  int kv_head = 0;
  int first_row = 0;  ///< in the sequence
};

/// A sequence's lengths, and where it begins among all rows (0 without cu_queries).
struct Sequence {
  int queries = 0;
  int keys = 0;
  int first_query = 0;
  int first_key = 0;
};

/// Blocks of a head stand together, so that its keys stay in the cache; the last rows first, which
/// have the most keys of a causal job.
FLASHD_HD Work work_of(const Schedule& s, std::int64_t block, int tile_rows) {
  const std::int64_t head = block / s.row_tiles;
  Work work;
  work.first_row = (s.row_tiles - 1 - static_cast<int>(block % s.row_tiles)) * tile_rows;
  work.head = static_cast<int>(head % s.heads_q);
  work.sequence = static_cast<int>(head / s.heads_q);
  work.kv_head = work.head / (s.heads_q / s.heads_kv);
  return work;
}

FLASHD_HD int smaller(int a, int b) { return a < b ? a : b; }
FLASHD_HD int larger(int a, int b) { return a > b ? a : b; }

FLASHD_HD Sequence sequence_of(const Schedule& s, int sequence) {
  if (s.cu_queries == nullptr) return {s.queries, s.keys, 0, 0};
  const int q = s.cu_queries[sequence];
  const int k = s.cu_keys[sequence];
  return {smaller(s.cu_queries[sequence + 1] - q, s.queries),
          smaller(s.cu_keys[sequence + 1] - k, s.keys), q, k};
}

/// Keys from this one on are not seen by a row.
FLASHD_HD int key_limit(const Sequence& s, bool causal, int row) {
  if (!causal) return s.keys;
  return larger(0, smaller(s.keys, row + 1 + s.keys - s.queries));
}

/// Tiles of keys that some of the rows from first_row on see.
FLASHD_HD int key_tiles(const Sequence& s, bool causal, int first_row, int rows, int tile) {
  if (first_row >= s.queries) return 0;
  const int last = smaller(first_row + rows, s.queries) - 1;
  return (key_limit(s, causal, last) + tile - 1) / tile;
}

/// Whether some row from first_row on does not see the whole tile.
FLASHD_HD bool needs_mask(const Sequence& s, bool causal, int first_row, int first_key, int tile) {
  return first_key + tile > key_limit(s, causal, first_row);
}

}  // namespace flashd::cuda
