// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "model/device/registers.hpp"
#include "model/device/spec.hpp"
#include "model/systemc/core.hpp"

namespace flashd::twin {

/// Checks a descriptor as flashd_descriptor_check does: the first bad field's code.
struct FieldFault {
  device::Fault code = device::Fault::none;
  std::uint64_t address = 0;
};
FieldFault check(const device::Descriptor& d, const std::uint32_t* words, const Parameters& p);
bool record_bad(const device::Descriptor& d, const device::Sequence& record);

/// The clocked part of the twin: ring, sequencer, masters and core, cycle by cycle. flashd_top gives
/// it sockets and SystemC time.
class Device {
 public:
  /// `timing_only`: no data, the counters that need them stay 0. `trace`, if not null, is told what
  /// the units do.
  Device(const Parameters& p, Bus* bus, Peek peek, bool timing_only,
         trace::Pipeline* trace = nullptr);

  /// rst_ni.
  void reset();

  std::uint32_t read32(std::uint32_t address);
  void write32(std::uint32_t address, std::uint32_t value);
  bool interrupt() const { return (irq_status_ & irq_enable_) != 0; }

  Cycle now() const { return now_; }
  bool idle() const { return state_ == State::idle && !work(); }
  /// Nothing outstanding on the memory side.
  bool quiet_bus() const { return reads_.drained() && writes_.drained(now_); }
  /// Passes time until `limit`, an interrupt that was not there, or idleness.
  void run(Cycle limit);
  /// Time in which nothing happens; only while idle.
  void pass(Cycle now) { now_ = now; }
  /// A burst was answered with an error: the job ends with this fault.
  void bus_error(device::Fault code, std::uint64_t address);
  /// Steps only: the slow way to the same numbers.
  void set_stepping(bool stepping) { stepping_ = stepping; }

 private:
  enum class State { idle, fetch, check, record, record_check, start, run, next, status, status_wait,
                     end, abort, reset };
  using Words = std::array<std::uint32_t, device::kDescriptorWords>;

  bool work() const;
  void step();
  Cycle quiet();
  void skip(Cycle n);
  bool wants() const { return !asked_ && (state_ == State::fetch || state_ == State::record); }
  Segment request();
  void advance(const ReadMaster::Beat& beat, bool granted, bool write_granted, bool write_taken,
               bool busy, bool write_idle);
  void begin_sequence();
  void fail(device::Fault code, std::uint64_t address);
  std::uint64_t& sum(device::Counter c) { return sums_[static_cast<std::size_t>(c)]; }

  Parameters p_;
  Bus* bus_;
  Peek peek_;
  bool timing_only_;
  trace::Pipeline* trace_;
  bool stepping_ = false;
  Cycle now_ = 0;

  std::unique_ptr<Core> core_;
  ReadMaster reads_;
  WriteMaster writes_;
  std::unique_ptr<SequenceData> data_;

  // Registers.
  bool enable_ = false;
  std::uint32_t irq_enable_ = 0, irq_status_ = 0;
  std::uint64_t ring_base_ = 0;
  std::uint32_t ring_log2_ = 0, head_ = 0, tail_ = 0, timeout_ = 0;
  bool stopped_ = false;
  std::uint32_t fault_code_ = 0, fault_tag_ = 0;
  std::uint64_t fault_address_ = 0;
  std::uint32_t held_ = 0;  ///< high word of the counter that was read

  // Sequencer.
  State state_ = State::idle;
  bool asked_ = false;
  bool soft_reset_ = false;
  bool known_ = false;
  bool job_ = false;
  int reset_left_ = 0;
  std::uint64_t index_ = 0;  ///< sequence of the batch
  Words words_{};
  device::Descriptor descriptor_;
  std::array<std::uint32_t, device::kSequenceWords> record_{};
  device::Fault fault_ = device::Fault::none;
  std::uint64_t bad_address_ = 0;
  device::Fault bus_fault_ = device::Fault::none;  ///< noticed at the end of the cycle
  std::uint64_t bus_address_ = 0;
  WriteSegment status_;
  int status_beats_ = 0;

  // Counters: those that are added up here, and what the parts had counted at the last clear.
  using Counts = std::array<std::uint64_t, device::kCounters>;
  Counts parts() const;
  Counts sums_{};
  Counts lost_{};  ///< of cores that were reset
  Counts base_{};
};

}  // namespace flashd::twin
