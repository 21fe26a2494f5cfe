// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "firmware/commands.h"

namespace flashd::testing {

/// Hardware of commands.c in memory: job memory between guards, a ring of which tests say what
/// happens, and what was sent. Throws std::logic_error if a checked address is none.
class FakeSoc {
 public:
  static constexpr std::uint32_t kBase = 0x80000000;
  static constexpr std::uint32_t kBytes = 0x8000;  ///< offered to the host
  static constexpr std::uint32_t kGuardBytes = 4096;
  static constexpr std::uint8_t kGuard = 0xA5;

  /// `greeted`: as if a host had said hello already.
  explicit FakeSoc(bool greeted = true);

  /// Bytes of the line to the firmware.
  void take(const std::vector<std::uint8_t>& bytes) {
    for (const std::uint8_t byte : bytes) flashd_commands_byte(&commands_, byte);
  }
  /// Bytes of the line from the firmware since the last call.
  std::vector<std::uint8_t> sent() { return std::exchange(line_, {}); }
  std::uint8_t* at(std::uint32_t address) { return &memory_.at(address - kBase + kGuardBytes); }
  bool guards_whole() const;
  const flashd_commands_t& commands() const { return commands_; }

  // What the hardware says, and what was asked of it.
  flashd_identity_t identity{};
  flashd_health_t health{};
  flashd_job_state_t job{};
  std::uint8_t submit_status = 0, wait_status = 0, counters_status = 0, reset_status = 0,
               access_status = 0;
  std::vector<std::uint32_t> submitted;
  std::vector<std::uint32_t> waited;  ///< milliseconds
  std::vector<std::uint8_t> resets;
  int clears = 0, restarts = 0, frame_errors = 0, reads = 0, writes = 0;
  std::map<std::uint32_t, std::uint32_t> registers;

 private:
  static FakeSoc& self(void* context) { return *static_cast<FakeSoc*>(context); }
  static std::uint8_t* range(void* context, std::uint32_t address, std::uint32_t count);

  std::vector<std::uint8_t> memory_;
  std::vector<std::uint8_t> line_;
  flashd_commands_t commands_;
};

/// A frame as it goes on the line.
std::vector<std::uint8_t> frame(std::uint8_t kind, std::uint8_t sequence,
                                const std::vector<std::uint8_t>& body);
/// The same from raw contents, CRC and all.
std::vector<std::uint8_t> stuffed(const std::vector<std::uint8_t>& plain);
std::vector<std::uint8_t> little(std::uint64_t value, int bytes);
std::vector<std::uint8_t> operator+(std::vector<std::uint8_t> a,
                                    const std::vector<std::uint8_t>& b);

/// An answer taken apart.
struct Answer {
  std::uint8_t kind = 0, sequence = 0, status = 0;
  std::vector<std::uint8_t> body;  ///< behind the status
  std::uint32_t u32(std::size_t at) const { return flashd_get32(&body.at(at + 3) - 3); }
};

/// Frames of the line; throws std::runtime_error on a byte that belongs to none.
std::vector<Answer> answers(const std::vector<std::uint8_t>& line);

}  // namespace flashd::testing
