// SPDX-License-Identifier: Apache-2.0
#include "model/systemc/memory/output_writer.hpp"

#include <cstring>

namespace flashd::twin {

namespace {

std::uint16_t half_bits(float value, bool fp16) {
  std::uint32_t b = 0;
  std::memcpy(&b, &value, sizeof b);
  if (!fp16) return static_cast<std::uint16_t>(b >> 16);
  const std::uint32_t sign = b >> 31;
  const std::uint32_t exponent = b >> 23 & 0xFFu;
  const std::uint32_t fraction = b >> 13 & 0x3FFu;
  std::uint32_t h = 0;
  if (exponent == 0xFF) {
    h = 0x7C00u | fraction;
  } else if (exponent >= 113) {
    h = (exponent - 112) << 10 | fraction;
  } else if (exponent >= 103) {
    h = (0x400u | fraction) >> (113 - exponent);
  }
  return static_cast<std::uint16_t>(sign << 15 | h);
}

}  // namespace

void OutputWriter::start(const Sequence& s, const SequenceData* data) {
  s_ = s;
  data_ = data;
  rows_.start(s);
  wanted_ = (s.flag(device::kFlagWriteO) ? 1u : 0u) | (s.flag(device::kFlagWriteLse) ? 2u : 0u) |
            (s.flag(device::kFlagStateOut) ? 4u : 0u);
}

bool OutputWriter::requests() const {
  return walks() && left() != 0 && segments_.size() < kSegments;
}

int OutputWriter::part_bytes(Kind kind) const {
  switch (kind) {
    case kO:
      return s_.descriptor.dv * s_.output_bytes();
    case kLse:
      return 4;
    case kState:
      break;
  }
  return s_.state_bytes();
}

std::uint64_t OutputWriter::address(Kind kind) const {
  const std::uint64_t head = rows_.head();
  const std::uint64_t query = rows_.query();
  const device::Descriptor& d = s_.descriptor;
  switch (kind) {
    case kO:
      return s_.o + head * Sequence::bytes(d.o_head) + query * Sequence::bytes(d.o_token);
    case kLse:
      return s_.lse + head * Sequence::bytes(d.lse_head) + query * 4;
    case kState:
      break;
  }
  return s_.state_out + head * Sequence::bytes(d.state_head) + query * s_.state_bytes();
}

void OutputWriter::fill(Kind kind, std::vector<char>* to) const {
  const Result& result = data_->result();
  const std::uint64_t row = rows_.head() * s_.descriptor.queries + rows_.query();
  const int dv = s_.descriptor.dv;
  to->assign(static_cast<std::size_t>(part_bytes(kind)), 0);
  char* at = to->data();
  if (kind == kLse) {
    std::memcpy(at, &result.lse[row], 4);
  } else if (kind == kO) {
    for (int i = 0; i < dv; ++i) {
      const float value = result.o[row * dv + i];
      if (s_.output_format() == 0) {
        std::memcpy(at + 4 * i, &value, 4);
      } else {
        const std::uint16_t bits = half_bits(value, s_.output_format() == 2);
        std::memcpy(at + 2 * i, &bits, 2);
      }
    }
  } else {
    const RowHead& head = result.state.head[row];
    const std::int32_t words[4] = {head.exponent, static_cast<std::int32_t>(head.mantissa),
                                   static_cast<std::int32_t>(head.flags), result.state.v_exponent};
    std::memcpy(at, words, sizeof words);
    std::memcpy(at + 16, result.state.o.data() + row * dv, 4 * static_cast<std::size_t>(dv));
  }
}

WriteSegment OutputWriter::request() const {
  WriteSegment s;
  const Kind k = kind();
  s.valid = true;
  s.data_address = address(k);
  s.bytes = part_bytes(k);
  s.address = s.data_address / beat_bytes_ * beat_bytes_;
  s.beats = static_cast<std::uint32_t>((s.bytes + beat_bytes_ - 1) / beat_bytes_);
  if (data_ != nullptr) fill(k, &s.data);
  return s;
}

void OutputWriter::step(Cycle now, bool take, bool o_last, bool row, bool granted,
                        bool data_ready) {
  // What the registers say, before they move.
  const bool walk = walks();
  const bool row_step = walk && kind_last() && (granted || left() == 0);
  const bool done = row_step && rows_.context_last();
  const bool read = !segments_.empty() && (!data_valid_ || data_ready);
  const bool free = (data_valid_ && data_ready && offer_last_) || (done && wanted_ == 0);
  Part requested;
  if (granted) requested = {part_bytes(kind()), kind_last() && rows_.context_last()};
  const unsigned sent = granted ? sent_ | 1u << kind() : sent_;

  taken_ += static_cast<int>(take) - static_cast<int>(free);
  if (done) o_full_[bank_] = row_full_[bank_] = false;
  if (trace_ != nullptr) {
    if (free) trace_->write_end(now);
    const bool o_completes = o_last && (row_full_[o_bank_] || (row && row_bank_ == o_bank_));
    const bool row_completes = row && o_full_[row_bank_];
    if (o_completes || row_completes) trace_->write_begin(now + 1);
  }
  if (o_last) {
    o_full_[o_bank_] = true;
    o_bank_ ^= 1;
  }
  if (row) {
    row_full_[row_bank_] = true;
    row_bank_ ^= 1;
  }
  if (read) {
    const Part& part = segments_.front();
    const bool beat_last = part.bytes - beat_ * beat_bytes_ <= beat_bytes_;
    data_valid_ = true;
    offer_last_ = part.last && beat_last;
    beat_ = beat_last ? 0 : beat_ + 1;
    if (beat_last) segments_.pop_front();
  } else if (data_ready) {
    data_valid_ = false;
  }
  if (granted) segments_.push_back(requested);
  sent_ = row_step ? 0 : sent;
  if (done) bank_ ^= 1;
  if (row_step) rows_.step();
}

}  // namespace flashd::twin
