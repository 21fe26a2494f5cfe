// SPDX-License-Identifier: Apache-2.0
#include "model/systemc/device.hpp"

#include <algorithm>
#include <cstring>

namespace flashd::twin {

using device::Counter;

namespace {

constexpr int kResetCycles = 4;

std::size_t index(Counter c) { return static_cast<std::size_t>(c); }

}  // namespace

Device::Device(const Parameters& p, Bus* bus, Peek peek, bool timing_only,
               trace::Pipeline* trace)
    : p_(p),
      bus_(bus),
      peek_(std::move(peek)),
      timing_only_(timing_only),
      trace_(trace),
      core_(std::make_unique<Core>(p, trace)),
      reads_(p, bus, trace),
      writes_(p, bus, trace) {}

void Device::reset() {
  core_ = std::make_unique<Core>(p_, trace_);
  reads_ = ReadMaster(p_, bus_, trace_);
  writes_ = WriteMaster(p_, bus_, trace_);
  data_.reset();
  enable_ = stopped_ = asked_ = soft_reset_ = known_ = job_ = false;
  irq_enable_ = irq_status_ = 0;
  ring_base_ = 0;
  ring_log2_ = head_ = tail_ = 0;
  fault_code_ = fault_tag_ = 0;
  fault_address_ = 0;
  state_ = State::idle;
  fault_ = device::Fault::none;
  sums_ = {};
  lost_ = {};
  base_ = {};
}

bool Device::work() const {
  const std::uint32_t waiting = tail_ - head_;
  return enable_ && !stopped_ && waiting != 0 &&
         waiting <= std::uint32_t{1} << std::min(ring_log2_, 16u);
}

Device::Counts Device::parts() const {
  Counts c = lost_;
  const ArrayCounts& a = core_->counts();
  c[index(Counter::score_busy)] += a.score_busy;
  for (std::size_t i = 0; i < a.score_wait.size(); ++i)
    c[index(Counter::score_busy) + 1 + i] += a.score_wait[i];
  c[index(Counter::output_busy)] += a.output_busy;
  for (std::size_t i = 0; i < a.output_wait.size(); ++i)
    c[index(Counter::output_busy) + 1 + i] += a.output_wait[i];
  c[index(Counter::tiles_unread)] += core_->unread();
  c[index(Counter::bytes_read)] = reads_.bytes();
  c[index(Counter::read_bursts)] = reads_.handshakes(now_);
  c[index(Counter::bytes_written)] = writes_.bytes(now_);
  c[index(Counter::write_bursts)] = writes_.handshakes(now_);
  return c;
}

Segment Device::request() {
  Segment s;
  if (state_ == State::fetch) {
    const std::uint32_t slot = head_ & ((std::uint32_t{1} << std::min(ring_log2_, 16u)) - 1);
    s.address = ring_base_ + std::uint64_t{device::kDescriptorBytes} * slot;
    s.beats = static_cast<std::uint32_t>(device::kDescriptorBytes / p_.axi_bytes());
    s.to = words_.data();
  } else {
    s.address = descriptor_.sequences + std::uint64_t{device::kSequenceBytes} * index_;
    s.beats = static_cast<std::uint32_t>(device::kSequenceBytes / p_.axi_bytes());
    s.to = record_.data();
  }
  return s;
}

void Device::fail(device::Fault code, std::uint64_t address) {
  fault_ = code;
  bad_address_ = address;
}

void Device::bus_error(device::Fault code, std::uint64_t address) {
  if (bus_fault_ != device::Fault::none) return;
  bus_fault_ = code;
  bus_address_ = address;
}

void Device::begin_sequence() {
  const Sequence s(descriptor_, device::Sequence::unpack(record_.data()), index_);
  data_.reset();
  if (!timing_only_) {
    bool mapped = true;
    try {
      data_ = std::make_unique<SequenceData>(s, p_, peek_);
    } catch (const std::invalid_argument&) {
      mapped = false;  // the page lookup will find the page and end the job
    }
    if (mapped) {
      const flashd::Counts& c = data_->result().counts;
      sum(Counter::keys_scored) += c.scores;
      sum(Counter::keys_skipped) += c.keys_skipped;
      sum(Counter::tiles) += c.tiles;
      sum(Counter::tiles_skipped) += c.tiles_skipped;
      sum(Counter::saturations) += c.saturations;
      sum(Counter::rows_nan) += c.rows_nan;
      sum(Counter::rows_empty) += c.rows_empty;
    }
  }
  sum(Counter::rows) += s.rows() * descriptor_.heads_kv;
  if (trace_ != nullptr) trace_->sequence();
  core_->start(s, data_.get());
}

void Device::advance(const ReadMaster::Beat& beat, bool granted, bool write_granted,
                     bool write_taken, bool busy, bool write_idle) {
  const State old = state_;
  const bool last = beat.valid && beat.client == ReadClient::control && beat.segment_last;
  switch (state_) {
    case State::idle:
      fault_ = device::Fault::none;
      bad_address_ = 0;
      known_ = false;
      job_ = work();
      if (job_) state_ = State::fetch;
      if (job_ && trace_ != nullptr) trace_->job_begin(now_ + 1);
      break;
    case State::fetch:
      if (last) state_ = State::check;
      break;
    case State::check: {
      descriptor_ = device::Descriptor::unpack(words_.data());
      const FieldFault bad = check(descriptor_, words_.data(), p_);
      known_ = bad.code != device::Fault::descriptor_version;
      index_ = 0;
      state_ = State::record;
      if (bad.code == device::Fault::none) break;
      fail(bad.code, bad.address);
      state_ = State::abort;
      break;
    }
    case State::record:
      if (last) state_ = State::record_check;
      break;
    case State::record_check:
      if (record_bad(descriptor_, device::Sequence::unpack(record_.data()))) {
        fail(device::Fault::sequence,
             descriptor_.sequences + std::uint64_t{device::kSequenceBytes} * index_);
        state_ = State::abort;
      } else {
        state_ = descriptor_.queries == 0 ? State::next : State::start;
      }
      break;
    case State::start:
      begin_sequence();
      state_ = State::run;
      break;
    case State::run:
      if (core_->page_fault() != 0) {
        fail(device::Fault::unmapped_page, core_->page_fault());
        state_ = State::abort;
      } else if (!busy && write_idle) {
        state_ = State::next;
      }
      break;
    case State::next:
      ++index_;
      state_ = index_ == descriptor_.batch ? State::status : State::record;
      status_beats_ = 0;
      break;
    case State::status:
      if (asked_ && write_taken &&
          ++status_beats_ == ceil_div(device::kStatusBytes, p_.axi_bytes()))
        state_ = State::status_wait;
      break;
    case State::status_wait:
      if (write_idle) state_ = State::end;
      break;
    case State::end:
      ++head_;
      if (fault_ == device::Fault::none) {
        ++sum(Counter::jobs);
        if ((descriptor_.flags & device::kFlagInterrupt) != 0)
          irq_status_ |= device::reg::kIrqStatusDone;
      } else {
        ++sum(Counter::faults);
        irq_status_ |= device::reg::kIrqStatusFault;
        fault_code_ = static_cast<std::uint32_t>(fault_);
        fault_tag_ = known_ ? descriptor_.tag : 0;
        fault_address_ = bad_address_;
      }
      state_ = State::idle;
      break;
    case State::abort:
      if (reads_.drained() && writes_.drained(now_)) {
        state_ = State::reset;
        reset_left_ = kResetCycles;
      }
      break;
    case State::reset:
      if (--reset_left_ != 0) break;
      lost_ = parts();
      lost_[index(Counter::bytes_read)] = lost_[index(Counter::read_bursts)] = 0;
      lost_[index(Counter::bytes_written)] = lost_[index(Counter::write_bursts)] = 0;
      core_ = std::make_unique<Core>(p_, trace_);
      status_beats_ = 0;
      if (soft_reset_) {
        soft_reset_ = stopped_ = false;
        head_ = tail_ = 0;
        state_ = State::idle;
      } else {
        const bool good = descriptor_.status % device::kStrideUnit == 0 &&
                          descriptor_.status >> device::kAddressBits == 0;
        state_ = known_ && good ? State::status : State::end;
      }
      break;
  }
  if (bus_fault_ != device::Fault::none) {
    if (state_ >= State::fetch && state_ <= State::next) {
      fail(bus_fault_, bus_address_);
      state_ = State::abort;
    }
    bus_fault_ = device::Fault::none;
  }
  if (soft_reset_ && state_ != State::abort && state_ != State::reset && old != State::end)
    state_ = State::abort;
  asked_ = state_ == old && (asked_ || granted || write_granted);
  if (old != State::idle && state_ == State::idle) {
    if (job_ && trace_ != nullptr) trace_->job_end(now_ + 1);
    job_ = false;
  }
}

void Device::step() {
  const bool aborting = state_ == State::abort || state_ == State::reset;
  const ReadMaster::Beat beat = reads_.beat(now_);
  const unsigned wanting = aborting ? 0 : core_->wanting() | static_cast<unsigned>(wants());
  const int granted = reads_.grant(now_, wanting);
  Segment read;
  if (granted >= 0)
    read = granted == 0 ? request() : core_->request(static_cast<ReadClient>(granted));
  reads_.step(now_, granted, read);
  const bool status_request = state_ == State::status && !asked_;
  const bool unit_request = !aborting && core_->write_request();
  const WriteMaster::Ready ready = writes_.ready(now_, unit_request, status_request);
  WriteSegment segment;
  if (ready.grant == 0) segment = core_->write_segment();
  if (ready.grant == 1) {
    device::Status status;
    status.state = static_cast<std::uint8_t>(fault_ == device::Fault::none
                                                 ? device::StatusState::done
                                                 : device::StatusState::fault);
    status.fault = static_cast<std::uint8_t>(fault_);
    status.tag = descriptor_.tag;
    status.address = bad_address_;
    const auto words = status.pack();
    segment.valid = true;
    segment.address = segment.data_address = descriptor_.status;
    segment.bytes = device::kStatusBytes;
    segment.beats =
        static_cast<std::uint32_t>(ceil_div(device::kStatusBytes, p_.axi_bytes()));
    segment.data.resize(device::kStatusBytes);
    std::memcpy(segment.data.data(), words.data(), device::kStatusBytes);
  }
  const bool data_valid = ready.data == 0   ? aborting || core_->write_data()
                          : ready.data == 1 ? aborting || (state_ == State::status && asked_)
                                            : false;
  const bool busy = state_ == State::run && core_->busy(now_);
  const bool write_idle = writes_.idle(now_);
  const bool counting = job_;
  sum(Counter::cycles) += job_ || work() ? 1 : 0;
  sum(Counter::busy) += job_ ? 1 : 0;
  core_->step(now_, beat, granted, ready.grant == 0, ready.data == 0 && !aborting, counting);
  writes_.step(now_, ready, &segment, data_valid);
  advance(beat, granted == static_cast<int>(ReadClient::control), ready.grant == 1,
          ready.data == 1 && data_valid, busy, write_idle);
  ++now_;
}

Cycle Device::quiet() {
  Cycle n = kForever;
  switch (state_) {
    case State::idle:
      if (work() || soft_reset_) return 0;
      break;
    case State::fetch:
    case State::record:
      if (!asked_) return 0;
      break;
    case State::run:
      if (core_->page_fault() != 0) return 0;
      if (writes_.idle(now_) && !core_->busy(now_)) return 0;
      break;
    case State::status_wait:
      if (writes_.idle(now_)) return 0;
      break;
    default:
      return 0;
  }
  n = std::min({reads_.quiet(now_, wants() || core_->wanting() != 0), writes_.quiet(now_)});
  if (n == 0) return 0;
  return std::min(n, core_->quiet(now_));
}

void Device::skip(Cycle n) {
  const Core::Window w = core_->window(now_, n, reads_);
  if (w.n == 0) {
    step();
    return;
  }
  sum(Counter::cycles) += job_ || work() ? w.n : 0;
  sum(Counter::busy) += job_ ? w.n : 0;
  core_->skip(now_, w, job_);
  reads_.skip(w.beats);
  now_ += w.n;
}

void Device::run(Cycle limit) {
  while (now_ < limit) {
    if (state_ == State::idle && !work() && !soft_reset_) {
      now_ = limit;
      return;
    }
    const bool raised = interrupt();
    const Cycle n = stepping_ ? 0 : quiet();
    if (n == 0) {
      step();
    } else {
      skip(std::min(n, limit - now_));
    }
    if (interrupt() && !raised) return;
  }
}

}  // namespace flashd::twin
