// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>

#include "model/systemc/memory/read_master.hpp"
#include "model/systemc/memory/tile_walk.hpp"

namespace flashd::twin {

/// Twin of flashd_kv_fetch, for keys or for values.
class KvFetch {
 public:
  KvFetch(const Parameters& p, bool value)
      : value_(value),
        depth_(static_cast<std::size_t>(value ? p.tile / 4 : p.tile / 8)),
        beat_bytes_(p.axi_bytes()),
        credit_(value ? p.v_banks() : 2) {}

  void configure(const Sequence& s) {
    token_ = Sequence::bytes(value_ ? s.descriptor.v_token : s.descriptor.k_token);
    row_ = static_cast<std::uint64_t>(value_ ? s.v_pitch() : s.q_pitch());
    skip_v_ = value_ && s.flag(device::kFlagSkipV);
  }
  bool busy() const { return !runs_.empty() || valid_ || !first_; }
  bool run_ready() const { return runs_.size() != depth_; }

  bool wants() const { return valid_; }
  Segment request() const {
    Segment r;
    r.address = address_;
    r.beats = beats_;
    return r;
  }

  struct Signals {
    bool vt_valid = false;
    int vt_keys = 0;
    bool take = false;
    bool load = false;
    bool drop = false;
    bool unread = false;
  };
  Signals eval(bool granted, bool vt_ready) const {
    Signals s;
    const bool free = !valid_ || (granted && left_ == 1);
    const bool open = !runs_.empty() && first_ && free && credit_ != 0 &&
                      (!skip_v_ || !decisions_.empty());
    s.take = first_ ? open && (!value_ || vt_ready) : !runs_.empty() && free;
    const bool decision = skip_v_ && !decisions_.empty() && decisions_.front();
    s.drop = first_ ? decision : dropped_;
    s.vt_valid = value_ && open;
    if (runs_.empty()) return s;
    s.vt_keys = s.drop ? 0 : runs_.front().tile_keys;
    s.load = s.take && !s.drop && runs_.front().keys != 0;
    s.unread = s.take && first_ && decision && runs_.front().tile_keys != 0;
    return s;
  }

  void step(const Signals& s, bool granted, const Run* pushed, int freed, bool skip_valid,
            bool skip) {
    const bool free = !valid_ || (granted && left_ == 1);
    unread_ += s.unread;
    credit_ += freed - static_cast<int>(s.take && first_);
    if (s.load) {
      const Run& run = runs_.front();
      const bool dense = token_ == row_;
      valid_ = true;
      address_ = value_ ? run.v : run.k;
      left_ = dense ? 1 : run.keys;
      beats_ = static_cast<std::uint32_t>((dense ? row_ * run.keys : row_) / beat_bytes_);
    } else {
      if (granted) {
        address_ += token_;
        --left_;
      }
      if (free) valid_ = false;
    }
    if (s.take) {
      if (first_ && skip_v_) decisions_.pop_front();
      first_ = runs_.front().last;
      dropped_ = s.drop;
      runs_.pop_front();
    }
    if (pushed != nullptr) runs_.push_back(*pushed);
    if (skip_valid && skip_v_) decisions_.push_back(skip);
  }
  std::uint64_t unread() const { return unread_; }

 private:
  bool value_;
  std::size_t depth_;  ///< runs that may wait
  int beat_bytes_;
  std::uint64_t token_ = 64, row_ = 64;
  bool skip_v_ = false;
  std::deque<Run> runs_;
  std::deque<bool> decisions_;
  bool first_ = true;
  bool dropped_ = false;
  int credit_;
  bool valid_ = false;
  std::uint64_t address_ = 0;
  int left_ = 0;
  std::uint32_t beats_ = 0;
  std::uint64_t unread_ = 0;
};

}  // namespace flashd::twin
