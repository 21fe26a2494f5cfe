// SPDX-License-Identifier: Apache-2.0
#include "host/device/driver.hpp"

#include <algorithm>
#include <cstdio>

#include "host/device/arrays.hpp"
#include "host/io/error.hpp"
#include "model/device/registers.hpp"

namespace flashd::device {

namespace {

constexpr std::uint32_t kInterrupts =
    reg::kIrqEnableDone | reg::kIrqEnableFault | reg::kIrqEnableHung;
constexpr std::uint32_t kSlots = 1u << Driver::kRingLog2;
constexpr int kResetPolls = 64;
constexpr std::uint64_t kResetSlice = 1000;

}  // namespace

Counts to_counts(const Counters& counters) {
  Counts c;
  c.scores = value(counters, Counter::keys_scored);
  c.keys_skipped = value(counters, Counter::keys_skipped);
  c.tiles = value(counters, Counter::tiles);
  c.tiles_skipped = value(counters, Counter::tiles_skipped);
  c.saturations = value(counters, Counter::saturations);
  c.rows_nan = value(counters, Counter::rows_nan);
  c.rows_empty = value(counters, Counter::rows_empty);
  return c;
}

std::string to_text(const FaultReport& fault) {
  const auto code = static_cast<std::size_t>(fault.code);
  const bool known = code < std::size(kFaultNames);
  std::array<char, 96> text{};
  std::snprintf(text.data(), text.size(), "fault %s (%zu) at address 0x%llx",
                known ? kFaultNames[code] : "of an unknown code", code,
                static_cast<unsigned long long>(fault.address));
  return text.data();
}

Driver::Driver(Bus& bus) : bus_(bus), arena_(bus.memory()) {
  bus_.reset();
  capabilities_ = read_capabilities(bus_);
  ring_ = arena_.take(kSlots * kDescriptorBytes);
  program();
}

void Driver::program() {
  bus_.write32(reg::kRingBase, static_cast<std::uint32_t>(ring_));
  bus_.write32(reg::kRingBase + 4, static_cast<std::uint32_t>(ring_ >> 32));
  bus_.write32(reg::kRingSize, kRingLog2);
  bus_.write32(reg::kIrqEnable, kInterrupts);
  bus_.write32(reg::kTimeout, timeout_);
  bus_.write32(reg::kControl, reg::kControlEnable);
  tail_ = 0;
  broken_ = false;
}

void Driver::set_timeout(std::uint32_t cycles) {
  timeout_ = cycles;
  bus_.write32(reg::kTimeout, cycles);
}

void Driver::reset() {
  bus_.reset();
  program();
}

bool Driver::soft_reset() {
  bus_.write32(reg::kControl, reg::kControlEnable | reg::kControlSoftReset);
  for (int i = 0; i < kResetPolls; ++i) {
    if (bus_.read32(reg::kStatus) & reg::kStatusIdle) {
      bus_.write32(reg::kIrqStatus, kInterrupts);
      tail_ = 0;
      return true;
    }
    bus_.wait_interrupt(kResetSlice);
  }
  return false;
}

std::uint32_t Driver::submit(const Descriptor& descriptor) { return submit(descriptor.pack()); }

std::uint32_t Driver::submit(const std::array<std::uint32_t, kDescriptorWords>& words) {
  write_words(bus_, ring_ + std::uint64_t{tail_ % kSlots} * kDescriptorBytes, words);
  bus_.write32(reg::kRingTail, ++tail_);
  return tail_;
}

std::uint64_t Driver::read64(std::uint32_t address) {
  const std::uint64_t low = bus_.read32(address);
  return low | static_cast<std::uint64_t>(bus_.read32(address + 4)) << 32;
}

std::uint64_t Driver::work() {
  std::uint64_t sum = 0;
  for (const Counter c : {Counter::jobs, Counter::faults, Counter::score_busy, Counter::output_busy,
                          Counter::bytes_read, Counter::bytes_written})
    sum += read64(reg::kCounter + static_cast<std::uint32_t>(c) * reg::kCounterStride);
  return sum;
}

Ended Driver::wait(std::uint32_t index) {
  std::uint64_t before = ~std::uint64_t{0};
  while (true) {
    const bool raised = bus_.wait_interrupt(patience_);
    if (raised) bus_.write32(reg::kIrqStatus, kInterrupts);
    const std::uint32_t status = bus_.read32(reg::kStatus);
    if (status & reg::kStatusHung) return Ended::hung;
    if (status & reg::kStatusRingStopped) return Ended::stopped;
    // Free-running indices: the difference tells which one is ahead.
    if (static_cast<std::int32_t>(bus_.read32(reg::kRingHead) - index) >= 0) return Ended::done;
    if (raised) continue;
    const std::uint64_t now = work();
    if (now == before) return Ended::stuck;
    before = now;
  }
}

Status Driver::status(const Image& image) {
  std::array<std::uint32_t, kStatusWords> words{};
  bus_.read_memory(image.descriptor.status,
                   gsl::as_writable_bytes(gsl::span<std::uint32_t>(words)));
  return Status::unpack(words.data());
}

FaultReport Driver::fault() {
  FaultReport report;
  report.code = static_cast<Fault>(bus_.read32(reg::kFaultCode) & 0xFFu);
  report.tag = bus_.read32(reg::kFaultTag);
  report.address = read64(reg::kFaultAddress);
  return report;
}

Counters Driver::counters() {
  Counters counters{};
  for (std::size_t i = 0; i < counters.size(); ++i)
    counters[i] = read64(reg::kCounter + static_cast<std::uint32_t>(i) * reg::kCounterStride);
  return counters;
}

void Driver::clear_counters() {
  bus_.write32(reg::kControl, reg::kControlEnable | reg::kControlClearCounters);
}

void Driver::fail(Ended ended, const Status& status) {
  broken_ = ended != Ended::done;
  switch (ended) {
    case Ended::hung:
      throw host::Error(host::Exit::fault,
                        "device: the bus hung: the memory did not answer for TIMEOUT = " +
                            std::to_string(timeout_) + " cycles");
    case Ended::stopped:
      throw host::Error(host::Exit::fault, "device: the ring stopped: " + to_text(fault()));
    case Ended::stuck:
      throw host::Error(host::Exit::fault, "device: nothing moved for " +
                                               std::to_string(patience_) +
                                               " cycles though a job is in progress");
    case Ended::done:
      break;
  }
  const FaultReport registers = fault();
  const FaultReport record{static_cast<Fault>(status.fault), status.tag, status.address};
  const bool told = status.state == static_cast<std::uint8_t>(StatusState::fault);
  throw host::Error(host::Exit::fault, "device: " + to_text(told ? record : registers));
}

Finished Driver::run(gsl::span<const Job> jobs, const RunOptions& options) {
  if (broken_) reset();
  const std::uint64_t mark = arena_.mark();
  Finished finished;
  try {
    const Image image = place(bus_, arena_, jobs, options, capabilities_);
    clear_counters();
    const Ended ended = wait(submit(image.descriptor));
    const Status record = ended == Ended::done ? status(image) : Status{};
    if (record.state != static_cast<std::uint8_t>(StatusState::done)) fail(ended, record);
    if (record.tag != options.tag)
      throw host::Error(host::Exit::fault, "device: the status record has tag " +
                                               std::to_string(record.tag) + "; expected " +
                                               std::to_string(options.tag));
    finished.counters = counters();
    // The record may say done though its write was answered with an error.
    if (value(finished.counters, Counter::faults) != 0)
      throw host::Error(host::Exit::fault, "device: " + to_text(fault()));
    finished.results = collect(bus_, image);
  } catch (...) {
    arena_.release(mark);
    throw;
  }
  arena_.release(mark);
  return finished;
}

}  // namespace flashd::device
