// SPDX-License-Identifier: Apache-2.0
#include "tests/serial/soc_model.hpp"

#include <chrono>
#include <thread>

#include "host/device/arrays.hpp"
#include "host/serial/frame.hpp"
#include "model/device/registers.hpp"

namespace flashd::testing {

namespace {

namespace reg = device::reg;

constexpr std::uint32_t kSlots = 1u << FLASHD_SERIAL_RING_SLOTS_LOG2;
constexpr std::uint32_t kArea =
    SocModel::kMemoryBase + SocModel::kMemoryBytes - FLASHD_SERIAL_RING_AREA_BYTES;
constexpr std::uint32_t kRecords = kArea + kSlots * device::kDescriptorBytes;
/// Longer than a core would wait: what the twin does in a millisecond of its clock.
constexpr std::uint64_t kCyclesPerMs = SocModel::kClockHz / 1000;

std::uint32_t record(std::uint32_t slot) { return kRecords + slot % kSlots * device::kStrideUnit; }

SocModel& self(void* context) { return *static_cast<SocModel*>(context); }

}  // namespace

/// The functions that commands.c calls.
struct SocModel::Hardware {
  static void identify(void* context, flashd_identity_t* to) {
    SocModel& soc = self(context);
    const Misbehaviour& m = soc.misbehaviour_;
    twin::TwinSimulator& device = *soc.device_;
    to->flags = static_cast<std::uint16_t>(
        (m.self_test_passed ? FLASHD_SERIAL_HELLO_FLAGS_SELF_TEST_PASSED : 0) |
        (m.self_test_ran ? FLASHD_SERIAL_HELLO_FLAGS_SELF_TEST_RAN : 0));
    to->firmware_hash = spec::kHash ^ m.firmware_hash_change;
    to->device_hash = device.read32(reg::kSpecHash) ^ m.device_hash_change;
    to->firmware_version = 0x000100;
    to->memory_base = kMemoryBase;
    to->memory_bytes = kMemoryBytes - FLASHD_SERIAL_RING_AREA_BYTES;
    to->clock_hz = kClockHz;
    to->cap[0] = device.read32(reg::kCap0);
    to->cap[1] = device.read32(reg::kCap1);
    to->cap[2] = device.read32(reg::kCap2);
    to->cap[3] = device.read32(reg::kCap3);
    to->device_version = device.read32(reg::kVersion);
  }
  static void read_memory(void* context, std::uint32_t address, std::uint8_t* to,
                          std::uint32_t count) {
    self(context).device_->read_memory(address,
                                       gsl::as_writable_bytes(gsl::span<std::uint8_t>(to, count)));
  }
  static void write_memory(void* context, std::uint32_t address, const std::uint8_t* from,
                           std::uint32_t count) {
    self(context).device_->write_memory(address,
                                        gsl::as_bytes(gsl::span<const std::uint8_t>(from, count)));
  }
  static std::uint8_t submit(void* context, std::uint32_t descriptor, std::uint32_t* ticket) {
    return self(context).submit(descriptor, ticket);
  }
  static std::uint8_t wait(void* context, std::uint32_t ticket, std::uint32_t milliseconds,
                           flashd_job_state_t* state) {
    return self(context).wait(ticket, milliseconds, state);
  }
  static std::uint8_t counters(void* context, bool clear, std::uint64_t* values) {
    twin::TwinSimulator& device = *self(context).device_;
    for (std::uint32_t i = 0; i < FLASHD_COUNTERS; ++i) {
      const std::uint32_t address = reg::kCounter + i * reg::kCounterStride;
      values[i] = device.read32(address);
      values[i] |= std::uint64_t{device.read32(address + 4)} << 32;
    }
    if (clear) device.write32(reg::kControl, reg::kControlEnable | reg::kControlClearCounters);
    return FLASHD_SERIAL_STATUS_GOOD;
  }
  static std::uint8_t reset(void* context, std::uint8_t) {
    SocModel& soc = self(context);
    soc.device_->reset();
    soc.program();
    return FLASHD_SERIAL_STATUS_GOOD;
  }
  static void restart(void* context) { self(context).restart_due_ = true; }
  static void health(void* context, flashd_health_t* to) {
    to->jobs = self(context).issued_;
    to->stack_free = 1000;
  }
  static std::uint8_t access(void* context, std::uint32_t address, bool write,
                             std::uint32_t* value) {
    twin::TwinSimulator& device = *self(context).device_;
    if (write) device.write32(address, *value);
    *value = device.read32(address);
    return FLASHD_SERIAL_STATUS_GOOD;
  }
  static void send(void* context, const std::uint8_t* bytes, std::uint32_t count) {
    self(context).send(bytes, count);
  }
  static void frame_error(void*) {}
};

SocModel::SocModel(Send send, const Misbehaviour& misbehaviour)
    : send_(std::move(send)), misbehaviour_(misbehaviour), rng_(misbehaviour.seed) {
  start();
}

void SocModel::start() {
  system::Options options;
  options.memory_base = kMemoryBase;
  options.memory_bytes = kMemoryBytes;
  // A device made anew has lost its memory, as after the loading of a bitstream.
  device_ = std::make_unique<twin::TwinSimulator>(
      twin::parameters_of(host::find_config("tiny"), Profile::fine), options,
      twin::TwinSimulator::Settings{});
  device_->reset();
  issued_ = 0;
  ++starts_;
  restart_due_ = false;
  program();
  const flashd_hardware_t hardware{this,
                                   Hardware::identify,
                                   Hardware::read_memory,
                                   Hardware::write_memory,
                                   Hardware::submit,
                                   Hardware::wait,
                                   Hardware::counters,
                                   Hardware::reset,
                                   Hardware::restart,
                                   Hardware::health,
                                   Hardware::access,
                                   Hardware::send,
                                   Hardware::frame_error};
  flashd_commands_start(&commands_, &hardware);
}

void SocModel::program() {
  device_->write32(reg::kRingBase, kArea);
  device_->write32(reg::kRingBase + 4, 0);
  device_->write32(reg::kRingSize, FLASHD_SERIAL_RING_SLOTS_LOG2);
  device_->write32(reg::kIrqEnable, reg::kIrqEnableDone | reg::kIrqEnableFault);
  if (!misbehaviour_.stands_still) device_->write32(reg::kControl, reg::kControlEnable);
  first_ = issued_ + 1;
  tail_ = 0;
}

std::uint8_t SocModel::submit(std::uint32_t descriptor, std::uint32_t* ticket) {
  if (tail_ - device_->read32(reg::kRingHead) == kSlots) return FLASHD_SERIAL_STATUS_FULL;
  std::array<std::uint32_t, device::kDescriptorWords> words{};
  device_->read_memory(descriptor, gsl::as_writable_bytes(gsl::span<std::uint32_t>(words)));
  device::Descriptor d = device::Descriptor::unpack(words.data());
  d.status = record(tail_);
  device::write_words(*device_, record(tail_), device::Status{}.pack());
  // Only the record's address is ours: other bits pass as they came.
  const auto packed = d.pack();
  words[38] = packed[38];
  words[39] = packed[39];
  device::write_words(*device_, kArea + tail_ % kSlots * device::kDescriptorBytes, words);
  tags_[tail_ % kSlots] = d.tag;
  device_->write32(reg::kRingTail, ++tail_);
  *ticket = ++issued_;
  return FLASHD_SERIAL_STATUS_GOOD;
}

std::uint8_t SocModel::wait(std::uint32_t ticket, std::uint32_t milliseconds,
                            flashd_job_state_t* state) {
  if (ticket < first_ || ticket > issued_) return FLASHD_SERIAL_STATUS_TICKET;
  const std::uint32_t slot = ticket - first_;
  if (misbehaviour_.wait_us_per_ms != 0) {
    // It always takes its time, and does the job at the end of it.
    sleep(static_cast<int>(milliseconds) * misbehaviour_.wait_us_per_ms);
    if (waits_++ % 5 != 4) return FLASHD_SERIAL_STATUS_GOOD;
  }
  const auto over = [&] { return device_->read32(reg::kRingHead) > slot; };
  // Between two bytes of the line time passes, too.
  const std::uint64_t limit = device_->cycle() + (milliseconds + 1) * kCyclesPerMs;
  while (!over() && device_->cycle() < limit && !misbehaviour_.stands_still) {
    device_->wait_interrupt(kCyclesPerMs);
    device_->write32(reg::kIrqStatus, ~0u);
  }
  state->tag = tags_[slot % kSlots];
  if (device_->read32(reg::kStatus) & reg::kStatusRingStopped) {
    state->state = FLASHD_SERIAL_WAIT_STATE_STOPPED;
    return FLASHD_SERIAL_STATUS_GOOD;
  }
  if (!over()) return FLASHD_SERIAL_STATUS_GOOD;
  std::array<std::uint32_t, device::kStatusWords> words{};
  device_->read_memory(record(slot), gsl::as_writable_bytes(gsl::span<std::uint32_t>(words)));
  const device::Status status = device::Status::unpack(words.data());
  const bool done = status.state == static_cast<std::uint8_t>(device::StatusState::done);
  state->state = done ? FLASHD_SERIAL_WAIT_STATE_DONE : FLASHD_SERIAL_WAIT_STATE_FAULT;
  state->code = status.fault;
  state->address = status.address;
  if (done || status.state == static_cast<std::uint8_t>(device::StatusState::fault))
    return FLASHD_SERIAL_STATUS_GOOD;
  // A descriptor that the device could not read has no record.
  state->code = static_cast<std::uint8_t>(device_->read32(reg::kFaultCode));
  state->address = device_->read32(reg::kFaultAddress);
  state->address |= std::uint64_t{device_->read32(reg::kFaultAddress + 4)} << 32;
  return FLASHD_SERIAL_STATUS_GOOD;
}

void SocModel::sleep(int us) {
  if (us != 0) std::this_thread::sleep_for(std::chrono::microseconds(us));
}

void SocModel::send(const std::uint8_t* bytes, std::uint32_t count) {
  sleep(static_cast<int>(count) * misbehaviour_.byte_us);
  serial::Receiver receiver;
  for (std::uint32_t i = 0; i < count && misbehaviour_.lies != 0; ++i) {
    if (receiver.take(bytes[i]) != serial::Receiver::Event::good) continue;
    serial::Frame frame = receiver.frame();
    const bool hello = frame.kind == (FLASHD_SERIAL_HELLO | FLASHD_SERIAL_ANSWER_BIT);
    if (hello || !rng_.chance(misbehaviour_.lies)) break;
    // The same size more often than not: that gets further.
    if (rng_.chance(0.3))
      frame.body.resize(static_cast<std::size_t>(rng_.below(FLASHD_SERIAL_BODY_MAX + 1)));
    for (std::uint8_t& value : frame.body) value = static_cast<std::uint8_t>(rng_.next());
    if (!frame.body.empty() && rng_.chance(0.8)) frame.body[0] = FLASHD_SERIAL_STATUS_GOOD;
    const serial::Bytes line = serial::encode(frame);
    send_(line.data(), static_cast<std::uint32_t>(line.size()));
    return;
  }
  send_(bytes, count);
}

void SocModel::take(std::uint8_t byte) {
  sleep(misbehaviour_.byte_us);
  const bool ends = byte == 0 && commands_.parser.begun;
  if (ends && ++frames_ == misbehaviour_.restart_before) {
    start();
    return;  // the command is lost with the firmware that it was for
  }
  flashd_commands_byte(&commands_, byte);
  if (restart_due_) start();
}

}  // namespace flashd::testing
