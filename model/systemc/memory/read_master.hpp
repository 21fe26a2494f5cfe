// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>

#include "model/systemc/memory/bus.hpp"
#include "model/systemc/parameters.hpp"
#include "sim/trace/pipeline.hpp"

namespace flashd::twin {

/// Clients of the read master, in priority (flashd_device_pkg::read_client_e).
enum class ReadClient { control, page, state, query, bias, key, value };
constexpr int kReadClients = 7;

/// A contiguous run of whole beats that a unit asks for.
struct Segment {
  std::uint64_t address = 0;
  std::uint32_t beats = 0;
  void* to = nullptr;  ///< where control data go; null: only time is needed
};

/// Twin of flashd_read_master.
class ReadMaster {
 public:
  static constexpr int kOutstanding = 16;

  /// `trace` may be null, here and in all units.
  ReadMaster(const Parameters& p, Bus* bus, trace::Pipeline* trace)
      : beat_bytes_(p.axi_bytes()), bus_(bus), trace_(trace) {}

  /// A beat of this cycle.
  struct Beat {
    bool valid = false;
    ReadClient client = ReadClient::control;
    bool segment_last = false;
  };

  /// The beat of cycle `now`; to be asked for once per cycle, before step().
  Beat beat(Cycle now) const;
  /// The client that is granted in this cycle, of those in the mask; or -1.
  int grant(Cycle now, unsigned wanting) const;
  /// One cycle; `segment` of the granted client.
  void step(Cycle now, int granted, const Segment& segment);
  bool drained() const { return bursts_.empty(); }

  /// Cycles in which nothing but beats inside the oldest burst can happen.
  Cycle quiet(Cycle now, bool requested) const;
  /// Whether beats come, whose, and in which cycles: of the oldest burst.
  bool incoming() const { return !bursts_.empty(); }
  ReadClient client() const { return bursts_.front().client; }
  /// Cycle of the beat that is `ahead` behind the next one; kForever beyond the burst.
  Cycle beat_cycle(int ahead) const;
  void skip(int beats) {
    if (beats == 0) return;
    beat_ += beats;
    bytes_ += static_cast<std::uint64_t>(beats) * beat_bytes_;
    next_beat_ = bursts_.front().timing.beats.at(beat_);
  }

  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t handshakes(Cycle now) const;

 private:
  struct Burst {
    ReadClient client;
    bool segment_last;
    int beats;
    memory::Timing timing;
  };

  int beat_bytes_;
  Bus* bus_;
  trace::Pipeline* trace_;
  bool ar_valid_ = false;
  Cycle ar_accept_ = 0;
  Segment rest_;  ///< of the segment being cut
  ReadClient cut_client_ = ReadClient::control;
  std::deque<Burst> bursts_;
  int beat_ = 0;
  Cycle next_beat_ = kForever;  ///< cycle of the next beat
  std::uint64_t bytes_ = 0;
  std::uint64_t accepted_ = 0;  ///< bursts whose address has passed
};

}  // namespace flashd::twin
