// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "model/systemc/engine/work.hpp"
#include "model/systemc/time.hpp"

namespace flashd::twin {

/// Twin of flashd_score_issue: one beat of a key per cycle to the score lanes.
class ScoreIssue {
 public:
  static constexpr int kHeaders = 4;
  explicit ScoreIssue(int slots) : all_slots_(slots), slots_(slots) {}

  struct Signals {
    bool go = false;     ///< a beat is issued
    bool token = false;  ///< a context without keys
    bool start = false;  ///< first cycle of the context
    bool ready = false;  ///< the work is taken
    bool last_beat = false;
    bool take_bias = false;
    bool slot_take = false;
  };

  Signals eval(bool valid, const Work& work, int beats, bool bias_en, bool bias_valid) const {
    Signals s;
    if (!valid || !(started_ || headers_ != 0)) return s;
    s.token = work.empty;
    if (!work.empty) {
      const int key = started_ ? key_ : work.begin;
      const bool first_beat = index_ == 0;
      s.last_beat = index_ + 1 == beats;
      s.go = (!first_beat || slots_ != 0) && (!s.last_beat || !bias_en || bias_valid);
      s.take_bias = s.go && s.last_beat && bias_en;
      s.slot_take = s.go && first_beat;
      s.ready = s.go && s.last_beat && key + 1 == work.end;
    } else {
      s.ready = true;
    }
    s.start = (s.go || s.token) && !started_;
    return s;
  }

  void commit(const Signals& s, const Work& work, bool slot_free, bool header_free) {
    slots_ += static_cast<int>(slot_free) - static_cast<int>(s.slot_take);
    headers_ += static_cast<int>(header_free) - static_cast<int>(s.start);
    const int key = started_ ? key_ : work.begin;
    if (s.ready) {
      started_ = false;
    } else if (s.start) {
      started_ = true;
    }
    if (s.go) {
      index_ = s.last_beat ? 0 : index_ + 1;
      key_ = s.last_beat ? key + 1 : key;
    }
  }

  bool idle(bool valid) const { return !valid && slots_ == all_slots_ && headers_ == kHeaders; }
  bool has_room(const Work& work) const {
    return (started_ || headers_ != 0) && (work.empty || index_ != 0 || slots_ != 0);
  }

  /// Coming cycles that each issue one beat and do not take the work, if one slot is freed in each
  /// of the next `frees` cycles; 0 if the next cycle does not.
  Cycle run(const Work& work, int beats, Cycle frees) const {
    if (!started_ || work.empty) return 0;
    const Cycle left = static_cast<Cycle>(work.end - key_) * beats - index_;  // with the last beat
    // A slot is taken with every first beat; slots that are there last this long.
    const Cycle have = index_ == 0 ? static_cast<Cycle>(slots_) * beats
                                   : static_cast<Cycle>(slots_) * beats + (beats - index_);
    Cycle n = have;
    if (frees != 0 && (slots_ != 0 || index_ != 0)) n = std::max(have, frees);
    return std::min(n, left - 1);
  }
  /// n cycles of such a run, in which `freed` slots came back.
  void skip(Cycle n, int beats, int freed) {
    const Cycle at = static_cast<Cycle>(index_) + n;
    const int keys = static_cast<int>(at / beats);  // keys finished
    const int first_beats = static_cast<int>((at + beats - 1) / beats) - (index_ == 0 ? 0 : 1);
    key_ += keys;
    index_ = static_cast<int>(at % beats);
    slots_ += freed - first_beats;
  }
  void skip_idle(int freed) { slots_ += freed; }

 private:
  int all_slots_;
  int slots_;
  int headers_ = kHeaders;
  bool started_ = false;
  int key_ = 0;
  int index_ = 0;
};

}  // namespace flashd::twin
