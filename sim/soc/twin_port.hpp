// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "model/systemc/device.hpp"
#include "model/systemc/memory/bus.hpp"
#include "sim/memory/memory.hpp"
#include "sim/soc/log.hpp"

namespace flashd::soc {

constexpr std::uint64_t kJobBase = 0x8000'0000;
constexpr std::uint64_t kJobBytes = 262144;

/// The bytes of flashd_job_memory, wherever they lie.
class JobBytes {
 public:
  virtual ~JobBytes() = default;
  /// `offset` is below kJobBytes.
  virtual std::uint8_t& at(std::uint64_t offset) = 0;
};

/// The device's side of the SoC's two buses, as flashd_soc_shell's pins show it.
struct DevicePins {
  // From the shell.
  bool reset_n = false;
  bool aw_valid = false, w_valid = false, b_ready = false, ar_valid = false, r_ready = false;
  std::uint32_t address = 0, wdata = 0, strobes = 0;
  // To it.
  bool aw_ready = false, b_valid = false, ar_ready = false, r_valid = false, irq = false;
  std::uint32_t rdata = 0, response = 0;
};

/// The twin of flashd_top (tiny, fine) in the place of flashd_top: registers by AXI4-Lite, memory
/// directly, as the job memory would be without anyone else using it. Cycle by cycle.
class TwinPort final : private twin::Bus {
 public:
  /// `log` may be null: it gets the bursts; the accesses it sees at the pins.
  TwinPort(JobBytes* bytes, TransactionLog* log);

  /// One cycle: pins from the shell in, pins to it out; both as of the cycle before its edge.
  void step(DevicePins* pins);

 private:
  memory::Timing read(twin::Cycle cycle, std::uint64_t address, int beats, void* to) override;
  memory::Timing write(twin::Cycle cycle, std::uint64_t address, int beats,
                       std::uint64_t data_address, const void* from, int bytes) override;
  memory::Timing schedule(twin::Cycle cycle, std::uint64_t address, int beats, bool write);
  void peek(std::uint64_t address, void* to, std::uint64_t bytes);
  void reset();

  JobBytes* bytes_;
  TransactionLog* log_;
  std::unique_ptr<memory::Model> model_;
  std::unique_ptr<twin::Device> device_;
  std::uint64_t cycle_ = 0;   // of the simulation
  std::uint64_t origin_ = 0;  // the device's first
  // An access on its way: cycles until its answer.
  int left_ = 0;
  bool writes_ = false;
  std::uint32_t address_ = 0, data_ = 0;
};

}  // namespace flashd::soc
