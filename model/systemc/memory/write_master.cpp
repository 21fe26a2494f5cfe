// SPDX-License-Identifier: Apache-2.0
#include "model/systemc/memory/write_master.hpp"

#include <algorithm>

namespace flashd::twin {

int WriteMaster::outstanding(Cycle now) const {
  int n = unanswered_;
  for (Cycle b : answers_) n += b >= now;
  return n;
}

bool WriteMaster::cut_now(Cycle now) const {
  return seg_valid_ && (!aw_valid_ || now >= aw_accept_) && outstanding(now) != kOutstanding;
}

WriteMaster::Ready WriteMaster::ready(Cycle now, bool request0, bool request1) const {
  Ready r;
  const bool last = burst_beats(seg_.address, seg_.beats, beat_bytes_) == seg_.beats;
  if ((request0 || request1) && (!seg_valid_ || (cut_now(now) && last))) r.grant = request0 ? 0 : 1;
  if (!data_.empty() && (!w_valid_ || now >= w_take_)) r.data = data_.front().client;
  return r;
}

void WriteMaster::step(Cycle now, const Ready& ready, const WriteSegment* segment,
                       bool data_valid) {
  const bool cut = cut_now(now);
  while (!answers_.empty() && answers_.front() < now) answers_.pop_front();
  if (aw_valid_ && now >= aw_accept_) {
    ++accepted_;
    aw_valid_ = false;
  }
  if (w_valid_ && now >= w_take_) {
    bytes_ += w_bytes_;
    w_valid_ = false;
  }
  // A beat goes onto W; the memory takes it in its own time.
  if (ready.data >= 0 && data_valid) {
    Burst& burst = data_.front();
    w_valid_ = true;
    w_take_ = std::max<Cycle>(now + 1, burst.timing.beats.at(beat_));
    const std::uint64_t begin = burst.address + static_cast<std::uint64_t>(beat_) * beat_bytes_;
    const std::uint64_t end = std::min(begin + beat_bytes_, burst.data_end);
    const std::uint64_t from = std::max(begin, burst.data_begin);
    w_bytes_ = end > from ? static_cast<int>(end - from) : 0;
    if (beat_ == 0) first_take_ = w_take_;
    if (++beat_ == burst.beats) {
      beat_ = 0;
      if (trace_ != nullptr)
        trace_->write_burst(burst.address, static_cast<std::uint32_t>(burst.beats),
                            burst.timing.accept, first_take_, w_take_);
      const Cycle b = std::max(w_take_ + burst.timing.response, any_b_ ? last_b_ + 1 : 0);
      last_b_ = b;
      any_b_ = true;
      answers_.push_back(b);
      --unanswered_;
      data_.pop_front();
    }
  }
  if (cut) {
    const std::uint32_t beats = burst_beats(seg_.address, seg_.beats, beat_bytes_);
    const std::uint64_t end = seg_.address + static_cast<std::uint64_t>(beats) * beat_bytes_;
    Burst burst;
    burst.client = seg_client_;
    burst.beats = static_cast<int>(beats);
    burst.address = seg_.address;
    burst.data_begin = std::max(seg_.address, seg_.data_address);
    burst.data_end = std::min(end, seg_.data_address + seg_.bytes);
    const int bytes = static_cast<int>(burst.data_end - burst.data_begin);
    const char* from =
        seg_.data.empty() ? nullptr : seg_.data.data() + (burst.data_begin - seg_.data_address);
    burst.timing =
        bus_->write(now + 1, burst.address, burst.beats, burst.data_begin, from, bytes);
    aw_valid_ = true;
    aw_accept_ = burst.timing.accept;
    data_.push_back(std::move(burst));
    ++unanswered_;
    seg_.address = end;
    seg_.beats -= beats;
    if (seg_.beats == 0) seg_valid_ = false;
  }
  if (ready.grant >= 0) {
    seg_valid_ = true;
    seg_client_ = ready.grant;
    seg_ = *segment;
  }
}

Cycle WriteMaster::quiet(Cycle now) const {
  if (seg_valid_ || w_valid_ || aw_valid_) return 0;
  return answers_.empty() || answers_.back() < now ? kForever : answers_.back() + 1 - now;
}

}  // namespace flashd::twin
