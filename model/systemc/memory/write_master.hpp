// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <deque>
#include <vector>

#include "model/systemc/memory/bus.hpp"
#include "model/systemc/parameters.hpp"
#include "sim/trace/pipeline.hpp"

namespace flashd::twin {

/// A run of beats to write: `data` at `data_address` is what is enabled.
struct WriteSegment {
  bool valid = false;
  std::uint64_t address = 0;
  std::uint32_t beats = 0;
  std::uint64_t data_address = 0;
  int bytes = 0;             ///< enabled
  std::vector<char> data;    ///< empty: only time is needed
};

/// Twin of flashd_write_master; clients 0 (output writer) and 1 (control).
class WriteMaster {
 public:
  static constexpr int kOutstanding = 16;
  WriteMaster(const Parameters& p, Bus* bus, trace::Pipeline* trace)
      : beat_bytes_(p.axi_bytes()), bus_(bus), trace_(trace) {}

  /// Handshakes of this cycle that follow from registers and the bus.
  struct Ready {
    int grant = -1;        ///< client whose request is taken
    int data = -1;         ///< client whose beat would be taken
  };
  Ready ready(Cycle now, bool request0, bool request1) const;
  /// One cycle. `segment` of the granted client, `data_valid` of the client ready().data.
  void step(Cycle now, const Ready& ready, const WriteSegment* segment, bool data_valid);

  bool drained(Cycle now) const { return outstanding(now) == 0; }
  bool idle(Cycle now) const { return drained(now) && !seg_valid_; }
  /// Cycles in which nothing changes, as long as clients offer nothing.
  Cycle quiet(Cycle now) const;

  std::uint64_t bytes(Cycle now) const { return bytes_ + (w_valid_ && now > w_take_ ? w_bytes_ : 0); }
  std::uint64_t handshakes(Cycle now) const { return accepted_ + (aw_valid_ && now > aw_accept_); }

 private:
  struct Burst {
    int client = 0;
    int beats = 0;
    std::uint64_t address = 0;
    std::uint64_t data_begin = 0, data_end = 0;  ///< enabled bytes of the segment
    memory::Timing timing;
  };
  int outstanding(Cycle now) const;
  bool cut_now(Cycle now) const;

  int beat_bytes_;
  Bus* bus_;
  trace::Pipeline* trace_;
  bool seg_valid_ = false;
  int seg_client_ = 0;
  WriteSegment seg_;
  bool aw_valid_ = false;
  Cycle aw_accept_ = 0;
  std::deque<Burst> data_;      ///< bursts whose beats are to be taken
  std::deque<Cycle> answers_;   ///< cycle of B, bursts whose last beat is on W
  int unanswered_ = 0;          ///< cut, and no cycle of B known yet
  int beat_ = 0;
  Cycle first_take_ = 0;        ///< of the burst's first beat
  bool w_valid_ = false;
  Cycle w_take_ = 0;            ///< cycle in which the beat on W is taken
  int w_bytes_ = 0;
  Cycle last_b_ = 0;
  bool any_b_ = false;
  std::uint64_t bytes_ = 0;
  std::uint64_t accepted_ = 0;
};

}  // namespace flashd::twin
