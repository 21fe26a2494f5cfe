// SPDX-License-Identifier: Apache-2.0
#include "host/serial/link.hpp"

#include <algorithm>
#include <array>

#include "firmware/include/flashd_serial.h"
#include "host/io/error.hpp"

namespace flashd::serial {

namespace {

constexpr int kBitsPerByte = 10;  // start, 8 data bits, stop
/// Spoilt answers of one command that are worth sending again at once: more is noise.
constexpr int kQuickResends = 3;
/// A time-out is so many times the expected time.
constexpr double kSlack = 3;

constexpr std::array<const char*, 10> kNames{"",     "hello",    "read",  "write",      "submit",
                                             "wait", "counters", "reset", "statistics", "register"};

Clock::duration ticks(Seconds seconds) {
  return std::chrono::duration_cast<Clock::duration>(seconds);
}

std::string counted(std::uint64_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

std::string command_name(std::uint8_t kind) {
  return kind < kNames.size() && kind != 0 ? kNames[kind] : std::to_string(kind);
}

Link::Link(Port& port, unsigned baud, const Patience& patience)
    : port_(port),
      patience_(patience),
      byte_time_(static_cast<double>(kBitsPerByte) / baud),
      seen_(byte_time_) {}

Seconds Link::time_out(std::uint8_t kind, std::size_t bytes) const {
  const Seconds margin = kind == FLASHD_SERIAL_HELLO ? patience_.hello : patience_.margin;
  const Seconds expected = margin + Seconds(kSlack * seen_ * static_cast<double>(bytes));
  return std::min(stretch_ * expected, std::max(expected, patience_.longest));
}

void Link::learn(Seconds took, std::size_t bytes) {
  // The first answer counts whole: it is short, and the first long command follows it.
  if (learnt_) took -= patience_.margin;
  const double seen = took.count() / static_cast<double>(bytes);
  // A short answer that was late tells little of the time of a byte.
  const double weight =
      learnt_ ? std::clamp(static_cast<double>(bytes) / 2048, 1.0 / 16, 1.0 / 2) : 1;
  seen_ = std::max(byte_time_, seen_ + weight * (seen - seen_));
  learnt_ = true;
}

Link::Outcome Link::receive(const Frame& command, Clock::time_point until, bool take_spoilt) {
  std::array<std::uint8_t, 256> bytes{};
  while (true) {
    const std::size_t count = port_.read(bytes, until);
    if (count == 0) return Outcome::late;
    statistics_.bytes_received += count;
    Outcome outcome = Outcome::late;
    for (std::size_t i = 0; i < count; ++i) {
      const Receiver::Event event = receiver_.take(bytes[i]);
      if (event == Receiver::Event::spoilt) {
        ++statistics_.spoilt;
        if (outcome != Outcome::answered) outcome = Outcome::spoilt;
      } else if (event == Receiver::Event::good) {
        const Frame& frame = receiver_.frame();
        // Only one answer is asked for: the first is taken, what is behind it is old.
        const bool ours = frame.kind == (command.kind | FLASHD_SERIAL_ANSWER_BIT) &&
                          frame.sequence == command.sequence && !frame.body.empty();
        if (ours && outcome != Outcome::answered) {
          answer_ = frame.body;
          outcome = Outcome::answered;
        } else {
          ++statistics_.stale;
        }
      }
    }
    if (outcome == Outcome::answered || (outcome == Outcome::spoilt && take_spoilt)) return outcome;
  }
}

Bytes Link::exchange(std::uint8_t kind, Bytes body, std::size_t answer, Seconds extra) {
  const Frame command{kind, sequence_++, std::move(body)};
  const Bytes code = encode(command);
  const std::size_t bytes = code.size() + line_bytes(answer + 1);
  const LinkStatistics before = statistics_;
  // A zero in front ends whatever the firmware took for the beginning of a frame.
  Bytes again{0};
  again.insert(again.end(), code.begin(), code.end());
  int quick = 0;
  for (int tries = 0; tries < patience_.tries; ++tries) {
    const bool first = tries == 0 && kind != FLASHD_SERIAL_HELLO;
    if (tries > 0) ++statistics_.resends;
    const Bytes& sent = first ? code : again;
    const Clock::time_point start = port_.now();
    const Clock::time_point until = start + ticks(time_out(kind, bytes) + extra);
    statistics_.bytes_sent += sent.size();
    const Outcome outcome =
        port_.write(sent, until) ? receive(command, until, quick < kQuickResends) : Outcome::late;
    if (outcome == Outcome::answered) {
      clean_ = tries == 0;
      if (clean_) {
        stretch_ = 1;
        if (extra == Seconds{0}) learn(port_.now() - start, bytes);
      }
      ++statistics_.commands;
      return std::move(answer_);
    }
    clean_ = false;
    if (outcome == Outcome::spoilt) {
      ++quick;
    } else {
      ++statistics_.time_outs;
      stretch_ *= 2;
    }
  }
  stretch_ = 1;
  const std::uint64_t received = statistics_.bytes_received - before.bytes_received;
  const std::uint64_t spoilt = statistics_.spoilt - before.spoilt;
  throw host::Error(host::Exit::fault,
                    "serial line " + port_.device() + ": no answer to '" + command_name(kind) +
                        "' after " + std::to_string(patience_.tries) + " tries; " +
                        (received == 0 ? "nothing was received"
                                       : counted(received, "byte") + " and " +
                                             counted(spoilt, "spoilt frame") + " were received"));
}

}  // namespace flashd::serial
