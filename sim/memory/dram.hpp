// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/memory/memory.hpp"

namespace flashd::memory {

/// Timing of one channel, in its clock cycles unless said otherwise.
struct TimingSet {
  const char* name;
  std::uint64_t clock_ps;         ///< period of its clock
  std::uint32_t groups;           ///< bank groups; successive columns lie in successive groups
  std::uint32_t banks;            ///< per group
  std::uint32_t row_bytes;        ///< of one bank, all devices of the channel together
  std::uint32_t column_bytes;     ///< of one access
  std::uint32_t column_clocks;    ///< data bus cycles of one access (tCCD_S)
  std::uint32_t cl, cwl;          ///< command to data: read, write
  std::uint32_t trcd, trp, tras;  ///< activate to column, precharge, activate to precharge
  std::uint32_t trrd, tfaw;       ///< activate to activate, window of four activates
  std::uint32_t trtp, twr, twtr;  ///< read to precharge, write data to precharge, to read
  std::uint32_t trfc, trefi;      ///< length and interval of refreshes
  const char* source;             ///< of the figures
};

/// All timing sets.
const std::vector<TimingSet>& timing_sets();

/// One channel of DRAM behind a controller that serves bursts in order with open rows. Address bits
/// from the bottom: column, bank group, column, bank, row; the bank is exchanged by exclusive or
/// with the low bits of the row, so that arrays a power of two apart meet in different banks.
/// Refresh waits for the end of a burst. The controller adds kController to every access and holds
/// back no address; a read beat is passed on when its bytes are in.
class Dram final : public Model {
 public:
  static constexpr std::uint64_t kControllerPs = 20000;  ///< both ways together; our assumption

  /// `mhz`: device clock, 1 to 10000.
  Dram(const TimingSet& set, std::uint64_t mhz);
  Timing schedule(const Burst& burst) override;

 private:
  struct Bank {
    bool open = false;
    std::uint64_t row = 0;
    std::uint64_t column_ready = 0;  ///< all times in picoseconds
    std::uint64_t precharge_ready = 0;
    std::uint64_t activate_ready = 0;
  };

  std::uint64_t ps(std::uint64_t clocks) const { return clocks * set_.clock_ps; }
  /// Opens the row in the bank, not before `now`.
  void open(Bank& bank, std::uint64_t row, std::uint64_t now);
  /// Refreshes that are due at `now`.
  void refresh(std::uint64_t now);

  const TimingSet& set_;
  std::uint64_t period_ps_;                   ///< of the device clock
  std::vector<Bank> banks_;                   ///< [bank * groups + group]
  std::array<std::uint64_t, 4> activates_{};  ///< the last four, a ring
  std::uint32_t activate_ = 0;
  std::uint64_t bus_free_ = 0;
  bool wrote_ = false;
  std::uint64_t next_refresh_;
  std::uint64_t read_next_ = 0;  ///< first device cycle that no beat has taken
  std::uint64_t write_next_ = 0;
};

}  // namespace flashd::memory
