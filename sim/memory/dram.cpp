// SPDX-License-Identifier: Apache-2.0
#include "sim/memory/dram.hpp"

#include <algorithm>

namespace flashd::memory {

namespace {

constexpr const char* kDdr4 =
    "Micron MT40A1G8-083E (JESD79-4), 8 of them as one 64-bit rank, as in DRAMsim3 "
    "DDR4_8Gb_x8_2400.ini; tRTP 7.5 ns from JESD79-4";
constexpr const char* kDdr3 =
    "JESD79-3F, 4 Gb x16, 64-bit rank, as in DRAMsim3 DDR3_4Gb_x16_1600.ini";
constexpr const char* kHbm2 = "JESD235A, one 128-bit channel, as in DRAMsim3 HBM2_8Gb_x128.ini";

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

}  // namespace

const std::vector<TimingSet>& timing_sets() {
  static const std::vector<TimingSet> sets = {
      //            ps   gr ba row   col clk cl  cwl rcd rp  ras rrd faw rtp wr  wtr rfc  refi
      {"ddr4-2400", 833, 4, 4, 8192, 64, 4, 16, 16, 16, 16, 39, 4, 26, 9, 19, 9, 420, 9364, kDdr4},
      {"ddr3-1600", 1250, 1, 8, 8192, 64, 4, 11, 8, 11, 11, 28, 5, 32, 6, 12, 6, 208, 6240, kDdr3},
      {"hbm2-2000", 1000, 4, 4, 1024, 32, 1, 14, 4, 14, 14, 34, 4, 30, 6, 16, 8, 260, 3900, kHbm2},
  };
  return sets;
}

Dram::Dram(const TimingSet& set, std::uint64_t mhz)
    : set_(set),
      period_ps_(1000000 / mhz),
      banks_(static_cast<std::size_t>(set.groups) * set.banks),
      next_refresh_(ps(set.trefi)) {}

void Dram::refresh(std::uint64_t now) {
  while (now >= next_refresh_) {
    std::uint64_t start = next_refresh_;
    for (const Bank& bank : banks_) {
      if (bank.open) start = std::max(start, bank.precharge_ready + ps(set_.trp));
    }
    for (Bank& bank : banks_) {
      bank.open = false;
      bank.activate_ready = std::max(bank.activate_ready, start + ps(set_.trfc));
    }
    next_refresh_ += ps(set_.trefi);
  }
}

void Dram::open(Bank& bank, std::uint64_t row, std::uint64_t now) {
  if (bank.open && bank.row == row) return;
  std::uint64_t activate = std::max(now, bank.activate_ready);
  if (bank.open) activate = std::max(activate, std::max(now, bank.precharge_ready) + ps(set_.trp));
  const std::uint64_t last = activates_[(activate_ + 3) % 4];
  if (last != 0) activate = std::max(activate, last + ps(set_.trrd));
  if (activates_[activate_] != 0)
    activate = std::max(activate, activates_[activate_] + ps(set_.tfaw));
  activates_[activate_] = activate;
  activate_ = (activate_ + 1) % 4;
  bank.open = true;
  bank.row = row;
  bank.column_ready = activate + ps(set_.trcd);
  bank.precharge_ready = activate + ps(set_.tras);
}

Timing Dram::schedule(const Burst& burst) {
  const std::uint64_t now = burst.cycle * period_ps_ + kControllerPs / 2;
  refresh(std::max(now, bus_free_));

  // A burst stays within 4 KB, so within one row of every group.
  const std::uint64_t bytes = std::uint64_t{burst.beats} * burst.beat_bytes;
  const std::uint64_t first = burst.address / set_.column_bytes;
  const std::uint64_t columns = (burst.address + bytes - 1) / set_.column_bytes - first + 1;
  const std::uint64_t row_columns = std::uint64_t{set_.row_bytes} / set_.column_bytes * set_.groups;
  std::uint64_t column_ready = now;
  std::uint64_t data = 0;
  const std::uint64_t latency = ps(burst.write ? set_.cwl : set_.cl);
  std::uint64_t piece = first;
  const std::uint64_t end = first + columns;
  std::uint64_t finish = 0;
  bool started = false;
  while (piece < end) {
    const std::uint64_t stop = std::min(end, (piece / row_columns + 1) * row_columns);
    const std::uint64_t page = piece / row_columns;
    const std::uint64_t row = page / set_.banks;
    const std::uint64_t bank = (page ^ row) % set_.banks;
    for (std::uint64_t group = 0; group < std::min<std::uint64_t>(set_.groups, stop - piece);
         ++group) {
      Bank& touched = banks_[bank * set_.groups + (piece + group) % set_.groups];
      open(touched, row, now);
      column_ready = std::max(column_ready, touched.column_ready);
    }
    std::uint64_t bus = std::max(bus_free_, finish);
    if (wrote_ != burst.write) bus += ps(wrote_ ? set_.twtr + set_.cl : 2);
    const std::uint64_t start = std::max(column_ready + latency, bus);
    finish = start + (stop - piece) * ps(set_.column_clocks);
    if (!started) data = start;
    started = true;
    wrote_ = burst.write;
    bus_free_ = finish;
    for (std::uint64_t group = 0; group < std::min<std::uint64_t>(set_.groups, stop - piece);
         ++group) {
      Bank& touched = banks_[bank * set_.groups + (piece + group) % set_.groups];
      const std::uint64_t recover =
          burst.write ? finish + ps(set_.twr) : finish - latency + ps(set_.trtp);
      touched.precharge_ready = std::max(touched.precharge_ready, recover);
    }
    piece = stop;
  }

  Timing timing;
  timing.accept = burst.cycle;
  Beats& beats = timing.beats;
  // A beat takes beat_bytes column_clocks clock / column_bytes, at least one device cycle.
  beats.num = burst.beat_bytes * ps(set_.column_clocks);
  beats.den = set_.column_bytes * period_ps_;
  if (beats.num < beats.den) beats.num = beats.den;
  std::uint64_t& next = burst.write ? write_next_ : read_next_;
  const std::uint64_t beat_ps =
      ceil_div(burst.beat_bytes * ps(set_.column_clocks), set_.column_bytes);
  const std::uint64_t ready = burst.write ? data : data + beat_ps + kControllerPs / 2;
  beats.first = std::max(next, ceil_div(ready, period_ps_));
  if (burst.write) {
    beats.first = std::max(beats.first, burst.cycle);
    timing.response = ceil_div(kControllerPs, period_ps_);
  } else {
    beats.first = std::max(beats.first, burst.cycle + 1);
  }
  next = beats.at(burst.beats - 1) + 1;
  // A gap in the middle of a burst, where it leaves one row: the last bytes decide.
  const std::uint64_t last = ceil_div(finish + (burst.write ? 0 : kControllerPs / 2), period_ps_);
  if (last > beats.at(burst.beats - 1)) {
    beats.first += last - beats.at(burst.beats - 1);
    next = last + 1;
  }
  return timing;
}

}  // namespace flashd::memory
