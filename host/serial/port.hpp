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

/// A serial line: 8 data bits, no parity, one stop bit, no flow control; ours alone.
class Port {
 public:
  /// Bytes that wait to be read are thrown away. Throws host::Error(unavailable) with one sentence
  /// if there is no such device, it is no serial line, does not take the rate, or is in use.
  explicit Port(const PortName& name);
  ~Port();
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  const std::string& device() const { return device_; }

  // Both throw host::Error(fault) if the line is gone.

  /// False if the line did not take all of it in time.
  bool write(gsl::span<const std::uint8_t> from, Clock::time_point until);
  /// At least one byte, or 0 if none came in time.
  std::size_t read(gsl::span<std::uint8_t> to, Clock::time_point until);

 private:
  struct State;
  std::string device_;
  std::unique_ptr<State> state_;
};

}  // namespace flashd::serial
