// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "firmware/include/flashd_serial.h"
#include "host/device/bus.hpp"
#include "host/device/capabilities.hpp"
#include "host/device/driver.hpp"
#include "host/io/error.hpp"
#include "host/serial/link.hpp"

namespace flashd::serial {

/// What a board says of itself.
struct Hello {
  bool self_test_ran = false, self_test_passed = false;
  std::uint32_t firmware_hash = 0;
  std::uint32_t firmware_version = 0;  ///< major, minor, patch: 8 bits each from bit 16 down
  std::uint32_t clock_hz = 0;
  device::MemoryRange memory;  ///< job memory that is the host's
  device::Identity device;
};

enum class WaitState : std::uint8_t {
  running = FLASHD_SERIAL_WAIT_STATE_RUNNING,
  done = FLASHD_SERIAL_WAIT_STATE_DONE,
  fault = FLASHD_SERIAL_WAIT_STATE_FAULT,
  hung = FLASHD_SERIAL_WAIT_STATE_HUNG,
  stopped = FLASHD_SERIAL_WAIT_STATE_STOPPED,
};

struct Waited {
  WaitState state = WaitState::running;
  device::FaultReport fault;
};

/// What the firmware counts since its start.
struct BoardStatistics {
  std::uint32_t frames = 0, bad_crc = 0, bad_form = 0, resent = 0, overruns = 0, framing = 0,
                bus_errors = 0, jobs = 0, stack_free = 0;
};

enum class ResetKind : std::uint8_t {
  soft = FLASHD_SERIAL_RESET_KIND_SOFT,
  device = FLASHD_SERIAL_RESET_KIND_DEVICE,
  firmware = FLASHD_SERIAL_RESET_KIND_FIRMWARE,
};

/// A command that the firmware refused.
class Refused : public host::Error {
 public:
  Refused(const std::string& sentence, std::uint8_t status)
      : host::Error(host::Exit::fault, sentence), status_(status) {}
  std::uint8_t status() const { return status_; }

 private:
  std::uint8_t status_;
};

/// The commands of the firmware (docs/soc.md, "Frames"). Each throws Refused for a bad status, and
/// host::Error(fault) if no answer came or one of another size.
class Client {
 public:
  Client(const PortName& name, const Patience& patience);
  /// Over a line of bytes that is open already.
  Client(std::unique_ptr<Port> port, unsigned baud, const Patience& patience);

  /// Begins a session. Throws host::Error(unavailable) with one sentence if nothing answers, the
  /// firmware speaks another protocol, it or its device was built from another spec than this
  /// program (both hashes are named), or the self-test did not pass.
  Hello hello();
  void read(std::uint64_t address, gsl::span<std::byte> to);
  void write(std::uint64_t address, gsl::span<const std::byte> from);
  /// The ticket of a descriptor in job memory.
  std::uint32_t submit(std::uint64_t descriptor);
  /// Until the job has ended or the time is over, which a simulated board counts in its own cycles.
  Waited wait(std::uint32_t ticket, std::uint16_t milliseconds);
  device::Counters counters(bool clear);
  void reset(ResetKind kind);
  BoardStatistics statistics();
  /// A register of the device; `value` is written first if there is one.
  std::uint32_t read_register(std::uint16_t address);
  std::uint32_t write_register(std::uint16_t address, std::uint32_t value);

  const std::string& device() const { return port_->device(); }
  /// Time on the line.
  Clock::time_point now() const { return port_->now(); }
  const LinkStatistics& link() const { return link_.statistics(); }

 private:
  /// What follows the status of an answer, of exactly so many bytes.
  Bytes command(std::uint8_t kind, const Bytes& body, std::size_t answer,
                Seconds extra = Seconds{0});
  std::size_t next_chunk(std::size_t left) const;
  void resize_chunk();

  std::unique_ptr<Port> port_;
  Link link_;
  /// Bytes of memory in one command: fewer while the line spoils long frames.
  std::size_t chunk_ = FLASHD_SERIAL_DATA_MAX;
  int clean_chunks_ = 0;
  double wait_seconds_ = 0;  ///< that a millisecond of the board takes beyond one, last time
};

}  // namespace flashd::serial
