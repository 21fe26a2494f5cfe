// SPDX-License-Identifier: Apache-2.0
#include "sim/netlist/board.hpp"

#include <cstdio>

#include "host/io/error.hpp"

namespace flashd::netlist {

namespace {

constexpr std::uint64_t kLockCycles = 16;

}  // namespace

Board::Board(const Netlist& netlist, const BoardPins& pins, std::uint64_t seed, std::uint64_t limit,
             const std::string& trace)
    : pins_(pins),
      simulator_(netlist, seed),
      receive_(netlist.input(pins.receive, 1)[0]),
      send_(netlist.output(pins.send, 1)[0]),
      lock_(netlist.input("LOCK", 1)[0]),
      led_nets_(netlist.output(pins.leds, kLeds)),
      sender_(pins.cycles_per_bit()),
      receiver_(pins.cycles_per_bit()),
      limit_(limit) {
  simulator_.set(receive_, true);
  simulator_.set(netlist.input(pins.button, 1)[0], false);
  if (trace.empty()) return;
  trace_.emplace(trace);
  if (!*trace_) throw host::bad_input(trace, "cannot be written");
}

bool Board::get(std::uint8_t* byte) {
  if (from_board_.empty()) return false;
  *byte = from_board_.front();
  from_board_.pop_front();
  return true;
}

void Board::step() {
  if (cycle_ == limit_)
    throw host::Error(host::Exit::mismatch,
                      "the board is not done after " + std::to_string(cycle_) + " cycles");
  if (sender_.idle() && !to_board_.empty()) {
    sender_.start(0x200u | (unsigned{to_board_.front()} << 1));
    to_board_.pop_front();
  }
  const bool level = sender_.step(), locked = cycle_ >= kLockCycles;
  simulator_.set(receive_, level);
  simulator_.set(lock_, locked);
  simulator_.clock();
  ++cycle_;
  leds_ = 0;
  for (std::size_t i = 0; i < kLeds; ++i)
    leds_ = static_cast<std::uint8_t>(leds_ | (simulator_.get(led_nets_[i]) ? 1u << i : 0u));
  const int byte = receiver_.step(simulator_.get(send_));
  if (byte == soc::Receiver::kFraming)
    ++framing_;
  else if (byte != soc::Receiver::kNone)
    from_board_.push_back(static_cast<std::uint8_t>(byte));
  if (trace_) log(locked, level);
}

void Board::log(bool locked, bool level) {
  char text[16];
  std::snprintf(text, sizeof text, "%d %d %d %02x", locked, level, simulator_.get(send_), leds_);
  if (text == last_) return;
  last_ = text;
  *trace_ << cycle_ << ' ' << last_ << '\n';
}

bool BoardPort::write(gsl::span<const std::uint8_t> from, serial::Clock::time_point) {
  for (const std::uint8_t byte : from) board_.put(byte);
  return true;
}

std::size_t BoardPort::read(gsl::span<std::uint8_t> to, serial::Clock::time_point until) {
  std::size_t count = 0;
  while (count < to.size() && board_.get(&to[count])) ++count;
  while (count == 0 && now() < until) {
    board_.step();
    if (board_.get(&to[0])) count = 1;
  }
  return count;
}

serial::Clock::time_point BoardPort::now() const {
  const std::chrono::duration<double> time(static_cast<double>(board_.cycle()) /
                                           board_.pins().clock_hz);
  return serial::Clock::time_point(std::chrono::duration_cast<serial::Clock::duration>(time));
}

}  // namespace flashd::netlist
