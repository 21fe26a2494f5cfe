// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "model/systemc/engine/work.hpp"
#include "model/systemc/parameters.hpp"

namespace flashd::twin {

/// Twin of flashd_query_buffer: which contexts hold queries.
class QueryBuffer {
 public:
  explicit QueryBuffer(const Parameters& p)
      : lanes_(p.lanes),
        rows_(static_cast<std::size_t>(p.contexts) * p.lanes),
        full_(p.contexts),
        ready_(p.contexts) {}

  bool ready() const { return full_[context_] == 0; }  ///< a beat would be taken
  bool here(int context) const { return ready_[context] != 0; }
  const RowRange* rows(int context) const { return &rows_[static_cast<std::size_t>(context) * lanes_]; }
  /// The next beat is a context's first, or its last; of which context.
  bool first() const { return lane_ == 0 && beat_ == 0; }
  bool last(int beats) const { return lane_ + 1 == lanes_ && beat_ + 1 == beats; }
  int loading() const { return context_; }
  bool idle() const {
    if (context_ != 0 || lane_ != 0 || beat_ != 0) return false;
    for (char f : full_) {
      if (f != 0) return false;
    }
    return true;
  }

  /// One cycle. `take`: a beat of `row` passes; `claim`, `release`: contexts or -1.
  void step(bool take, const RowRange& row, bool last, int beats, int claim, int release) {
    const bool row_end = beat_ + 1 == beats;
    if (claim >= 0) ready_[claim] = 0;
    if (release >= 0) full_[release] = 0;
    if (!take) return;
    if (beat_ == 0) rows_[static_cast<std::size_t>(context_) * lanes_ + lane_] = row;
    if (!row_end) {
      ++beat_;
      return;
    }
    beat_ = 0;
    if (lane_ + 1 < lanes_) {
      ++lane_;
      return;
    }
    lane_ = 0;
    full_[context_] = 1;
    ready_[context_] = 1;
    context_ = last ? 0 : context_ + 1;
    if (context_ == static_cast<int>(full_.size())) context_ = 0;
  }

 private:
  int lanes_;
  std::vector<RowRange> rows_;
  std::vector<char> full_, ready_;
  int context_ = 0;
  int lane_ = 0;
  int beat_ = 0;
};

}  // namespace flashd::twin
