// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <fstream>
#include <optional>
#include <string>

#include "host/serial/port.hpp"
#include "sim/netlist/simulator.hpp"
#include "sim/soc/wire.hpp"

namespace flashd::netlist {

/// Ports of a board's top and the speed of its line.
struct BoardPins {
  std::string receive, send, leds, button;
  unsigned clock_hz = 0, baud = 0;

  int cycles_per_bit() const { return static_cast<int>(clock_hz / baud); }
};

/// The netlist of a whole board, from the PLL on: a serial line, LEDs, a button that is not
/// pressed. The PLL locks after a few cycles.
class Board {
 public:
  static constexpr std::size_t kLeds = 8;

  /// `trace`: a file for the pins, a line `CYCLE LOCKED RECEIVE SEND LEDS` when one of them changes
  /// (LEDs in hexadecimal), as they are at the end of the cycle; empty: none. Throws host::Error.
  Board(const Netlist& netlist, const BoardPins& pins, std::uint64_t seed, std::uint64_t limit,
        const std::string& trace);

  /// One cycle of the clock. Throws host::Error(mismatch) behind the limit.
  void step();

  std::uint64_t cycle() const { return cycle_; }
  std::uint8_t leds() const { return leds_; }
  const Simulator& simulator() const { return simulator_; }
  const BoardPins& pins() const { return pins_; }
  /// Bytes that came without their stop bit.
  std::uint64_t framing() const { return framing_; }

  void put(std::uint8_t byte) { to_board_.push_back(byte); }
  bool get(std::uint8_t* byte);

 private:
  void log(bool locked, bool level);

  BoardPins pins_;
  Simulator simulator_;
  Net receive_, send_, lock_;
  std::vector<Net> led_nets_;
  soc::Sender sender_;
  soc::Receiver receiver_;
  std::deque<std::uint8_t> to_board_, from_board_;
  std::uint64_t limit_, cycle_ = 0, framing_ = 0;
  std::uint8_t leds_ = 0;
  std::optional<std::ofstream> trace_;
  std::string last_;
};

/// The host's end of the board's line; its time is that of the board's clock.
class BoardPort final : public serial::Port {
 public:
  explicit BoardPort(Board& board) : Port("netlist"), board_(board) {}

  bool write(gsl::span<const std::uint8_t> from, serial::Clock::time_point until) override;
  std::size_t read(gsl::span<std::uint8_t> to, serial::Clock::time_point until) override;
  serial::Clock::time_point now() const override;

 private:
  Board& board_;
};

}  // namespace flashd::netlist
