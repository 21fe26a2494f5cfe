// SPDX-License-Identifier: Apache-2.0
#include "sim/system/verilated_simulator.hpp"

#include <array>
#include <cstdio>

#include "host/io/error.hpp"
#include "model/device/registers.hpp"

namespace flashd::system {

namespace {

constexpr int kResetCycles = 8;
constexpr int kRegisterPatience = 1000;

[[noreturn]] void refuse(const char* what, std::uint32_t address, const char* how) {
  std::array<char, 96> text{};
  std::snprintf(text.data(), text.size(), "device: the %s of register 0x%03x %s", what,
                static_cast<unsigned>(address), how);
  throw host::Error(host::Exit::fault, text.data());
}

}  // namespace

VerilatedSimulator::VerilatedSimulator(std::unique_ptr<Top> top, const Options& options,
                                       int axi_bits)
    : trace_(trace::open(options.trace, "flashd rtl")),
      top_(std::move(top)),
      memory_(options, axi_bits),
      pins_(axi_bits) {
  if (trace_) top_->start_trace(&trace_->pipeline());
  if (!options.wave.empty()) top_->start_wave(options.wave);
}

void VerilatedSimulator::step() {
  memory_.drive(&pins_, cycle_);
  top_->settle(&pins_);
  memory_.finish(pins_, cycle_);
}

void VerilatedSimulator::reset() {
  memory_.reset();
  Pins quiet(pins_.rdata.bits());
  pins_ = quiet;
  // A falling edge before the first clock: the registers start at random.
  top_->reset(false);
  top_->settle(&pins_);
  top_->reset(true);
  for (int i = 0; i < kResetCycles; ++i, ++cycle_) {
    top_->settle(&pins_);
    top_->edge(&pins_);
  }
  top_->reset(false);
}

void VerilatedSimulator::run(std::uint64_t cycles) {
  for (; cycles != 0; --cycles, ++cycle_) {
    step();
    top_->edge(&pins_);
  }
}

bool VerilatedSimulator::wait_interrupt(std::uint64_t cycles) {
  while (!pins_.irq && cycles-- != 0) run(1);
  return pins_.irq;
}

std::uint32_t VerilatedSimulator::read32(std::uint32_t address) {
  pins_.s_arvalid = true;
  pins_.s_araddr = address;
  pins_.s_rready = true;
  for (int i = 0; i < kRegisterPatience; ++i, ++cycle_) {
    step();
    const bool taken = pins_.s_arvalid && pins_.s_arready;
    const bool given = pins_.s_rvalid;
    const std::uint32_t data = pins_.s_rdata, resp = pins_.s_rresp;
    top_->edge(&pins_);
    if (taken) pins_.s_arvalid = false;
    if (!given) continue;
    ++cycle_;
    pins_.s_rready = false;
    if (resp != 0) refuse("read", address, "was answered with an error");
    return data;
  }
  refuse("read", address, "was not answered");
}

void VerilatedSimulator::write32(std::uint32_t address, std::uint32_t value) {
  if (address == device::reg::kRingTail) memory_.restart();
  pins_.s_awvalid = pins_.s_wvalid = pins_.s_bready = true;
  pins_.s_awaddr = address;
  pins_.s_wdata = value;
  for (int i = 0; i < kRegisterPatience; ++i, ++cycle_) {
    step();
    const bool address_taken = pins_.s_awvalid && pins_.s_awready;
    const bool data_taken = pins_.s_wvalid && pins_.s_wready;
    const bool given = pins_.s_bvalid;
    const std::uint32_t resp = pins_.s_bresp;
    top_->edge(&pins_);
    if (address_taken) pins_.s_awvalid = false;
    if (data_taken) pins_.s_wvalid = false;
    if (!given) continue;
    ++cycle_;
    pins_.s_bready = false;
    if (resp != 0) refuse("write", address, "was answered with an error");
    return;
  }
  refuse("write", address, "was not answered");
}

}  // namespace flashd::system
