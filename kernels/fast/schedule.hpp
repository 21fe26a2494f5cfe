// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/arith/host_device.hpp"

/// Which block does what: blocks to (sequence, heads, rows, part of the keys), rows to keys.
///
/// A block has one query head or `group` of those of a KV head, whose rows then stand side by side:
/// row r is query r / group of the block's head r % group.
namespace flashd::cuda {

/// What the blocks share; filled by schedule_of().
struct Schedule {
  int batch = 1;
  int heads_q = 1;
  int heads_kv = 1;
  int queries = 0;  ///< longest sequence
  int keys = 0;
  int group = 1;       ///< query heads of a block
  int block_rows = 0;  ///< a multiple of the group
  int row_tiles = 0;   ///< of the longest sequence
  int parts = 1;       ///< into which the keys are cut
  bool causal = false;
  const std::int32_t* cu_queries = nullptr;
  const std::int32_t* cu_keys = nullptr;
};

/// A sequence's lengths, and where it begins among all rows (0 without cu_queries).
struct Sequence {
  int queries = 0;
  int keys = 0;
  int first_query = 0;
  int first_key = 0;
  int group = 1;  ///< rows of a query
};

/// One block's work. Nothing to do, not even a result to write, if there are no rows.
struct Work {
  int sequence = 0;
  int head = 0;  ///< of row 0
  int kv_head = 0;
  int part = 0;
  int first_row = 0;  ///< in the sequence
  int end_row = 0;
  int first_key = 0;  ///< in the sequence
  int tiles = 0;      ///< of keys from there on
};

FLASHD_HD int smaller(int a, int b) { return a < b ? a : b; }
FLASHD_HD int larger(int a, int b) { return a > b ? a : b; }

FLASHD_HD Sequence sequence_of(const Schedule& s, int sequence) {
  if (s.cu_queries == nullptr) return {s.queries, s.keys, 0, 0, s.group};
  const int q = s.cu_queries[sequence];
  const int k = s.cu_keys[sequence];
  return {smaller(s.cu_queries[sequence + 1] - q, s.queries),
          smaller(s.cu_keys[sequence + 1] - k, s.keys), q, k, s.group};
}

/// Keys from this one on are not seen by a row; rows after it see as many or more.
FLASHD_HD int key_limit(const Sequence& s, bool causal, int row) {
  if (!causal) return s.keys;
  return larger(0, smaller(s.keys, row / s.group + 1 + s.keys - s.queries));
}

/// Tiles of keys that some of the rows from first_row to end_row - 1 see.
FLASHD_HD int key_tiles(const Sequence& s, bool causal, int first_row, int end_row, int tile) {
  if (first_row >= end_row) return 0;
  return (key_limit(s, causal, end_row - 1) + tile - 1) / tile;
}

/// First tile of a part. Parts are of the sequence's keys, whatever a block sees of them, so that a
/// row's bits do not depend on the rows beside it.
FLASHD_HD int first_tile(const Sequence& s, int part, int parts, int tile) {
  const std::int64_t tiles = (s.keys + tile - 1) / tile;
  return static_cast<int>(tiles * part / parts);
}

/// Blocks of a head stand together, so that its keys stay in the cache; the last rows first, which
/// have the most keys of a causal job.
FLASHD_HD Work work_of(const Schedule& s, std::int64_t block, int tile) {
  const std::int64_t part = block / s.row_tiles;
  const std::int64_t heads = part / s.parts;
  const int blocks_of_heads = s.heads_q / s.group;
  Work work;
  work.part = static_cast<int>(part % s.parts);
  work.head = static_cast<int>(heads % blocks_of_heads) * s.group;
  work.sequence = static_cast<int>(heads / blocks_of_heads);
  work.kv_head = work.head / (s.heads_q / s.heads_kv);
  work.first_row = (s.row_tiles - 1 - static_cast<int>(block % s.row_tiles)) * s.block_rows;
  const Sequence sequence = sequence_of(s, work.sequence);
  work.end_row = smaller(work.first_row + s.block_rows, sequence.queries * s.group);
  const int seen = key_tiles(sequence, s.causal, work.first_row, work.end_row, tile);
  const int first = first_tile(sequence, work.part, s.parts, tile);
  const int end = smaller(seen, first_tile(sequence, work.part + 1, s.parts, tile));
  work.first_key = first * tile;
  work.tiles = larger(0, end - first);
  return work;
}

}  // namespace flashd::cuda
