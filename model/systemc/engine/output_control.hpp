// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "model/systemc/engine/work.hpp"
#include "model/systemc/parameters.hpp"
#include "model/systemc/time.hpp"

namespace flashd::twin {

/// Twin of flashd_output_control: keys to the output array, once per pass.
class OutputControl {
 public:
  OutputControl(const Parameters& p, int min_pass)
      : width_(p.width), merge_(p.merge()), min_pass_(min_pass) {}

  struct Signals {
    bool go = false;
    bool key = false;  ///< a key, not a token
    bool last = false;
    bool pass_last = false;
    bool pop = false;
    bool slot_free = false;
    bool take_room = false;
    int pass = 0;
    int steps = 0;
  };

  /// First cycle of a context: it may have to wait for room in the output buffer.
  bool at_start() const { return index_ == 0 && pass_ == 0; }
  bool waits_for_merge(const Work& head) const { return gap_ != 0 && is_last(head); }

  Signals eval(bool valid, const Work& head, int passes, int dv) const {
    Signals s;
    s.pass = pass_;
    s.last = is_last(head);
    s.pass_last = pass_ + 1 == passes;
    s.steps = s.pass_last ? ceil_div(dv - pass_ * width_, merge_) : width_ / merge_;
    s.go = valid && (!s.last || gap_ == 0);
    s.key = s.go && !head.empty;
    s.pop = s.go && s.last && s.pass_last;
    s.slot_free = s.key && s.pass_last;
    s.take_room = s.go && at_start() && head.last;
    return s;
  }

  void commit(const Signals& s) {
    if (s.go && s.last) {
      gap_ = (s.steps > min_pass_ ? s.steps : min_pass_) - 1;
    } else if (gap_ != 0) {
      --gap_;
    }
    if (!s.go) return;
    index_ = s.last ? 0 : index_ + 1;
    if (s.last) pass_ = s.pass_last ? 0 : pass_ + 1;
  }

  /// Coming cycles that each issue a key that is not its pass's last.
  Cycle run(const Work& head) const {
    return head.empty ? 0 : static_cast<Cycle>(head.end - 1 - (head.begin + index_));
  }
  Cycle gap() const { return static_cast<Cycle>(gap_); }
  bool frees(int passes) const { return pass_ + 1 == passes; }
  void skip(Cycle n, bool issuing) {
    gap_ = static_cast<Cycle>(gap_) > n ? gap_ - static_cast<int>(n) : 0;
    if (issuing) index_ += static_cast<int>(n);
  }

 private:
  bool is_last(const Work& head) const { return head.empty || head.begin + index_ + 1 == head.end; }

  int width_;
  int merge_;
  int min_pass_;
  int index_ = 0;
  int pass_ = 0;
  int gap_ = 0;
};

}  // namespace flashd::twin
