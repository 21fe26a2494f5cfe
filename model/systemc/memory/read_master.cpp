// SPDX-License-Identifier: Apache-2.0
#include "model/systemc/memory/read_master.hpp"

#include <algorithm>

namespace flashd::twin {

ReadMaster::Beat ReadMaster::beat(Cycle now) const {
  Beat b;
  if (next_beat_ != now) return b;
  const Burst& burst = bursts_.front();
  b.valid = true;
  b.client = burst.client;
  b.segment_last = burst.segment_last && beat_ + 1 == burst.beats;
  return b;
}

int ReadMaster::grant(Cycle now, unsigned wanting) const {
  if (wanting == 0 || rest_.beats != 0 || bursts_.size() == kOutstanding) return -1;
  if (ar_valid_ && now < ar_accept_) return -1;
  int chosen = 0;
  while ((wanting >> chosen & 1u) == 0) ++chosen;
  return chosen;
}

void ReadMaster::step(Cycle now, int granted, const Segment& segment) {
  const bool taken = ar_valid_ && now >= ar_accept_;
  if (taken) ++accepted_;
  const bool room = bursts_.size() != kOutstanding;
  const bool cutting = rest_.beats != 0;
  const bool load = (!ar_valid_ || taken) && room && (cutting || granted >= 0);
  // The beat of this cycle leaves its burst.
  if (next_beat_ == now) {
    bytes_ += beat_bytes_;
    if (++beat_ == bursts_.front().beats) {
      beat_ = 0;
      bursts_.pop_front();
    }
    next_beat_ = bursts_.empty() ? kForever : bursts_.front().timing.beats.at(beat_);
  }
  if (!load) {
    if (taken) ar_valid_ = false;
    return;
  }
  if (!cutting) {
    rest_ = segment;
    cut_client_ = static_cast<ReadClient>(granted);
  }
  const std::uint32_t beats = burst_beats(rest_.address, rest_.beats, beat_bytes_);
  Burst burst{cut_client_, beats == rest_.beats, static_cast<int>(beats), {}};
  burst.timing = bus_->read(now + 1, rest_.address, burst.beats, rest_.to);
  if (trace_ != nullptr)
    trace_->read_burst(static_cast<std::uint32_t>(cut_client_), rest_.address, beats,
                       burst.timing.accept, burst.timing.beats.at(0),
                       burst.timing.beats.at(beats - 1));
  ar_valid_ = true;
  ar_accept_ = burst.timing.accept;
  bursts_.push_back(std::move(burst));
  if (bursts_.size() == 1) next_beat_ = bursts_.front().timing.beats.at(0);
  const std::uint64_t bytes = static_cast<std::uint64_t>(beats) * beat_bytes_;
  rest_.address += bytes;
  rest_.beats -= beats;
  if (rest_.to != nullptr) rest_.to = static_cast<char*>(rest_.to) + bytes;
}

Cycle ReadMaster::quiet(Cycle now, bool requested) const {
  Cycle n = kForever;
  if (ar_valid_) {
    if (now >= ar_accept_) return 0;
    n = ar_accept_ - now;
  } else if ((requested || rest_.beats != 0) && bursts_.size() != kOutstanding) {
    return 0;
  }
  if (!bursts_.empty()) {
    const Burst& burst = bursts_.front();
    const Cycle last = burst.timing.beats.at(burst.beats - 1);
    n = std::min(n, last - now);
  }
  return n;
}

Cycle ReadMaster::beat_cycle(int ahead) const {
  const Burst& burst = bursts_.front();
  return beat_ + ahead < burst.beats ? burst.timing.beats.at(beat_ + ahead) : kForever;
}

std::uint64_t ReadMaster::handshakes(Cycle now) const {
  return accepted_ + (ar_valid_ && now > ar_accept_ ? 1 : 0);
}

}  // namespace flashd::twin
