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
  Signals eval(Cycle now, bool valid, const Work& head, bool half_free) const {
    Signals s;
    const bool last = run(head) == 0;
    s.go = valid && (index_ != 0 || half_free) && (!last || now >= row_free_at_);
    s.key = s.go && !head.empty;
    s.pop = s.go && last;
    s.take_room = s.go && at_start() && head.last;
    return s;
  }

  void commit(const Signals& s) {
    if (s.pop) row_free_at_ = kForever;
    if (s.go) index_ = s.pop ? 0 : index_ + 1;
  }
  /// First cycle in which the row unit takes another context.
  void free_row(Cycle at) { row_free_at_ = at; }

  /// Coming cycles that each issue a key that is not the context's last, once it may begin.
  Cycle run(const Work& head) const {
    return head.empty ? 0 : static_cast<Cycle>(head.end - 1 - (head.begin + index_));
  }
  Cycle row_free_at() const { return row_free_at_; }
  void skip(Cycle keys) { index_ += static_cast<int>(keys); }

 private:
  int index_ = 0;
  Cycle row_free_at_ = 0;  ///< kForever until the steps of the context before have told
};

}  // namespace flashd::twin
