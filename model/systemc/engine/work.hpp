// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace flashd::twin {

/// One row of a block as the score phase sees it.
struct RowRange {
  bool valid = false;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

/// Header of a tile.
struct TileHeader {
  int keys = 0;
  std::uint32_t base = 0;
  bool first = false;
  bool last = false;
  int contexts = 0;
};

/// One context's work on a tile (score_setup's output, the output phase's header).
struct Work {
  bool empty = true;
  int context = 0;
  int begin = 0;  ///< keys of the tile to score
  int end = 0;
  bool first = false;
  bool last = false;
  int k_bank = 0;
  int v_bank = 0;
  bool v_turn = false;
  std::uint64_t serial = 0;  ///< number of the (tile, context) since reset
  std::uint32_t block = 0;   ///< of the sequence
  std::uint32_t base = 0;    ///< first key of the tile
};

/// Why an array has no beat in a cycle (docs/system.md, Counters).
enum class ScoreWait { query, key, state, bias, output, idle };
enum class OutputWait { score, value, merge, write, idle };

}  // namespace flashd::twin
