// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/systemc/engine/work.hpp"
#include "model/systemc/memory/read_master.hpp"
#include "model/systemc/memory/row_walk.hpp"

namespace flashd::twin {

/// Twin of flashd_query_loader.
class QueryLoader {
 public:
  explicit QueryLoader(const Parameters& p)
      : beat_bytes_(p.axi_bytes()),
        width_(p.width),
        lanes_(p.lanes),
        room_(p.lanes * p.contexts * ceil_div(p.max_head_dim, p.width)),
        ask_(p),
        feed_(p) {}

  void start(const Sequence& s) {
    s_ = s;
    beats_ = ceil_div(s.descriptor.d, width_);
    ask_.start(s);
    feed_.start(s);
  }

  bool busy() const { return feed_.valid() || pad_; }
  bool wants() const { return ask_.valid() && room_ >= beats_; }
  Segment request() const {
    Segment r;
    r.address = s_.q + ask_.head() * Sequence::bytes(s_.descriptor.q_head) +
                ask_.query() * Sequence::bytes(s_.descriptor.q_token);
    r.beats = static_cast<std::uint32_t>(s_.q_pitch() / beat_bytes_);
    return r;
  }
  bool valid() const { return pad_ || shown_; }
  RowRange row() const {
    if (pad_) return {};
    const SeenKeys keys = key_range(s_, feed_.query());
    return {true, keys.begin, keys.end};
  }
  bool last() const {
    if (beat_ + 1 != beats_) return false;
    return pad_ ? pad_lane_ + 1 == lanes_ && pad_last_ : feed_.block_last() && !lanes_left();
  }

  void step(bool granted, bool beat, bool taken) {
    const bool word = taken && !pad_;
    const bool row_end = beat_ + 1 == beats_;
    const bool show = count_ != 0 && (!shown_ || word);
    count_ += static_cast<int>(beat) - static_cast<int>(show);
    room_ += static_cast<int>(show) - (granted ? beats_ : 0);
    if (show) {
      shown_ = true;
    } else if (word) {
      shown_ = false;
    }
    if (granted) ask_.step();
    if (taken) beat_ = row_end ? 0 : beat_ + 1;
    if (word && row_end) {
      pad_ = lanes_left();
      pad_lane_ = feed_.lane() + 1;
      pad_last_ = feed_.block_last();
      feed_.step();
    } else if (taken && row_end) {
      pad_ = pad_lane_ + 1 != lanes_;
      ++pad_lane_;
    }
  }
  /// Nothing moves but what other units do; `ready`: the engine would take a beat.
  bool quiet(bool ready) const { return !(count_ != 0 && !shown_) && !(valid() && ready); }

 private:
  bool lanes_left() const { return feed_.context_last() && feed_.lane() + 1 != lanes_; }

  int beat_bytes_;
  int width_;
  int lanes_;
  Sequence s_;
  int beats_ = 1;
  int room_;
  int count_ = 0;
  bool shown_ = false;
  int beat_ = 0;
  bool pad_ = false, pad_last_ = false;
  int pad_lane_ = 0;
  RowWalk ask_, feed_;
};

}  // namespace flashd::twin
