// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "model/systemc/memory/read_master.hpp"
#include "model/systemc/memory/row_walk.hpp"

namespace flashd::twin {

/// Twin of flashd_state_reader.
class StateReader {
 public:
  explicit StateReader(const Parameters& p)
      : beat_bytes_(p.axi_bytes()), merge_(p.merge()), rows_(p) {}

  void start(const Sequence& s) {
    s_ = s;
    beats_ = ceil_div(s.descriptor.dv, merge_);
    if (s.flag(device::kFlagStateIn)) rows_.start(s);
  }
  bool busy() const { return rows_.valid() || taken_ != 0; }

  bool wants() const { return rows_.valid() && (rows_.lane() != 0 || taken_ != 2); }
  Segment request() const {
    Segment r;
    r.address = s_.state_in + rows_.head() * Sequence::bytes(s_.descriptor.state_head) +
                static_cast<std::uint64_t>(rows_.query()) * s_.state_bytes();
    r.beats = static_cast<std::uint32_t>(s_.state_bytes() / beat_bytes_);
    return r;
  }
  bool si_valid() const { return si_valid_; }
  bool ri_valid() const { return full_[out_] && index_ == beats_ && !si_valid_; }
  bool quiet() const { return !(full_[out_] && (index_ != beats_ || !si_valid_)); }

  void step(bool granted, const ReadMaster::Beat& beat, bool si_take, bool ri_take) {
    const bool read = full_[out_] && index_ != beats_ && (!si_valid_ || si_take);
    const bool context_last = granted && rows_.context_last();
    const int lane = rows_.lane();
    const bool last = beat.valid && beat.client == ReadClient::state && beat.segment_last;
    const bool in_full = last && known_[in_] && in_lane_ == last_lane_[in_];
    const int in = in_;
    taken_ += static_cast<int>(granted && lane == 0) - static_cast<int>(ri_take);
    if (last) in_lane_ = in_full ? 0 : in_lane_ + 1;
    if (in_full) in_ ^= 1;
    if (ri_take) {
      known_[out_] = full_[out_] = false;
      index_ = 0;
    } else if (read) {
      ++index_;
    }
    if (read) {
      si_valid_ = true;
    } else if (si_take) {
      si_valid_ = false;
    }
    if (ri_take) out_ ^= 1;
    if (context_last) {
      known_[req_] = true;
      last_lane_[req_] = lane;
      req_ ^= 1;
    }
    if (in_full) full_[in] = true;
    if (granted) rows_.step();
  }

 private:
  int beat_bytes_;
  int merge_;
  Sequence s_;
  RowWalk rows_;
  int beats_ = 1;
  int taken_ = 0;
  int req_ = 0, in_ = 0, out_ = 0;
  std::array<bool, 2> known_{}, full_{};
  std::array<int, 2> last_lane_{};
  int in_lane_ = 0;
  int index_ = 0;
  bool si_valid_ = false;
};

}  // namespace flashd::twin
