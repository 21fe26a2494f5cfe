// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <gsl/span>

namespace flashd::serial {

using Clock = std::chrono::steady_clock;

/// "DEVICE" or "DEVICE@BAUD".
struct PortName {
  std::string device;
  unsigned baud = 1000000;
};

/// Throws host::Error(usage) for an empty device or a baud rate that is no number.
PortName parse_port(const std::string& text);

/// A line of bytes to a board and back, with its own time.
class Port {
 public:
  explicit Port(std::string device) : device_(std::move(device)) {}
  virtual ~Port() = default;
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  const std::string& device() const { return device_; }

  // Both throw host::Error(fault) if the line is gone.

  /// False if the line did not take all of it in time.
  virtual bool write(gsl::span<const std::uint8_t> from, Clock::time_point until) = 0;
  /// At least one byte, or 0 if none came in time.
  virtual std::size_t read(gsl::span<std::uint8_t> to, Clock::time_point until) = 0;
  /// What time it is on this line: a simulated one counts its cycles.
  virtual Clock::time_point now() const { return Clock::now(); }

 private:
  std::string device_;
};

/// A serial line of this machine: 8 data bits, no parity, one stop bit, no flow control; ours
/// alone. Bytes that wait to be read are thrown away. Throws host::Error(unavailable) with one
/// sentence if there is no such device, it is no serial line, does not take the rate, or is in use.
std::unique_ptr<Port> open_port(const PortName& name);

}  // namespace flashd::serial
