// SPDX-License-Identifier: Apache-2.0
#include "sim/memory/pausing.hpp"

#include <algorithm>

namespace flashd::memory {

std::uint64_t Pausing::pause(Channel& channel) {
  std::uint64_t cycles = 0;
  while (channel.random.happens(probability_)) ++cycles;
  return cycles;
}

Timing Pausing::schedule(const Burst& burst) {
  Channel& channel = burst.write ? write_ : read_;
  Timing timing = inner_->schedule(burst);
  const std::uint64_t delay = pause(channel);
  timing.accept += delay;
  std::vector<std::uint64_t> listed(burst.beats);
  for (std::uint32_t beat = 0; beat < burst.beats; ++beat) {
    listed[beat] = std::max(timing.beats.at(beat) + delay, channel.next) + pause(channel);
    channel.next = listed[beat] + 1;
  }
  timing.beats.listed = std::move(listed);
  if (burst.write) timing.response += pause(channel);
  return timing;
}

}  // namespace flashd::memory
