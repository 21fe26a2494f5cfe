// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <deque>

#include "model/systemc/engine/output_shape.hpp"
#include "model/systemc/engine/work.hpp"
#include "model/systemc/time.hpp"

namespace flashd::twin {

/// Twin of flashd_step_issue: the steps of the contexts whose keys are all issued.
class StepIssue {
 public:
  explicit StepIssue(const OutputShape& shape) : shape_(shape) {}

  /// dv channels in every context.
  void configure(int dv) {
    blocks_ = ceil_div(dv, shape_.channels);
    last_steps_ = ceil_div(dv - (blocks_ - 1) * shape_.channels, shape_.merge);
  }

  struct Signals {
    bool go = false;     ///< a step or a token
    bool key = false;    ///< a step
    bool begin = false;  ///< the context's first
    bool last = false;   ///< the block's last
    bool pop = false;    ///< the context's last
    int block = 0;
    int steps = 0;  ///< merge steps of the block
  };

  bool valid() const { return !contexts_.empty(); }
  bool half_free() const { return contexts_.size() < 2; }
  const Work& work() const { return contexts_.front(); }

  Signals eval() const {
    Signals s;
    if (!valid()) return s;
    s.last = left() == 1;
    s.block = block_;
    s.go = !s.last || wait() == 0;
    s.key = s.go && !work().empty;
    s.begin = s.go && index_ == 0 && block_ == 0;
    const bool block_last = block_ + 1 == blocks_;
    s.pop = s.go && s.last && block_last;
    s.steps = block_last ? last_steps_ : shape_.full_steps;
    return s;
  }

  /// One cycle without a new context.
  void commit(const Signals& s) {
    if (due_ != 0) --due_;
    if (s.go && s.last) {
      gap_ = s.steps - 1;
      block_ = s.pop ? 0 : block_ + 1;
    } else if (gap_ != 0) {
      --gap_;
    }
    if (s.go) index_ = s.last ? 0 : index_ + 1;
    if (s.pop) contexts_.pop_front();
  }

  /// The last key or token of a context is issued in this cycle.
  void push(const Work& work) {
    contexts_.push_back(work);
    due_ = shape_.due;
  }

  /// What happens in some cycles of one block, its last step or token being that of their last.
  struct Run {
    Cycle cycles = 0;
    Cycle issued = 0;    ///< steps or tokens
    bool begin = false;  ///< with the context's first, `waited` cycles after the first cycle
    Cycle waited = 0;
    bool done = false;  ///< with the block's last
  };
  /// At most `n` cycles without a new context and before the oldest one's last step.
  Run skip(Cycle n) {
    Run r;
    if (!valid()) {
      pass(n);
      r.cycles = n;
      return r;
    }
    const auto before_last = static_cast<Cycle>(left() - 1);
    const Cycle last = std::max(before_last, static_cast<Cycle>(wait()));
    r.done = last < n;
    r.cycles = r.done ? last : n;
    r.issued = std::min(before_last, r.cycles);
    r.begin = index_ == 0 && block_ == 0 && (r.done || r.issued != 0);
    r.waited = before_last == 0 ? last : 0;
    index_ += static_cast<int>(r.issued);
    pass(r.cycles);
    if (!r.done) return r;
    commit(eval());
    ++r.cycles;
    ++r.issued;
    return r;
  }

  /// Coming cycles before the last step of the oldest context or, with `first_block`, that of its
  /// first block.
  Cycle quiet(bool first_block) const {
    if (!valid()) return kForever;
    const int here = std::max(left() - 1, wait());
    const int blocks = block_ == 0 && first_block ? 0 : blocks_ - 1 - block_;
    return static_cast<Cycle>(here + blocks * std::max(groups(), shape_.full_steps));
  }

 private:
  int groups() const {
    const Work& w = work();
    return w.empty ? 1 : (w.end - 1) / shape_.keys - w.begin / shape_.keys + 1;
  }
  /// Steps of the block that are not issued.
  int left() const { return groups() - index_; }
  /// Cycles without a last step.
  void pass(Cycle n) {
    gap_ -= static_cast<int>(std::min<Cycle>(n, static_cast<Cycle>(gap_)));
    due_ -= static_cast<int>(std::min<Cycle>(n, static_cast<Cycle>(due_)));
  }
  /// Cycles until a last step may be issued.
  int wait() const { return block_ == 0 ? std::max(gap_, due_) : gap_; }

  OutputShape shape_;
  int blocks_ = 1;
  int last_steps_ = 1;
  std::deque<Work> contexts_;  ///< not done
  int index_ = 0;              ///< step within the block
  int block_ = 0;
  int gap_ = 0;
  int due_ = 0;
};

}  // namespace flashd::twin
