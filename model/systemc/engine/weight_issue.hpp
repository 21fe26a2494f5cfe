// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/systemc/engine/work.hpp"
#include "model/systemc/time.hpp"

namespace flashd::twin {

/// Twin of flashd_weight_issue: the keys of a context to the weight unit, once.
class WeightIssue {
 public:
  struct Signals {
    bool go = false;   ///< a key or a token
    bool key = false;  ///< a key
    bool pop = false;  ///< the context's last
    bool take_room = false;
  };

  /// First cycle of a context: it may have to wait for room in the output buffer.
  bool at_start() const { return index_ == 0; }

  /// `valid`: header, values and room are there; `half_free`: of the weight store.
  Signals eval(bool valid, const Work& head, bool half_free) const {
    Signals s;
    const bool last = run(head) == 0;
    s.go = valid && (index_ != 0 || half_free) && (!last || row_free_);
    s.key = s.go && !head.empty;
    s.pop = s.go && last;
    s.take_room = s.go && at_start() && head.last;
    return s;
  }

  void commit(const Signals& s, bool row_freed) {
    if (s.pop) {
      row_free_ = false;
    } else if (row_freed) {
      row_free_ = true;
    }
    if (s.go) index_ = s.pop ? 0 : index_ + 1;
  }

  /// Coming cycles that each issue a key that is not the context's last, once it may begin.
  Cycle run(const Work& head) const {
    return head.empty ? 0 : static_cast<Cycle>(head.end - 1 - (head.begin + index_));
  }
  bool row_free() const { return row_free_; }
  void skip(Cycle keys) { index_ += static_cast<int>(keys); }

 private:
  int index_ = 0;
  bool row_free_ = true;  ///< the row unit takes another context
};

}  // namespace flashd::twin
