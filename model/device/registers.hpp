// SPDX-License-Identifier: Apache-2.0
// Generated from spec/flashd.rdl by spec/generate.py; mend with: ./flashd spec
#pragma once

#include <cstdint>

/// Byte addresses on the AXI4-Lite slave, and where fields lie.
namespace flashd::device::reg {

constexpr std::uint32_t kId = 0x000;
constexpr std::uint32_t kIdValueValue = 0x464c5344;

constexpr std::uint32_t kVersion = 0x004;
constexpr int kVersionRegistersLow = 0;
constexpr int kVersionRegistersBits = 16;
constexpr std::uint32_t kVersionRegistersValue = 0x1;
constexpr int kVersionDescriptorLow = 16;
constexpr int kVersionDescriptorBits = 16;

constexpr std::uint32_t kSpecHash = 0x008;

constexpr std::uint32_t kCap0 = 0x010;
constexpr int kCap0ProfileLow = 0;
constexpr int kCap0ProfileBits = 4;
constexpr int kCap0SigLow = 4;
constexpr int kCap0SigBits = 4;
constexpr std::uint32_t kCap0SoftCap = 1u << 8;
constexpr std::uint32_t kCap0SkipV = 1u << 9;

constexpr std::uint32_t kCap1 = 0x014;
constexpr int kCap1WidthLow = 0;
constexpr int kCap1WidthBits = 16;
constexpr int kCap1LanesLow = 16;
constexpr int kCap1LanesBits = 8;
constexpr int kCap1ContextsLow = 24;
constexpr int kCap1ContextsBits = 8;

constexpr std::uint32_t kCap2 = 0x018;
constexpr int kCap2TileLow = 0;
constexpr int kCap2TileBits = 16;
constexpr int kCap2MaxHeadDimLow = 16;
constexpr int kCap2MaxHeadDimBits = 16;

constexpr std::uint32_t kCap3 = 0x01c;
constexpr int kCap3AxiBitsLow = 0;
constexpr int kCap3AxiBitsBits = 16;
constexpr int kCap3CountersLow = 16;
constexpr int kCap3CountersBits = 8;
constexpr int kCap3AddressBitsLow = 24;
constexpr int kCap3AddressBitsBits = 8;

constexpr std::uint32_t kControl = 0x020;
constexpr std::uint32_t kControlEnable = 1u << 0;
constexpr std::uint32_t kControlSoftReset = 1u << 1;
constexpr std::uint32_t kControlClearCounters = 1u << 2;

constexpr std::uint32_t kStatus = 0x024;
constexpr std::uint32_t kStatusIdle = 1u << 0;
constexpr std::uint32_t kStatusBusy = 1u << 1;
constexpr std::uint32_t kStatusHung = 1u << 2;
constexpr std::uint32_t kStatusRingStopped = 1u << 3;

constexpr std::uint32_t kIrqEnable = 0x028;
constexpr std::uint32_t kIrqEnableDone = 1u << 0;
constexpr std::uint32_t kIrqEnableFault = 1u << 1;
constexpr std::uint32_t kIrqEnableHung = 1u << 2;

constexpr std::uint32_t kIrqStatus = 0x02c;
constexpr std::uint32_t kIrqStatusDone = 1u << 0;
constexpr std::uint32_t kIrqStatusFault = 1u << 1;
constexpr std::uint32_t kIrqStatusHung = 1u << 2;

constexpr std::uint32_t kRingBase = 0x030;  // 64 bits
constexpr int kRingBaseLowLow = 0;
constexpr int kRingBaseLowBits = 32;
constexpr int kRingBaseHighLow = 32;
constexpr int kRingBaseHighBits = 32;

constexpr std::uint32_t kRingSize = 0x038;
constexpr int kRingSizeLog2Low = 0;
constexpr int kRingSizeLog2Bits = 5;

constexpr std::uint32_t kRingHead = 0x03c;

constexpr std::uint32_t kRingTail = 0x040;

constexpr std::uint32_t kTimeout = 0x044;

constexpr std::uint32_t kFaultCode = 0x048;
constexpr int kFaultCodeCodeLow = 0;
constexpr int kFaultCodeCodeBits = 8;

constexpr std::uint32_t kFaultTag = 0x04c;

constexpr std::uint32_t kFaultAddress = 0x050;  // 64 bits

constexpr std::uint32_t kCounter = 0x100;  // 64 bits
constexpr std::uint32_t kCounterStride = 8;
constexpr int kCounterCount = 30;

}  // namespace flashd::device::reg
