// SPDX-License-Identifier: Apache-2.0
#include "sim/memory/streaming.hpp"

#include <algorithm>

namespace flashd::memory {

Timing Streaming::schedule(const Burst& burst) {
  Channel& channel = burst.write ? write_ : read_;
  Timing timing;
  timing.accept = burst.cycle;
  const std::uint64_t earliest = burst.cycle + (burst.write ? 0 : latency_);
  if (earliest > channel.next) channel = {earliest, 0};
  Beats& beats = timing.beats;
  beats.first = channel.next;
  beats.phase = channel.phase;
  // A beat of n bytes takes n den / num cycles, at least one.
  const std::uint64_t step = burst.beat_bytes * rate_.den;
  if (rate_.num != 0 && step > rate_.num) {
    beats.num = step;
    beats.den = rate_.num;
  } else {
    beats.phase = 0;
    if (channel.phase != 0) ++beats.first;
  }
  const std::uint64_t end = beats.phase + burst.beats * beats.num;
  channel.next = beats.first + end / beats.den;
  channel.phase = end % beats.den;
  if (burst.write) timing.response = latency_;
  return timing;
}

}  // namespace flashd::memory
