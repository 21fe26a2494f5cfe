// SPDX-License-Identifier: Apache-2.0
// The registers of spec/flashd.rdl, as the host sees them.
#include <algorithm>

#include "model/systemc/device.hpp"

namespace flashd::twin {

std::uint32_t Device::read32(std::uint32_t address) {
  namespace reg = device::reg;
  const auto field = [](auto value, int low) { return static_cast<std::uint32_t>(value) << low; };
  if (address >= reg::kCounter && address < reg::kCounter + 8 * device::kCounters) {
    const std::uint32_t i = (address - reg::kCounter) / 8;
    if (address % 8 == 4) return held_;
    const std::uint64_t value = sums_[i] + parts()[i] - base_[i];
    held_ = static_cast<std::uint32_t>(value >> 32);
    return static_cast<std::uint32_t>(value);
  }
  switch (address) {
    case reg::kId:
      return reg::kIdValueValue;
    case reg::kVersion:
      return reg::kVersionRegistersValue |
             field(device::kDescriptorVersion, reg::kVersionDescriptorLow);
    case reg::kSpecHash:
      return spec::kHash;
    case reg::kCap0:
      return field(p_.profile == Profile::fine ? 0 : 1, reg::kCap0ProfileLow) |
             field(p_.sig, reg::kCap0SigLow) | (p_.soft_cap != 0 ? reg::kCap0SoftCap : 0) |
             reg::kCap0SkipV;
    case reg::kCap1:
      return field(p_.width, reg::kCap1WidthLow) | field(p_.lanes, reg::kCap1LanesLow) |
             field(p_.contexts, reg::kCap1ContextsLow);
    case reg::kCap2:
      return field(p_.tile, reg::kCap2TileLow) | field(p_.max_head_dim, reg::kCap2MaxHeadDimLow);
    case reg::kCap3:
      return field(p_.axi_bits, reg::kCap3AxiBitsLow) |
             field(device::kCounters, reg::kCap3CountersLow) |
             field(device::kAddressBits, reg::kCap3AddressBitsLow);
    case reg::kControl:
      return enable_ ? reg::kControlEnable : 0;
    case reg::kStatus:
      return (state_ == State::idle && !soft_reset_ ? reg::kStatusIdle : 0) |
             (job_ ? reg::kStatusBusy : 0) | (stopped_ ? reg::kStatusRingStopped : 0);
    case reg::kIrqEnable:
      return irq_enable_;
    case reg::kIrqStatus:
      return irq_status_;
    case reg::kRingBase:
      return static_cast<std::uint32_t>(ring_base_);
    case reg::kRingBase + 4:
      return static_cast<std::uint32_t>(ring_base_ >> 32);
    case reg::kRingSize:
      return ring_log2_;
    case reg::kRingHead:
      return head_;
    case reg::kRingTail:
      return tail_;
    case reg::kTimeout:
      return timeout_;
    case reg::kFaultCode:
      return fault_code_;
    case reg::kFaultTag:
      return fault_tag_;
    case reg::kFaultAddress:
      return static_cast<std::uint32_t>(fault_address_);
    case reg::kFaultAddress + 4:
      return static_cast<std::uint32_t>(fault_address_ >> 32);
    default:
      return 0;
  }
}

void Device::write32(std::uint32_t address, std::uint32_t value) {
  namespace reg = device::reg;
  switch (address) {
    case reg::kControl:
      enable_ = (value & reg::kControlEnable) != 0;
      if ((value & reg::kControlSoftReset) != 0) soft_reset_ = true;
      if ((value & reg::kControlClearCounters) != 0) {
        sums_ = {};
        base_ = parts();
      }
      break;
    case reg::kIrqEnable:
      irq_enable_ = value & 7u;
      break;
    case reg::kIrqStatus:
      irq_status_ &= ~value;
      break;
    case reg::kRingBase:
      ring_base_ = (ring_base_ & ~std::uint64_t{0xFFFFFFFF}) | value;
      break;
    case reg::kRingBase + 4:
      ring_base_ = (ring_base_ & 0xFFFFFFFFu) | static_cast<std::uint64_t>(value) << 32;
      break;
    case reg::kRingSize:
      ring_log2_ = value & 31u;
      break;
    case reg::kRingTail: {
      tail_ = value;
      const std::uint32_t slots = std::uint32_t{1} << std::min(ring_log2_, 16u);
      if (tail_ - head_ > slots && !stopped_) {
        stopped_ = true;
        fault_code_ = static_cast<std::uint32_t>(device::Fault::ring_overrun);
        fault_tag_ = 0;
        fault_address_ = 0;
        irq_status_ |= reg::kIrqStatusFault;
      }
      break;
    }
    case reg::kTimeout:
      timeout_ = value;
      break;
    default:
      break;
  }
}

}  // namespace flashd::twin
