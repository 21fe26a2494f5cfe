// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "model/golden/job.hpp"
#include "sim/plugin.hpp"

namespace flashd::sim {

/// One query row of a block; padding rows have `valid` false and see nothing.
struct Row {
  bool valid = false;
  std::int64_t head = 0;
  std::int64_t query = 0;
  KeyRange range;
};

/// Keys [first_key, first_key + keys) of the block's KV head.
struct Tile {
  std::int64_t first_key = 0;
  int keys = 0;
};

/// Rows that share the engine, and the tiles that at least one of them sees.
struct Block {
  std::int64_t kv_head = 0;
  int contexts = 0;         ///< in use
  std::vector<Row> rows;    ///< [contexts * lanes], row r in lane r % lanes
  std::vector<Tile> tiles;  ///< never empty: one tile of 0 keys if no row sees any
};

/// One (tile, context) that the engine works on, in its order. Keys [begin, end) of the tile are
/// scored: from the first to the last that a row of the context sees; begin == end is a null pass
/// (last tile only), which merges nothing and lets the context's outputs go.
struct Pass {
  int block = 0;
  int tile = 0;
  int context = 0;
  int begin = 0;
  int end = 0;
};

/// How the engine is fed: its whole schedule, known before the first cycle.
struct Plan {
  int width = 0, lanes = 0, contexts = 0, tile = 0;
  int merge = 0;    ///< elements per lane and beat of O and of row states
  int q_beats = 0;  ///< of a query or key
  int v_beats = 0;  ///< of a value
  int o_beats = 0;  ///< of a context's O
  std::vector<Block> blocks;
  std::vector<Pass> passes;
  std::uint64_t visible = 0;  ///< (row, key) pairs with a score
  std::uint64_t macs = 0;     ///< visible * (d + dv)
};

/// `job` has passed check(). With `every_tile` a context without keys has a null pass in every tile.
/// Throws std::invalid_argument if it does not fit the build.
Plan make_plan(const Job& job, const BuildInfo& build, bool every_tile = false);

/// Bits of the float32 bias of (head, query, key); 0 without a bias.
std::uint32_t bias_bits(const Job& job, std::int64_t head, std::int64_t query, std::int64_t key);

}  // namespace flashd::sim
