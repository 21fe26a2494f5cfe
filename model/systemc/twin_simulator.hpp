// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "model/systemc/device.hpp"
#include "sim/memory/memory.hpp"
#include "sim/system/plugin.hpp"
#include "sim/system/sparse_bytes.hpp"
#include "sim/trace/file.hpp"

namespace flashd::twin {

/// The twin with a memory of its own, behind the interface of the verilated device.
class TwinSimulator final : public system::Simulator, private Bus {
 public:
  struct Settings {
    bool timing_only = false;  ///< no data: outputs are not written, counters of data stay 0
    bool stepping = false;     ///< cycle by cycle, never more at once
  };
  /// Throws std::invalid_argument (memory model, trace) with one sentence.
  TwinSimulator(const Parameters& p, const system::Options& options, const Settings& settings);

  void reset() override;
  std::uint32_t read32(std::uint32_t address) override { return device_.read32(address); }
  void write32(std::uint32_t address, std::uint32_t value) override;
  device::MemoryRange memory() const override { return range_; }
  void write_memory(std::uint64_t address, gsl::span<const std::byte> from) override {
    bytes_.write(address, from);
  }
  void read_memory(std::uint64_t address, gsl::span<std::byte> to) override {
    bytes_.read(address, to);
  }
  bool wait_interrupt(std::uint64_t cycles) override;

  std::uint64_t cycle() const override { return device_.now(); }
  void run(std::uint64_t cycles) override;
  /// The twin's memory makes no mistakes: faults are injected into the RTL.
  void inject(system::FaultKind, std::uint64_t) override {}
  std::optional<std::uint64_t> injected() const override { return std::nullopt; }
  void cancel() override {}
  std::uint64_t handshakes() const override { return bursts_; }

 private:
  memory::Timing read(Cycle cycle, std::uint64_t address, int beats, void* to) override;
  memory::Timing write(Cycle cycle, std::uint64_t address, int beats, std::uint64_t data_address,
                       const void* from, int bytes) override;
  memory::Timing schedule(Cycle cycle, std::uint64_t address, int beats, bool write);

  Parameters p_;
  system::Options options_;
  device::MemoryRange range_;
  system::SparseBytes bytes_;
  std::unique_ptr<memory::Model> model_;
  bool restart_ = true;
  std::uint64_t origin_ = 0;
  std::uint64_t bursts_ = 0;
  std::unique_ptr<trace::TraceFile> trace_;
  Device device_;
};

}  // namespace flashd::twin
