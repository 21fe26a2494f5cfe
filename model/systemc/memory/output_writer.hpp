// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <deque>

#include "model/systemc/memory/row_walk.hpp"
#include "model/systemc/memory/write_master.hpp"
#include "model/systemc/sequence_data.hpp"
#include "sim/trace/pipeline.hpp"

namespace flashd::twin {

/// Twin of flashd_output_writer.
class OutputWriter {
 public:
  OutputWriter(const Parameters& p, trace::Pipeline* trace)
      : beat_bytes_(p.axi_bytes()), rows_(p), trace_(trace) {}

  /// `data` is null in timing-only runs.
  void start(const Sequence& s, const SequenceData* data);

  bool room() const { return taken_ != 2; }
  bool busy() const { return rows_.valid() || !segments_.empty() || data_valid_; }
  bool requests() const;
  WriteSegment request() const;
  bool data_valid() const { return data_valid_; }

  void step(Cycle now, bool take, bool o_last, bool row, bool granted, bool data_ready);
  /// Nothing happens without an event from outside.
  bool quiet() const { return !data_valid_ && segments_.empty() && !walks(); }

 private:
  enum Kind { kO, kLse, kState };
  struct Part {
    int bytes = 0;
    bool last = false;  ///< of its bank
  };
  static constexpr std::size_t kSegments = 4;

  bool full() const { return o_full_[bank_] && row_full_[bank_]; }
  bool walks() const { return rows_.valid() && full(); }
  unsigned left() const { return wanted_ & ~sent_; }
  Kind kind() const { return (left() & 1u) != 0 ? kO : (left() & 2u) != 0 ? kLse : kState; }
  bool kind_last() const { return (left() & (left() - 1)) == 0; }
  int part_bytes(Kind kind) const;
  std::uint64_t address(Kind kind) const;
  void fill(Kind kind, std::vector<char>* to) const;

  int beat_bytes_;
  RowWalk rows_;
  trace::Pipeline* trace_;
  Sequence s_;
  const SequenceData* data_ = nullptr;
  unsigned wanted_ = 0;
  unsigned sent_ = 0;
  int taken_ = 0;
  int o_bank_ = 0, row_bank_ = 0, bank_ = 0;
  std::array<bool, 2> o_full_{}, row_full_{};
  std::deque<Part> segments_;
  int beat_ = 0;
  bool data_valid_ = false;
  bool offer_last_ = false;
};

}  // namespace flashd::twin
