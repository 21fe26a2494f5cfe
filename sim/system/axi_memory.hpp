// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gsl/span>

#include "host/device/bus.hpp"
#include "sim/memory/memory.hpp"
#include "sim/system/pins.hpp"
#include "sim/system/plugin.hpp"
#include "sim/system/sparse_bytes.hpp"

namespace flashd::system {

/// AXI4 slave with memory behind it, in the time of a memory model. Answers DECERR outside its
/// range. Throws host::Error(internal) with a sentence when the master breaks the protocol.
class AxiMemory {
 public:
  AxiMemory(const Options& options, int axi_bits);

  void write(std::uint64_t address, gsl::span<const std::byte> from);
  void read(std::uint64_t address, gsl::span<std::byte> to) const;
  const device::MemoryRange& range() const { return range_; }

  /// Drives the inputs of this cycle from the outputs as they are after the clock edge.
  void drive(Pins* pins, std::uint64_t cycle);
  /// Takes the handshakes of the cycle.
  void finish(const Pins& pins, std::uint64_t cycle);
  /// Forgets everything in flight; a silent memory speaks again.
  void reset();
  /// The next address on a quiet bus meets a fresh memory model whose cycle 0 is that address's: a
  /// job sees the same times whatever happened before it.
  void restart() { restart_ = true; }

  void inject(FaultKind kind, std::uint64_t after);
  void cancel() { fault_.reset(); }
  std::optional<std::uint64_t> injected() const { return injected_; }
  std::uint64_t handshakes() const { return handshakes_; }

 private:
  struct Flight {
    memory::Timing timing;
    std::uint64_t address = 0;
    std::uint32_t beats = 0;
    std::uint32_t done = 0;
    bool inside = true;  ///< of the memory
  };
  struct Response {
    std::uint64_t earliest = 0;
    std::uint64_t address = 0;
    bool inside = true;
  };
  struct Fault {
    FaultKind kind;
    std::uint64_t left;
  };
  /// What was on an address channel in the cycle before, if it was not taken.
  struct Waiting {
    bool scheduled = false;
    std::uint64_t address = 0;
    std::uint32_t length = 0;
    std::uint64_t accept = 0;
  };

  void schedule(Address* channel, bool write, std::uint64_t cycle);
  bool inside(std::uint64_t address, std::uint64_t bytes) const;
  /// True if the fault of this kind strikes now.
  bool strikes(bool write, std::uint64_t address);
  /// A handshake happened; a memory to fall silent counts them.
  void count(std::uint64_t address);
  [[noreturn]] static void broken(const std::string& sentence);

  Options options_;
  device::MemoryRange range_;
  std::uint32_t beat_bytes_;
  SparseBytes bytes_;
  std::unique_ptr<memory::Model> model_;
  std::uint64_t origin_ = 0;
  bool restart_ = false;
  std::deque<Flight> reads_, writes_;
  std::deque<Response> responses_;
  std::uint64_t next_response_ = 0;
  Waiting read_wait_, write_wait_;
  std::optional<Fault> fault_;
  std::optional<std::uint64_t> injected_;
  bool silent_ = false;
  std::uint32_t read_resp_ = 0;  ///< of the beat on the bus
  bool read_shown_ = false;
  std::uint32_t write_resp_ = 0;
  bool write_shown_ = false;
  std::uint64_t handshakes_ = 0;
};

}  // namespace flashd::system
