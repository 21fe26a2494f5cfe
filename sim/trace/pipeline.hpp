// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>

#include "sim/trace/sink.hpp"

namespace flashd::trace {

/// One context's work on a tile.
struct Work {
  std::uint32_t block = 0;  ///< of the sequence
  std::uint32_t base = 0;   ///< first key of the tile
  std::uint32_t context = 0;
  std::uint32_t begin = 0;  ///< keys of the tile that it sees
  std::uint32_t end = 0;
  bool empty = false;  ///< it sees none
  bool last = false;   ///< its rows leave after this tile
};

/// Turns what happens at the borders of the units into slices. The verilated device (flashd_trace)
/// and the twin report the same events. Cycles are the reporter's own; slices count the cycles in
/// which the device was busy, so the host's pauses between jobs are left out. An event of cycle c
/// happens in that cycle; a slice that begins with it begins at c, one that ends with it at c + 1.
/// What a fault or a reset leaves unfinished makes no slice.
class Pipeline {
 public:
  explicit Pipeline(TraceSink& sink) : sink_(sink) {}

  /// First cycle in which the device is busy, and first in which it is not.
  void job_begin(std::uint64_t cycle);
  void job_end(std::uint64_t cycle);
  /// A sequence of the batch starts.
  void sequence();

  /// First and last beat of a context's queries into the engine.
  void query_begin(std::uint64_t cycle) { query_begin_ = cycle; }
  void query_end(std::uint64_t cycle, std::uint32_t context, bool block_last);
  /// The engine takes the header of a tile.
  void tile(std::uint32_t base, std::uint32_t keys, bool last);
  /// The last beat of a tile comes; a tile of `keys` takes its bank (in one cycle: in this order).
  void key_end(std::uint64_t cycle) { load_end(&keys_, Track::key_load, cycle); }
  void key_take(std::uint64_t cycle, std::uint32_t keys) {
    load_take(&keys_, Track::key_load, cycle, keys);
  }
  void value_end(std::uint64_t cycle) { load_end(&values_, Track::value_load, cycle); }
  void value_take(std::uint64_t cycle, std::uint32_t keys) {
    load_take(&values_, Track::value_load, cycle, keys);
  }
  /// First and last beat (or token) of a context's scores.
  void score_begin(std::uint64_t cycle, const Work& work);
  void score_end(std::uint64_t cycle);
  /// First and last step (or token) of a context in the output array, over all blocks.
  void output_begin(std::uint64_t cycle);
  void output_end(std::uint64_t cycle);
  /// `steps` cycles of a block's merge, from `cycle` on; one slice from a context's first block to
  /// its last.
  void merge(std::uint64_t cycle, std::uint32_t steps, std::uint32_t channel_block, bool last);
  /// A context's outputs are complete; the last of them leaves for the write master.
  void write_begin(std::uint64_t cycle) { complete_.push_back(cycle); }
  void write_end(std::uint64_t cycle);
  /// A burst whose address passed in cycle `asked` and whose beats pass from `first` to `last`.
  void read_burst(std::uint32_t client, std::uint64_t address, std::uint32_t beats,
                  std::uint64_t asked, std::uint64_t first, std::uint64_t last);
  void write_burst(std::uint64_t address, std::uint32_t beats, std::uint64_t asked,
                   std::uint64_t first, std::uint64_t last);

 private:
  struct Tile {
    std::uint32_t block, base, keys;
  };
  struct Load {
    std::deque<Tile> tiles;  ///< headers whose bank is not taken
    Tile tile{};             ///< being loaded
    std::uint64_t begin = 0;
  };
  void load_end(Load* load, Track track, std::uint64_t cycle);
  void load_take(Load* load, Track track, std::uint64_t cycle, std::uint32_t keys);
  void work_slice(Track track, const Work& work, std::uint64_t begin, std::uint64_t end);
  void put(Track track, const char* name, std::uint64_t begin, std::uint64_t end,
           std::initializer_list<Argument> arguments);
  void clear();

  TraceSink& sink_;
  bool running_ = false;
  std::uint64_t jobs_ = 0;
  std::uint64_t job_cycle_ = 0;  ///< the reporter's cycle of the job's first
  std::uint64_t latest_ = 0;     ///< the reporter's cycle in which its last slice ends
  std::uint64_t origin_ = 0;     ///< busy cycles of the jobs before
  std::uint64_t sequences_ = 0;  ///< of the job
  std::uint64_t query_begin_ = 0;
  std::uint32_t query_block_ = 0, tile_block_ = 0;
  Load keys_, values_;
  Work score_;
  std::uint64_t score_begin_ = 0, output_begin_ = 0, merge_begin_ = 0;
  std::deque<Work> outputs_, merges_, writes_;
  std::deque<std::uint64_t> complete_;  ///< since when
  std::uint64_t written_ = 0;           ///< end of the last write slice
};

}  // namespace flashd::trace
