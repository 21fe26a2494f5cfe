// SPDX-License-Identifier: Apache-2.0
#include "model/systemc/memory/bias_unit.hpp"

#include <algorithm>

namespace flashd::twin {

void BiasRows::step(bool slope_taken, int slope_bank, bool block_done) {
  const bool alibi = s_.flag(device::kFlagAlibi);
  const bool row_step = row_ok() && (!alibi || slope_taken);
  if (slope_bank >= 0) --missing_[slope_bank];
  if (block_done) {
    blocks_.pop_front();
    read_ ^= 1;
    --taken_;
  }
  if (!row_step) return;
  const SeenKeys keys = key_range(s_, rows_.query());
  const std::uint32_t begin = begun_ && end_ != 0 ? begin_ : keys.begin;
  const std::uint32_t end = begun_ && keys.end == 0 ? end_ : keys.end;
  BiasRow& row = table_[place(write_, rows_.context()) + rows_.lane()];
  row = {keys.begin, keys.end,
         s_.bias + rows_.head() * Sequence::bytes(s_.descriptor.bias_head) +
             rows_.query() * Sequence::bytes(s_.descriptor.bias_token)};
  if (alibi) ++missing_[write_];
  if (!begun_) ++taken_;
  begin_ = begin;
  end_ = end;
  begun_ = !rows_.block_last();
  if (!begun_) {
    blocks_.push_back({rows_.context(), rows_.lane(), begin, end});
    write_ ^= 1;
  }
  rows_.step();
}

BiasWalk::Work BiasWalk::look(const BiasRows& rows) const {
  Work w;
  const BiasRows::Block& block = rows.block();
  const std::uint32_t rest = s_.kv_len - got_tile_;
  const int keys = rest > static_cast<std::uint32_t>(tile_keys_) ? tile_keys_ : static_cast<int>(rest);
  const auto relative = [&](std::uint32_t key) {
    if (key <= got_tile_) return 0;
    return static_cast<int>(std::min(key - got_tile_, static_cast<std::uint32_t>(keys)));
  };
  const int size = s_.bias_bytes();
  const std::uint64_t tile_bytes = static_cast<std::uint64_t>(got_tile_) * size;
  const int lead = static_cast<int>(tile_bytes % beat_bytes_);
  w.beats = static_cast<std::uint32_t>(ceil_div(lead + keys * size, beat_bytes_));
  w.begin = keys;
  for (int l = 0; l < lanes_; ++l) {
    const int begin = relative(rows_[l].begin);
    const int end = relative(rows_[l].end);
    if (begin >= end || (got_context_ == block.context && l > block.lane)) continue;
    w.seen |= 1u << l;
    w.begin = std::min(w.begin, begin);
    w.end = std::max(w.end, end);
    w.address[l] = rows_[l].address + tile_bytes - lead;
  }
  w.valid = w.seen != 0;
  return w;
}

BiasWalk::Signals BiasWalk::eval(const BiasRows& rows, bool ready) const {
  Signals s;
  if (got_) s.work = look(rows);
  s.got_done = got_ && (!s.work.valid || ready);
  s.take = rows.block_valid() && !active_ && !got_;
  s.read = active_ && (!got_ || s.got_done);
  s.block_done = (s.got_done && got_last_) || (s.take && rows.block().end == 0);
  return s;
}

void BiasWalk::step(const Signals& s, const BiasRows& rows) {
  if (s.take) {
    active_ = rows.block().end != 0;
    tile_ = rows.block().begin / static_cast<std::uint32_t>(tile_keys_) *
            static_cast<std::uint32_t>(tile_keys_);
    context_ = 0;
  }
  if (s.read) {
    const BiasRow* from = rows.rows(context_);
    std::copy(from, from + lanes_, rows_.begin());
    const bool context_end = context_ == rows.block().context;
    const bool tile_end = (rows.block().end - 1) / static_cast<std::uint32_t>(tile_keys_) ==
                          tile_ / static_cast<std::uint32_t>(tile_keys_);
    got_ = true;
    got_tile_ = tile_;
    got_context_ = context_;
    got_last_ = context_end && tile_end;
    if (context_end && tile_end) active_ = false;
    context_ = context_end ? 0 : context_ + 1;
    if (context_end) tile_ += static_cast<std::uint32_t>(tile_keys_);
  } else if (s.got_done) {
    got_ = false;
  }
}

void BiasUnit::start(const Sequence& s) {
  s_ = s;
  rows_.start(s);
  walk_.start(s);
}

Segment BiasUnit::request() const {
  Segment r;
  const int slot = ask_slot();
  if (slope_chosen()) {
    r.address = rows_.slope_address();
    r.beats = 1;
    return r;
  }
  int lane = 0;
  while ((wanted_[slot] >> lane & 1u) == 0) ++lane;
  r.address = slot_[slot].address[lane];
  r.beats = slot_[slot].beats;
  return r;
}

void BiasUnit::step(Cycle now, bool granted, const ReadMaster::Beat& beat, bool taken) {
  if (!busy()) return;
  const bool requested = wants();
  const bool slope = slope_chosen();
  const int slot = ask_slot();
  const bool work_ready = !valid_[enter_];
  const BiasWalk::Signals walk = walk_.eval(rows_, work_ready);
  const bool enter = walk.work.valid && work_ready;
  const bool issue = valid_[feed_] && missing_[feed_] == 0 && credit_ != 0;
  const bool leave = issue && slot_[feed_].begin + index_ + 1 == slot_[feed_].end;
  const int slope_write = rows_.write_bank();

  // What comes back.
  int slope_bank = -1;
  if (beat.valid && beat.client == ReadClient::bias) {
    const Tag tag = tags_.front();
    if (tag.slope) slope_bank = tag.bank;
    if (beat.segment_last) {
      if (!tag.slope) missing_[tag.bank] &= ~(1u << tag.lane);
      tags_.pop_front();
    }
  }
  // Feed.
  if (taken) --ready_;
  if (pushes_.due(now)) {
    ++ready_;
    pushes_.pop();
  }
  credit_ += static_cast<int>(taken) - static_cast<int>(issue);
  if (issue) {
    pushes_.push(now + 1 + kLatency, 0);
    index_ = leave ? 0 : index_ + 1;
  }
  // Requests.
  locked_ = requested && !granted;
  slope_chosen_q_ = slope;
  if (granted) {
    Tag tag;
    tag.slope = slope;
    if (slope) {
      tag.bank = slope_write;
    } else {
      int lane = 0;
      while ((wanted_[slot] >> lane & 1u) == 0) ++lane;
      wanted_[slot] &= ~(1u << lane);
      tag.bank = slot;
      tag.lane = lane;
    }
    tags_.push_back(tag);
  }
  walk_.step(walk, rows_);
  rows_.step(granted && slope, slope_bank, walk.block_done);
  if (leave) {
    valid_[feed_] = false;
    feed_ ^= 1;
  }
  if (enter) {
    slot_[enter_] = walk.work;
    valid_[enter_] = true;
    if (s_.flag(device::kFlagBias)) wanted_[enter_] = missing_[enter_] = walk.work.seen;
    enter_ ^= 1;
  }
}

}  // namespace flashd::twin
