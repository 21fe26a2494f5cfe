// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "sim/system/axi_memory.hpp"
#include "sim/system/pins.hpp"
#include "sim/system/plugin.hpp"
#include "sim/trace/file.hpp"

namespace flashd::system {

/// A verilated flashd_top with a memory at its master and the host at its slave.
class VerilatedSimulator final : public Simulator {
 public:
  VerilatedSimulator(std::unique_ptr<Top> top, const Options& options, int axi_bits);

  void reset() override;
  std::uint32_t read32(std::uint32_t address) override;
  void write32(std::uint32_t address, std::uint32_t value) override;
  device::MemoryRange memory() const override { return memory_.range(); }
  void write_memory(std::uint64_t address, gsl::span<const std::byte> from) override {
    memory_.write(address, from);
  }
  void read_memory(std::uint64_t address, gsl::span<std::byte> to) override {
    memory_.read(address, to);
  }
  bool wait_interrupt(std::uint64_t cycles) override;

  std::uint64_t cycle() const override { return cycle_; }
  void run(std::uint64_t cycles) override;
  void inject(FaultKind kind, std::uint64_t after) override { memory_.inject(kind, after); }
  std::optional<std::uint64_t> injected() const override { return memory_.injected(); }
  void cancel() override { memory_.cancel(); }
  std::uint64_t handshakes() const override { return memory_.handshakes(); }

 private:
  void step();

  std::unique_ptr<trace::TraceFile> trace_;  ///< outlives what reports to it
  std::unique_ptr<Top> top_;
  AxiMemory memory_;
  Pins pins_;
  std::uint64_t cycle_ = 0;
};

}  // namespace flashd::system
