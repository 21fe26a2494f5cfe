// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <deque>
#include <vector>

#include "model/systemc/memory/read_master.hpp"
#include "model/systemc/memory/row_walk.hpp"

namespace flashd::twin {

/// What the bias unit knows of a row.
struct BiasRow {
  std::uint32_t begin = 0, end = 0;
  std::uint64_t address = 0;  ///< of its bias for key 0
};

/// Twin of flashd_bias_rows: rows of a block and their slopes, a table of two blocks.
class BiasRows {
 public:
  explicit BiasRows(const Parameters& p)
      : lanes_(p.lanes),
        contexts_(p.contexts),
        beat_bytes_(p.axi_bytes()),
        rows_(p),
        table_(2 * static_cast<std::size_t>(p.lanes) * p.contexts) {}

  struct Block {
    int context = 0;  ///< last in use
    int lane = 0;     ///< last of that context
    std::uint32_t begin = 0, end = 0;
  };

  void start(const Sequence& s) {
    s_ = s;
    if (s.bias_en()) rows_.start(s);
  }
  bool busy() const { return rows_.valid() || taken_ != 0; }
  bool slope_valid() const { return row_ok() && s_.flag(device::kFlagAlibi); }
  std::uint64_t slope_address() const {
    return (s_.alibi + 8 * rows_.head()) / beat_bytes_ * beat_bytes_;
  }
  int write_bank() const { return write_; }
  bool block_valid() const { return !blocks_.empty() && missing_[read_] == 0; }
  const Block& block() const { return blocks_.front(); }
  const BiasRow* rows(int context) const { return &table_[place(read_, context)]; }

  /// `slope_bank`: of the table, a slope for it comes; or -1.
  void step(bool slope_taken, int slope_bank, bool block_done);

 private:
  std::size_t place(int bank, int context) const {
    return (static_cast<std::size_t>(bank) * contexts_ + context) * lanes_;
  }
  bool row_ok() const { return rows_.valid() && (begun_ || taken_ != 2); }

  int lanes_, contexts_, beat_bytes_;
  Sequence s_;
  RowWalk rows_;
  std::vector<BiasRow> table_;
  std::deque<Block> blocks_;
  bool begun_ = false;
  int write_ = 0, read_ = 0;
  int taken_ = 0;
  std::array<int, 2> missing_{};
  std::uint32_t begin_ = 0, end_ = 0;
};

/// Twin of flashd_bias_walk: the contexts that want biases.
class BiasWalk {
 public:
  explicit BiasWalk(const Parameters& p)
      : lanes_(p.lanes), tile_keys_(p.tile), beat_bytes_(p.axi_bytes()), rows_(p.lanes) {}

  struct Work {
    bool valid = false;
    int begin = 0, end = 0;
    unsigned seen = 0;
    std::uint32_t beats = 0;
    std::array<std::uint64_t, 8> address{};
  };
  struct Signals {
    bool take = false;
    bool read = false;
    bool got_done = false;
    bool block_done = false;
    Work work;
  };

  void start(const Sequence& s) { s_ = s; }
  bool busy() const { return active_ || got_; }
  Signals eval(const BiasRows& rows, bool ready) const;
  void step(const Signals& s, const BiasRows& rows);

 private:
  Work look(const BiasRows& rows) const;

  int lanes_, tile_keys_, beat_bytes_;
  Sequence s_;
  bool active_ = false;
  std::uint32_t tile_ = 0;  ///< first key
  int context_ = 0;
  bool got_ = false, got_last_ = false;
  std::uint32_t got_tile_ = 0;
  int got_context_ = 0;
  std::vector<BiasRow> rows_;  ///< of the context that was read
};

/// Twin of flashd_bias_unit and flashd_bias_feed.
class BiasUnit {
 public:
  explicit BiasUnit(const Parameters& p)
      : lanes_(p.lanes), beat_bytes_(p.axi_bytes()), rows_(p), walk_(p) {}

  void start(const Sequence& s);
  bool busy() const {
    return rows_.busy() || walk_.busy() || valid_[0] || valid_[1] || credit_ != kDepth;
  }
  bool wants() const {
    return (wanted_[0] != 0 || wanted_[1] != 0 || rows_.slope_valid()) && tags_.size() != kSegments;
  }
  Segment request() const;
  bool valid() const { return !queue_empty(); }
  void step(Cycle now, bool granted, const ReadMaster::Beat& beat, bool taken);
  Cycle quiet(Cycle) const { return busy() ? 0 : kForever; }

 private:
  static constexpr int kLatency = spec::kLatencyBias > spec::kLatencyAlibi ? spec::kLatencyBias
                                                                           : spec::kLatencyAlibi;
  static constexpr int kDepth = kLatency + 5;
  static constexpr std::size_t kSegments = 16;
  struct Tag {
    bool slope = false;
    int bank = 0;
    int lane = 0;
  };
  bool queue_empty() const { return ready_ == 0; }
  int ask_slot() const { return wanted_[feed_] != 0 ? feed_ : feed_ ^ 1; }
  bool slope_chosen() const { return locked_ ? slope_chosen_q_ : wanted_[ask_slot()] == 0; }

  int lanes_, beat_bytes_;
  Sequence s_;
  BiasRows rows_;
  BiasWalk walk_;
  std::array<BiasWalk::Work, 2> slot_;
  std::array<bool, 2> valid_{};
  std::array<unsigned, 2> wanted_{}, missing_{};
  int enter_ = 0, feed_ = 0;
  int index_ = 0;
  bool locked_ = false, slope_chosen_q_ = false;
  std::deque<Tag> tags_;
  int credit_ = kDepth;
  Delayed<int> pushes_;
  int ready_ = 0;  ///< beats in the output queue
};

}  // namespace flashd::twin
