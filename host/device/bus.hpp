// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <gsl/span>

namespace flashd::device {

/// Addresses that a device's master reaches.
struct MemoryRange {
  std::uint64_t base = 0;  ///< a multiple of 4096
  std::uint64_t bytes = 0;
};

/// The memory that a device's master reaches.
class Memory {
 public:
  virtual ~Memory() = default;
  Memory() = default;
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  virtual MemoryRange memory() const = 0;
  /// Both need a range inside memory(); what was never written reads as anything.
  virtual void write_memory(std::uint64_t address, gsl::span<const std::byte> from) = 0;
  virtual void read_memory(std::uint64_t address, gsl::span<std::byte> to) = 0;
};

/// What a driver needs of a device: registers, memory and time.
class Bus : public Memory {
 public:
  /// rst_ni; memory keeps its contents.
  virtual void reset() = 0;
  /// Registers (spec/flashd.rdl). Throws host::Error(fault) if the slave answers with an error or
  /// not at all.
  virtual std::uint32_t read32(std::uint32_t address) = 0;
  virtual void write32(std::uint32_t address, std::uint32_t value) = 0;

  /// Lets time pass until the interrupt is raised or about so many cycles are over; true if it is
  /// raised. Returns at once if it is raised already.
  virtual bool wait_interrupt(std::uint64_t cycles) = 0;
};

}  // namespace flashd::device
