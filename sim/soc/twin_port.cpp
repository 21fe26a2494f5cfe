// SPDX-License-Identifier: Apache-2.0
#include "sim/soc/twin_port.hpp"

#include <cstring>

#include "model/device/registers.hpp"

namespace flashd::soc {

namespace {

// flashd_axi_cut, flashd_job_memory (address, burst, door, RAM, beat), flashd_axi_cut.
constexpr char kJobMemory[] = "fixed:6";
constexpr std::uint64_t kResponse = 4;    // the cut (two cycles), the memory, the cut
constexpr std::uint64_t kCut = 1;         // the log sees the bus on the memory's side of the cut
constexpr int kAccess = 2;                // cycles from an access to its answer, as PeakRDL's block

const twin::Parameters& parameters() {
  static const twin::Parameters p = [] {
    for (const spec::Config& config : spec::kConfigs)
      if (std::strcmp(config.name, "tiny") == 0) return twin::parameters_of(config, Profile::fine);
    return twin::Parameters();
  }();
  return p;
}

/// Whether the register block answers such an access without an error.
bool allowed(std::uint32_t address, bool write) {
  namespace reg = device::reg;
  switch (address) {
    case reg::kControl:
    case reg::kIrqEnable:
    case reg::kIrqStatus:
    case reg::kRingBase:
    case reg::kRingBase + 4:
    case reg::kRingSize:
    case reg::kRingTail:
    case reg::kTimeout:
      return true;
    case reg::kId:
    case reg::kVersion:
    case reg::kSpecHash:
    case reg::kCap0:
    case reg::kCap1:
    case reg::kCap2:
    case reg::kCap3:
    case reg::kStatus:
    case reg::kRingHead:
    case reg::kFaultCode:
    case reg::kFaultTag:
    case reg::kFaultAddress:
    case reg::kFaultAddress + 4:
      return !write;
    default:
      return !write && address >= reg::kCounter && address < reg::kCounter + 8 * device::kCounters;
  }
}

bool inside(std::uint64_t address, std::uint64_t bytes) {
  return address >= kJobBase && address < kJobBase + kJobBytes &&
         bytes <= kJobBase + kJobBytes - address;
}

}  // namespace

TwinPort::TwinPort(JobBytes* bytes, TransactionLog* log) : bytes_(bytes), log_(log) { reset(); }

void TwinPort::reset() {
  model_ = memory::make(kJobMemory);
  device_ = std::make_unique<twin::Device>(
      parameters(), static_cast<twin::Bus*>(this),
      [this](std::uint64_t address, void* to, std::uint64_t count) { peek(address, to, count); },
      false);
  device_->reset();
  origin_ = cycle_;
  left_ = 0;
}

void TwinPort::step(DevicePins* pins) {
  pins->aw_ready = pins->ar_ready = pins->b_valid = pins->r_valid = pins->irq = false;
  if (!pins->reset_n) {
    ++cycle_;
    reset();
    return;
  }
  // What the device's registers hold in this cycle.
  const twin::Cycle now = cycle_ - origin_;
  while (device_->now() < now) device_->run(now);
  if (left_ > 0) {
    --left_;
    const bool good = allowed(address_, writes_);
    if (left_ > 0 && !writes_) data_ = good ? device_->read32(address_) : 0;
    if (left_ == 0) {
      if (writes_ && good) device_->write32(address_, data_);
      pins->b_valid = writes_;
      pins->r_valid = !writes_;
      pins->rdata = data_;
      pins->response = good ? 0 : 2;
    }
  } else if ((pins->aw_valid && pins->w_valid) || pins->ar_valid) {
    writes_ = pins->aw_valid;
    pins->aw_ready = writes_;
    pins->ar_ready = !writes_;
    left_ = kAccess;
    address_ = pins->address;
    data_ = pins->wdata;
  }
  pins->irq = device_->interrupt();
  ++cycle_;
}

void TwinPort::peek(std::uint64_t address, void* to, std::uint64_t bytes) {
  auto* out = static_cast<std::uint8_t*>(to);
  for (std::uint64_t i = 0; i < bytes; ++i)
    out[i] = inside(address + i, 1) ? bytes_->at(address + i - kJobBase) : 0;
}

memory::Timing TwinPort::schedule(twin::Cycle cycle, std::uint64_t address, int beats, bool write) {
  if (!inside(address, 1))
    device_->bus_error(write ? device::Fault::write_decerr : device::Fault::read_decerr, address);
  memory::Timing timing =
      model_->schedule({cycle, address, static_cast<std::uint32_t>(beats), 8, write});
  if (write) {
    ++timing.beats.first;  // the address goes through a queue
    timing.response = kResponse;
  }
  return timing;
}

memory::Timing TwinPort::read(twin::Cycle cycle, std::uint64_t address, int beats, void* to) {
  std::vector<std::uint8_t> data(static_cast<std::size_t>(beats) * 8);
  peek(address, data.data(), data.size());
  if (to != nullptr) std::memcpy(to, data.data(), data.size());
  const memory::Timing timing = schedule(cycle, address, beats, false);
  if (log_ != nullptr)
    log_->burst(origin_ + timing.beats.at(static_cast<std::uint64_t>(beats) - 1) - kCut, false,
                address, static_cast<std::uint32_t>(beats), data.data(), data.size(),
                inside(address, 1) ? 0 : 3);
  return timing;
}

memory::Timing TwinPort::write(twin::Cycle cycle, std::uint64_t address, int beats,
                               std::uint64_t data_address, const void* from, int bytes) {
  const auto* data = static_cast<const std::uint8_t*>(from);
  const std::size_t count = data != nullptr && bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
  for (std::size_t i = 0; i < count; ++i)
    if (inside(data_address + i, 1)) bytes_->at(data_address + i - kJobBase) = data[i];
  const memory::Timing timing = schedule(cycle, address, beats, true);
  if (log_ != nullptr)
    log_->burst(origin_ + timing.beats.at(static_cast<std::uint64_t>(beats) - 1) +
                    timing.response - kCut,
                true, address, static_cast<std::uint32_t>(beats), data, count,
                inside(address, 1) ? 0 : 3);
  return timing;
}

}  // namespace flashd::soc
