// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/systemc/memory/read_master.hpp"
#include "model/systemc/sequence.hpp"

namespace flashd::twin {

/// Twin of flashd_unpack: which AXI beats complete an engine beat.
class Unpack {
 public:
  explicit Unpack(const Parameters& p)
      : elements_(p.axi_bits / 16), parts_(p.width / elements_), beat_bytes_(p.axi_bytes()) {}

  void configure(const Sequence& s) {
    d_ = s.descriptor.d;
    dv_ = s.descriptor.dv;
    row_beats_ = s.q_pitch() / beat_bytes_;
    v_row_beats_ = s.v_pitch() / beat_bytes_;
  }

  /// Engine beat of this cycle: a client (query, key, value), or control for none.
  ReadClient valid() const { return valid_; }

  static bool serves(ReadClient c) {
    return c == ReadClient::query || c == ReadClient::key || c == ReadClient::value;
  }
  bool completes(int beat, bool value) const {
    const int n = value ? dv_ : d_;
    const int first = beat * elements_;
    return first < n && (first + elements_ >= n || beat % parts_ == parts_ - 1);
  }
  int row_beats(bool value) const { return value ? v_row_beats_ : row_beats_; }
  int beat() const { return beat_; }

  void step(const ReadMaster::Beat& b) {
    valid_ = ReadClient::control;
    if (!b.valid || !serves(b.client)) return;
    const bool value = b.client == ReadClient::value;
    if (completes(beat_, value)) valid_ = b.client;
    beat_ = beat_ + 1 == row_beats(value) ? 0 : beat_ + 1;
  }
  void skip(int beat, ReadClient valid) {
    beat_ = beat;
    valid_ = valid;
  }

 private:
  int elements_;
  int parts_;
  int beat_bytes_;
  int d_ = 1, dv_ = 1;
  int row_beats_ = 1, v_row_beats_ = 1;
  int beat_ = 0;
  ReadClient valid_ = ReadClient::control;
};

}  // namespace flashd::twin
