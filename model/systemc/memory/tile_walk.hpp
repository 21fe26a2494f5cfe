// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/systemc/engine/work.hpp"
#include "model/systemc/memory/block_range.hpp"
#include "model/systemc/memory/page_lookup.hpp"

namespace flashd::twin {

/// Consecutive keys at one place in memory.
struct Run {
  std::uint64_t k = 0;
  std::uint64_t v = 0;
  int keys = 0;
  int tile_keys = 0;
  bool last = false;  ///< of its tile
};

/// Twin of flashd_tile_walk.
class TileWalk {
 public:
  explicit TileWalk(const Parameters& p) : tile_keys_(p.tile), blocks_(p) {}

  void start(const Sequence& s);
  bool busy() const { return !blocks_.idle() || blocks_.valid() || state_ != State::idle; }

  bool lookup() const { return state_ == State::lookup; }
  std::uint32_t lookup_index() const {
    return (base() + static_cast<std::uint32_t>(done_keys_)) >> s_.descriptor.page_size_log2;
  }

  struct Signals {
    bool tile_valid = false;
    TileHeader tile;
    bool push = false;  ///< a run
    Run run;
  };
  /// `room`: both fetchers have room for a run; `tile_ready`: of the engine.
  Signals eval(Cycle now, bool room, bool tile_ready) const;
  /// `page_done`: the lookup is answered with `page`.
  void step(Cycle now, const Signals& s, bool tile_ready, bool page_done, std::int32_t page);
  Cycle quiet(Cycle now, bool room, bool tile_ready, bool page_done) const;

 private:
  enum class State { idle, setup, tile, lookup, multiply };
  std::uint32_t base() const { return tile_ * static_cast<std::uint32_t>(tile_keys_); }
  bool paged() const { return s_.flag(device::kFlagPaged) && end_ != 0; }
  int keys() const {
    if (end_ == 0) return 0;
    const std::uint32_t rest = s_.kv_len - base();
    return rest > static_cast<std::uint32_t>(tile_keys_) ? tile_keys_ : static_cast<int>(rest);
  }
  bool tile_last() const {
    return end_ == 0 || (end_ - 1) / static_cast<std::uint32_t>(tile_keys_) == tile_;
  }

  int tile_keys_;
  Sequence s_;
  BlockRanges blocks_;
  State state_ = State::idle;
  std::uint64_t head_ = 0;
  bool first_head_ = true;
  bool tile_first_ = false;
  std::uint32_t tile_ = 0;
  std::uint32_t end_ = 0;
  int contexts_ = 0;
  int done_keys_ = 0;
  std::int32_t page_ = 0;
  Cycle page_at_ = 0;
};

}  // namespace flashd::twin
