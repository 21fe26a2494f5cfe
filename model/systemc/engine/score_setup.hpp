// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "model/systemc/engine/query_buffer.hpp"
#include "model/systemc/engine/work.hpp"
#include "model/systemc/parameters.hpp"

namespace flashd::twin {

/// Twin of flashd_score_setup: the walk over the contexts of a tile.
class ScoreSetup {
 public:
  explicit ScoreSetup(const Parameters& p)
      : lanes_(p.lanes), v_banks_(p.v_banks()), begun_(p.contexts) {}

  /// `every_tile`: contexts without keys are handed on, too.
  void configure(bool every_tile) {
    every_tile_ = every_tile;
    block_ = 0;
  }

  /// What happens in a cycle, from the registers and the inputs.
  struct Signals {
    bool load = false;      ///< row states are asked for
    bool open = false;      ///< work is handed on
    bool tile_end = false;  ///< the header is taken, its banks are closed
    bool step = false;
    int context = 0;
    int k_bank = 0;
    int v_bank = 0;
    Work work;
  };

  bool valid() const { return valid_; }
  const Work& work() const { return work_; }
  int context() const { return context_; }
  int k_bank() const { return k_bank_; }
  int v_bank() const { return v_bank_; }
  bool k_turn() const { return k_turn_; }
  bool loaded() const { return loaded_; }

  Signals eval(bool tile_valid, const TileHeader& tile, bool k_here, bool row_here,
               const RowRange* rows, bool state_in, bool v_closed, bool work_ready) const {
    Signals s;
    s.context = context_;
    s.k_bank = k_bank_;
    s.v_bank = v_bank_;
    s.load = tile_valid && tile.first && state_in && !loaded_;
    if (!tile_valid || !k_here || !row_here || s.load || v_closed) return s;
    if (!looked_) {
      look_ = look(tile, rows);
      looked_ = true;
    }
    s.work = look_;
    const bool push = !s.work.empty || tile.last || every_tile_;
    s.step = !push || !valid_ || work_ready;
    s.open = s.step && push;
    s.tile_end = s.step && context_ + 1 == tile.contexts;
    return s;
  }

  void commit(const Signals& s, const TileHeader& tile, bool loaded, bool work_ready) {
    if (loaded) {
      loaded_ = true;
    } else if (s.tile_end && tile.last) {
      loaded_ = false;
    }
    if (s.open) {
      valid_ = true;
      work_ = s.work;
      work_.serial = serial_++;
      begun_[context_] = tile.last ? 0 : 1;
    } else if (work_ready) {
      valid_ = false;
    }
    if (s.step) {
      context_ = s.tile_end ? 0 : context_ + 1;
      looked_ = false;
    }
    if (s.tile_end) {
      block_ += tile.last;
      k_turn_ ^= k_bank_ == 1;
      k_bank_ ^= 1;
      v_turn_ ^= v_bank_ + 1 == v_banks_;
      v_bank_ = v_bank_ + 1 == v_banks_ ? 0 : v_bank_ + 1;
    }
  }

  bool idle(bool tile_valid) const { return !valid_ && !tile_valid && context_ == 0; }

 private:
  Work look(const TileHeader& tile, const RowRange* rows) const {
    Work w;
    w.context = context_;
    w.first = begun_[context_] == 0;
    w.last = tile.last;
    w.k_bank = k_bank_;
    w.v_bank = v_bank_;
    w.v_turn = v_turn_;
    w.block = block_;
    w.base = tile.base;
    w.begin = tile.keys;
    for (int l = 0; l < lanes_; ++l) {
      if (!rows[l].valid) continue;
      const int begin = relative(rows[l].begin, tile);
      const int end = relative(rows[l].end, tile);
      if (begin >= end) continue;
      w.empty = false;
      w.begin = begin < w.begin ? begin : w.begin;
      w.end = end > w.end ? end : w.end;
    }
    return w;
  }
  static int relative(std::uint32_t key, const TileHeader& tile) {
    if (key <= tile.base) return 0;
    const std::uint32_t offset = key - tile.base;
    return offset >= static_cast<std::uint32_t>(tile.keys) ? tile.keys : static_cast<int>(offset);
  }

  int lanes_;
  int v_banks_;
  std::vector<char> begun_;
  bool valid_ = false;
  bool loaded_ = false;
  bool k_turn_ = true;
  bool v_turn_ = true;
  int k_bank_ = 0;
  int v_bank_ = 0;
  int context_ = 0;
  bool every_tile_ = false;
  std::uint32_t block_ = 0;
  std::uint64_t serial_ = 0;
  Work work_;
  // What the context at hand has to do; it cannot change while it waits.
  mutable Work look_;
  mutable bool looked_ = false;
};

}  // namespace flashd::twin
