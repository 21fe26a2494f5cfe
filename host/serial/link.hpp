// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "host/serial/frame.hpp"
#include "host/serial/port.hpp"

namespace flashd::serial {

using Seconds = std::chrono::duration<double>;

/// How long a link waits and how often it sends.
struct Patience {
  int tries = 10;        ///< of one command, the first included
  Seconds margin{0.05};  ///< what an answer may take beyond its bytes on the line
  Seconds hello{0.25};   ///< the same for the first command, of a board that may still start
  Seconds longest{2.0};  ///< that doubling a time-out leads to, unless the line itself is slower
  Seconds standstill{30.0};  ///< in which a device with a job counts nothing
};

/// What passed over a line.
struct LinkStatistics {
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t commands = 0;  ///< answered
  std::uint64_t resends = 0;
  std::uint64_t time_outs = 0;
  std::uint64_t spoilt = 0;  ///< frames received that were none, or had a bad CRC
  std::uint64_t stale = 0;   ///< answers to what was not asked, or not any more
};

/// Commands and their answers over a line that may lose, change or delay bytes. A command is sent
/// again, with the same sequence number, when its answer is spoilt or late; the firmware does it
/// once. Time-outs follow the bytes of command and answer, the baud rate, and the time that answers
/// were seen to take, so that a simulated board far slower than its baud rate is served too.
class Link {
 public:
  Link(Port& port, unsigned baud, const Patience& patience);

  /// The body of the answer: its status and what follows. `answer` is the size of what is expected
  /// behind the status, `extra` the time that the firmware may take over it. Throws
  /// host::Error(fault) with one sentence after the last try.
  Bytes exchange(std::uint8_t kind, Bytes body, std::size_t answer, Seconds extra = Seconds{0});

  /// Whether the last exchange needed one try.
  bool clean() const { return clean_; }
  const LinkStatistics& statistics() const { return statistics_; }

 private:
  enum class Outcome { answered, spoilt, late };
  Outcome receive(const Frame& command, Clock::time_point until, bool take_spoilt);
  Seconds time_out(std::uint8_t kind, std::size_t bytes) const;
  void learn(Seconds took, std::size_t bytes);

  Port& port_;
  Patience patience_;
  Receiver receiver_;
  Bytes answer_;
  LinkStatistics statistics_;
  double byte_time_;    ///< seconds, as the baud rate says
  double seen_;         ///< seconds per byte, as answers came; never below byte_time_
  double stretch_ = 1;  ///< doubled by every time-out, until an exchange is clean
  bool learnt_ = false;
  bool clean_ = true;
  std::uint8_t sequence_ = 0;
};

/// Name of a command, for sentences.
std::string command_name(std::uint8_t kind);

}  // namespace flashd::serial
