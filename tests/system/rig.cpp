// SPDX-License-Identifier: Apache-2.0
#include "tests/system/rig.hpp"

#include <cstdio>
#include <stdexcept>

#include "model/device/registers.hpp"

namespace flashd::system {

namespace {

using device::Fault;
namespace reg = device::reg;

constexpr std::int64_t kMacs = 8000;
constexpr std::uint64_t kLongest = 2500;  // cycles of a victim
constexpr std::uint64_t kPatience = 50000;

std::string name(Fault fault) { return device::kFaultNames[static_cast<int>(fault)]; }

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace

void wrong(const std::string& sentence) { throw std::runtime_error(sentence); }

Rig::Rig(const Plugin& plugin, std::uint64_t seed, int victims) : plugin_(plugin), rng_(seed) {
  renew();
  std::uint64_t draw = rng_.next() >> 8;
  while (static_cast<int>(victims_.size()) < victims) {
    Victim victim{Draw(++draw, plugin_.config(), kMacs), {}};
    const Drawn& drawn = victim.draw.drawn();
    if (drawn.jobs[0].queries == 0 || drawn.jobs[0].keys == 0) continue;
    const device::Finished finished = driver_->run(drawn.jobs, drawn.options);
    const std::string text =
        compare(drawn.jobs, drawn.options, finished, driver_->capabilities(), &compared_);
    if (!text.empty()) wrong("without a fault: " + drawn.text + ": " + text);
    victim.counters = finished.counters;
    if (device::value(finished.counters, device::Counter::busy) <= kLongest)
      victims_.push_back(std::move(victim));
  }
}

void Rig::renew() {
  driver_.reset();
  Options options;
  options.seed = rng_.next();
  options.memory = drawn_memory(rng_.next());
  options.pauses = {drawn_pauses(rng_.next()), rng_.next()};
  simulator_ = plugin_.open(options);
  driver_ = std::make_unique<device::Driver>(*simulator_);
  driver_->set_patience(kPatience);
}

device::Image Rig::place(const Victim& victim) {
  mark_ = driver_->arena().mark();
  const Drawn& drawn = victim.draw.drawn();
  return device::place(*simulator_, driver_->arena(), drawn.jobs, drawn.options,
                       driver_->capabilities());
}

void Rig::release() { driver_->arena().release(mark_); }

void Rig::expect_fault(std::uint32_t index, const device::Image& image,
                       const Expectation& expected) {
  if (!simulator_->wait_interrupt(kPatience)) wrong("no interrupt after " + name(expected.code));
  const std::uint32_t raised = simulator_->read32(reg::kIrqStatus);
  if (raised != reg::kIrqStatusFault)
    wrong("IRQ_STATUS is " + hex(raised) + " after " + name(expected.code));
  if (driver_->wait(index) != device::Ended::done) wrong("the job did not end");
  const device::FaultReport registers = driver_->fault();
  if (registers.code != expected.code)
    wrong("FAULT_CODE is " + device::to_text(registers) + ", expected " + name(expected.code));
  const std::uint32_t tag = expected.tag_known ? image.descriptor.tag : 0;
  if (registers.tag != tag) wrong("FAULT_TAG is " + hex(registers.tag) + ", expected " + hex(tag));
  if (expected.address && registers.address != *expected.address)
    wrong("FAULT_ADDRESS is " + hex(registers.address) + ", expected " + hex(*expected.address) +
          " for " + name(expected.code));
  const device::Status record = driver_->status(image);
  if (!expected.record) return;
  if (record.state != static_cast<std::uint8_t>(device::StatusState::fault) ||
      record.fault != static_cast<std::uint8_t>(expected.code) || record.tag != tag ||
      record.address != registers.address)
    wrong("the status record differs from the registers: state " + std::to_string(record.state) +
          ", fault " + std::to_string(record.fault) + ", address " + hex(record.address) +
          " after " + device::to_text(registers));
}

void Rig::expect_exact(const Victim& victim, const device::Image& image) {
  if (driver_->status(image).state != static_cast<std::uint8_t>(device::StatusState::done))
    wrong("a job behind the fault did not end well");
  const Drawn& drawn = victim.draw.drawn();
  const std::vector<Result> results = device::collect(*simulator_, image);
  const std::string text =
      compare_results(drawn.jobs, drawn.options, results, driver_->capabilities(), &compared_);
  if (!text.empty()) wrong("a job behind the fault: " + drawn.text + ": " + text);
}

void Rig::expect_next_exact() {
  const Drawn& drawn = any().draw.drawn();
  const device::Finished finished = driver_->run(drawn.jobs, drawn.options);
  const std::string text =
      compare(drawn.jobs, drawn.options, finished, driver_->capabilities(), &compared_);
  if (!text.empty()) wrong("the next job: " + drawn.text + ": " + text);
}

}  // namespace flashd::system
