// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>

#include "model/systemc/engine/engine.hpp"
#include "model/systemc/memory/kv_fetch.hpp"
#include "model/systemc/memory/output_writer.hpp"
#include "model/systemc/memory/query_loader.hpp"
#include "model/systemc/memory/state_reader.hpp"
#include "model/systemc/memory/unpack.hpp"
#include "model/systemc/memory/bias_unit.hpp"

namespace flashd::twin {

/// The engine and the units around it: what the core reset resets.
class Core {
 public:
  explicit Core(const Parameters& p, trace::Pipeline* trace = nullptr);

  /// `data` is null in timing-only runs; both outlive the sequence.
  void start(const Sequence& s, const SequenceData* data);
  bool busy(Cycle now) const;

  /// Clients of the read master that want a segment, one bit each, and what one of them wants.
  unsigned wanting() const;
  Segment request(ReadClient client);
  bool write_request() const { return writer_.requests(); }
  WriteSegment write_segment() const { return writer_.request(); }
  bool write_data() const { return writer_.data_valid(); }

  /// One cycle: the beat that the read master passes on, the client it grants, and the write
  /// master's handshakes with the output writer.
  void step(Cycle now, const ReadMaster::Beat& beat, int granted, bool write_granted,
            bool write_taken, bool counting);

  Cycle quiet(Cycle now) const;
  /// How many of the next `n` cycles only pass beats of keys and values on, and those beats.
  struct Window {
    Cycle n = 0;
    int beats = 0;
    int k = 0, v = 0;
    int row_beat = 0;
    ReadClient valid = ReadClient::control;
  };
  Window window(Cycle now, Cycle n, const ReadMaster& master) const;
  void skip(Cycle now, const Window& w, bool counting);

  /// A page outside the pool: its table entry's address, or 0.
  std::uint64_t page_fault() const { return page_fault_; }
  const ArrayCounts& counts() const { return engine_.counts(); }
  std::uint64_t unread() const { return values_.unread(); }

 private:
  bool runs_room() const { return keys_.run_ready() && values_.run_ready(); }
  bool page_done() const {
    return tiles_.lookup() && pages_.hit(tiles_.lookup_index()) &&
           !pages_.unmapped(tiles_.lookup_index());
  }

  Parameters p_;
  Sequence s_;
  Engine engine_;
  Unpack unpack_;
  QueryLoader queries_;
  TileWalk tiles_;
  PageLookup pages_;
  KvFetch keys_, values_;
  BiasUnit bias_;
  StateReader states_;
  OutputWriter writer_;
  std::uint64_t page_fault_ = 0;
};

}  // namespace flashd::twin
