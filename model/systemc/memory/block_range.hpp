// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>

#include "model/systemc/memory/row_walk.hpp"
#include "model/systemc/time.hpp"

namespace flashd::twin {

/// Cycles of flashd_multiply_seq from start to the product, for this multiplier.
inline Cycle multiply_time(std::uint32_t multiplier) {
  int n = 0;
  while (n < 32 && (multiplier >> n) != 0) ++n;
  return 1 + static_cast<Cycle>((n + 1) / 2);
}

/// What is known of a block before its first tile.
struct BlockRange {
  bool head_first = false;
  std::uint32_t tile = 0;  ///< first tile
  std::uint32_t end = 0;   ///< one past the last key; 0 if no row sees a key
  int contexts = 0;
};

/// Twin of flashd_block_range.
class BlockRanges {
 public:
  explicit BlockRanges(const Parameters& p) : tile_(p.tile), rows_(p) {}

  void start(const Sequence& s) {
    s_ = s;
    rows_.start(s);
  }
  bool idle() const { return !computing_ && !rows_.valid(); }
  bool valid() const { return !queue_.empty(); }
  const BlockRange& front() const { return queue_.front(); }

  void step(Cycle now, bool take) {
    const bool room = queue_.size() != 2;
    const bool push = computing_ && now >= product_at_ && room;
    if (take) queue_.pop_front();
    if (push) {
      queue_.push_back(block_);
      computing_ = false;
    } else if (!computing_ && rows_.valid()) {
      look(now);
    }
  }
  Cycle quiet(Cycle now) const {
    if (!computing_) return rows_.valid() ? 0 : kForever;
    if (now < product_at_) return product_at_ - now;
    return queue_.size() != 2 ? 0 : kForever;
  }

 private:
  /// The block whose first row is stepped in cycle `now`: one row per cycle.
  void look(Cycle now) {
    block_ = {};
    block_.head_first = rows_.query() == 0 && rows_.head() == static_cast<std::uint64_t>(
                                                                 rows_.head_kv()) *
                                                                 s_.descriptor.group;
    std::uint32_t begin = 0;
    Cycle rows = 0;
    bool last = false;
    do {
      const SeenKeys keys = key_range(s_, rows_.query());
      if (rows == 0 || block_.end == 0) begin = keys.begin;
      if (rows == 0 || keys.end != 0) block_.end = keys.end;
      block_.contexts = rows_.context() + 1;
      last = rows_.block_last();
      ++rows;
      rows_.step();
    } while (!last);
    // A block whose rows all lie behind the keys or in front of them sees none.
    block_.tile = begin / static_cast<std::uint32_t>(tile_);
    const std::uint32_t page = std::uint32_t{1} << s_.descriptor.page_size_log2;
    const std::uint32_t mask = (page - 1) / static_cast<std::uint32_t>(tile_);
    const std::uint32_t multiplier =
        s_.flag(device::kFlagPaged) ? block_.tile & mask : block_.tile;
    product_at_ = now + rows + multiply_time(multiplier);
    computing_ = true;
  }

  int tile_;
  Sequence s_;
  RowWalk rows_;
  bool computing_ = false;
  Cycle product_at_ = 0;
  BlockRange block_;
  std::deque<BlockRange> queue_;
};

}  // namespace flashd::twin
