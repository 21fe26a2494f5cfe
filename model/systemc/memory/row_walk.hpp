// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/systemc/parameters.hpp"
#include "model/systemc/sequence.hpp"

namespace flashd::twin {

/// Twin of flashd_row_walk: the rows of a sequence in the order of work. Addresses are computed
/// where they are used, from the row's place.
class RowWalk {
 public:
  RowWalk() = default;
  explicit RowWalk(const Parameters& p) : lanes_(p.lanes), contexts_(p.contexts) {}

  void start(const Sequence& s) {
    heads_kv_ = s.descriptor.heads_kv;
    group_ = s.descriptor.group;
    queries_ = s.descriptor.queries;
    valid_ = queries_ != 0;
    query_ = head_ = head_kv_ = 0;
    lane_ = context_ = 0;
  }

  bool valid() const { return valid_; }
  std::uint32_t query() const { return query_; }
  std::uint32_t head_kv() const { return head_kv_; }
  /// Query head over all KV heads.
  std::uint64_t head() const { return static_cast<std::uint64_t>(head_kv_) * group_ + head_; }
  int lane() const { return lane_; }
  int context() const { return context_; }
  bool head_end() const { return head_ + 1 == group_ && query_ + 1 == queries_; }
  bool context_last() const { return lane_ + 1 == lanes_ || head_end(); }
  bool block_last() const { return (lane_ + 1 == lanes_ && context_ + 1 == contexts_) || head_end(); }
  bool last() const { return head_end() && head_kv_ + 1 == heads_kv_; }

  void step() {
    const bool end = head_end();
    const bool context_end = context_last();
    const bool block_end = block_last();
    if (last()) valid_ = false;
    if (++head_ == group_) {
      head_ = 0;
      query_ = end ? 0 : query_ + 1;
    }
    if (end) ++head_kv_;
    context_ = block_end ? 0 : context_end ? context_ + 1 : context_;
    lane_ = context_end ? 0 : lane_ + 1;
  }

 private:
  int lanes_ = 1;
  int contexts_ = 1;
  std::uint32_t heads_kv_ = 1, group_ = 1, queries_ = 0;
  bool valid_ = false;
  std::uint32_t query_ = 0, head_ = 0, head_kv_ = 0;
  int lane_ = 0;
  int context_ = 0;
};

}  // namespace flashd::twin
