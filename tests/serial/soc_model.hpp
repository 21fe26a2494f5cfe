// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "firmware/commands.h"
#include "host/api/config.hpp"
#include "host/jobs/rng.hpp"
#include "model/systemc/twin_simulator.hpp"

namespace flashd::testing {

/// What a board does otherwise than it should.
struct Misbehaviour {
  std::uint32_t firmware_hash_change = 0, device_hash_change = 0;
  bool self_test_ran = true, self_test_passed = true;
  /// The device takes no descriptor from the ring.
  bool stands_still = false;
  /// Probability that an answer behind hello has any other body, with a good CRC.
  double lies = 0;
  std::uint64_t seed = 1;
  int byte_us = 0;         ///< that a byte of the line takes in each direction
  int wait_us_per_ms = 0;  ///< that a millisecond of its clock takes
  /// Restart of the firmware, with lost job memory, in front of this command (by count since the
  /// first start); 0: never.
  std::uint64_t restart_before = 0;
};

/// The SoC without its core: the firmware's own commands.c and frame.c, on the twin of the device
/// in the place of the hardware; the ring at the end of the job memory as the firmware keeps it.
class SocModel {
 public:
  static constexpr std::uint32_t kMemoryBase = 0x80000000u;
  static constexpr std::uint32_t kMemoryBytes = 256 * 1024;
  static constexpr std::uint32_t kClockHz = 50000000;

  using Send = std::function<void(const std::uint8_t*, std::uint32_t)>;
  SocModel(Send send, const Misbehaviour& misbehaviour);

  /// A byte of the line.
  void take(std::uint8_t byte);
  /// Frames that were commands, since the first start.
  std::uint64_t starts() const { return starts_; }
  device::Memory& memory() { return *device_; }
  const flashd_commands_t& commands() const { return commands_; }

 private:
  struct Hardware;
  static void sleep(int us);
  void send(const std::uint8_t* bytes, std::uint32_t count);
  void start();
  void program();
  std::uint8_t submit(std::uint32_t descriptor, std::uint32_t* ticket);
  std::uint8_t wait(std::uint32_t ticket, std::uint32_t milliseconds, flashd_job_state_t* state);

  Send send_;
  Misbehaviour misbehaviour_;
  jobs::Rng rng_;
  std::unique_ptr<twin::TwinSimulator> device_;
  flashd_commands_t commands_{};
  std::uint32_t issued_ = 0;  ///< since the firmware's start
  std::uint32_t first_ = 1;   ///< ticket of slot 0 since the last reset of the device
  std::uint32_t tail_ = 0;
  std::uint32_t tags_[1u << FLASHD_SERIAL_RING_SLOTS_LOG2] = {};
  std::uint64_t starts_ = 0;
  std::uint64_t frames_ = 0;
  std::uint64_t waits_ = 0;
  bool restart_due_ = false;
};

}  // namespace flashd::testing
