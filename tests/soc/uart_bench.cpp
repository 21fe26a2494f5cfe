// SPDX-License-Identifier: Apache-2.0
// flashd_uart against waveforms that are written down here, cycle by cycle, without its counters.
#include <cmath>
#include <cstdint>
#include <deque>
#include <vector>

#include "Vuart.h"
#include "tests/rtl_units/dut.hpp"
#include "tests/soc/units.hpp"

namespace flashd::soc_units {

namespace {

using rtl_units::between;
using rtl_units::chance;
using rtl_units::Checker;
using rtl_units::Dut;
using rtl_units::Random;

constexpr int kRxDepth = 16, kTxDepth = 8;  // as the bench is built

class Bench {
 public:
  Bench(Checker* checker, Random* random, int divisor)
      : checker_(*checker), random_(*random), divisor_(divisor), bit_(divisor < 4 ? 4 : divisor) {
    dut_->clk_i = 0;
    dut_->rst_ni = 0;
    dut_->rx_i = 1;
    dut_->rx_pop_i = 0;
    dut_->tx_push_i = 0;
    dut_->divisor_i = static_cast<std::uint16_t>(divisor);
    dut_.settle();
    dut_.tick();
    dut_->rst_ni = 1;
    rest(8);
  }

  /// One cycle with the line at `level`; the reader takes a byte with probability `take`.
  void cycle(bool level, double take) {
    dut_->rx_i = level;
    dut_->rx_pop_i = chance(random_, take);
    dut_.settle();
    if (dut_->rx_valid_o && dut_->rx_pop_i) got_.push_back(dut_->rx_data_o);
    framing_ += dut_->framing_o;
    overrun_ += dut_->overrun_o;
    line_.push_back(dut_->tx_o);
    dut_.tick();
    dut_->tx_push_i = 0;
  }
  void rest(int cycles, double take = 0.3) {
    for (int i = 0; i < cycles; ++i) cycle(true, take);
  }

  /// Ten levels, each for (1 + error) of a bit, on the line.
  void bits(unsigned frame, double error = 0, double take = 0.3) {
    int done = 0;
    for (int k = 0; k < 10; ++k) {
      const int end = static_cast<int>(std::lround((k + 1) * bit_ * (1 + error)));
      for (; done < end; ++done) cycle(((frame >> k) & 1u) != 0, take);
    }
  }
  static unsigned framed(unsigned byte) { return 0x200u | (byte << 1); }

  void received(const std::vector<int>& wanted, int framing, int overrun, const char* what) {
    rest(12 * bit_, 1.0);
    rest(kRxDepth + 4, 1.0);
    checker_.expect(static_cast<std::int64_t>(got_.size()),
                    static_cast<std::int64_t>(wanted.size()), "bytes", "%s, divisor %d", what,
                    divisor_);
    for (std::size_t i = 0; i < wanted.size() && i < got_.size(); ++i)
      checker_.expect(got_[i], wanted[i], "byte", "%s, divisor %d, %zu", what, divisor_, i);
    checker_.expect(framing_, framing, "framing errors", "%s, divisor %d", what, divisor_);
    checker_.expect(overrun_, overrun, "overruns", "%s, divisor %d", what, divisor_);
    checker_.expect(dut_->rx_count_o, 0, "bytes left", "%s, divisor %d", what, divisor_);
    got_.clear();
    framing_ = overrun_ = 0;
  }

  /// Bytes at random distances, from a sender whose clock is off by `error`.
  void receive(int count, double error) {
    std::vector<int> wanted;
    for (int i = 0; i < count; ++i) {
      wanted.push_back(static_cast<int>(between(random_, 0, 255)));
      bits(framed(static_cast<unsigned>(wanted.back())), error);
      if (chance(random_, 0.5)) rest(static_cast<int>(between(random_, 0, 3 * bit_)));
    }
    received(wanted, 0, 0, "bytes received");
  }

  void noise() {
    std::vector<int> wanted;
    for (int length = 1; length <= bit_ / 2; ++length) {
      for (int i = 0; i < length; ++i) cycle(false, 0.3);
      rest(bit_);
      wanted.push_back(length & 0xff);
      bits(framed(static_cast<unsigned>(wanted.back())));
    }
    received(wanted, 0, 0, "behind noise");
  }

  void framing() {
    std::vector<int> wanted;
    for (int i = 0; i < 20; ++i) {
      bits(framed(static_cast<unsigned>(between(random_, 0, 255))) & 0x1ffu);
      rest(static_cast<int>(between(random_, 3, bit_)));
      wanted.push_back(static_cast<int>(between(random_, 0, 255)));
      bits(framed(static_cast<unsigned>(wanted.back())));
    }
    for (int i = 0; i < 35 * bit_; ++i) cycle(false, 0.3);  // a break: one error
    rest(bit_);
    wanted.push_back(0x55);
    bits(framed(0x55));
    received(wanted, 21, 0, "behind framing errors");
  }

  void overrun() {
    std::vector<int> wanted;
    for (int i = 0; i < kRxDepth + 5; ++i) {
      bits(framed(static_cast<unsigned>(i) * 7u & 0xffu), 0, 0);
      if (i < kRxDepth) wanted.push_back(i * 7 & 0xff);
    }
    rest(bit_, 0);
    checker_.expect(dut_->rx_count_o, kRxDepth, "bytes waiting", "divisor %d", divisor_);
    received(wanted, 0, 5, "of an overrun");
  }

  /// Sends; then the line must be rest and frames, every bit exactly a divisor long.
  void send(int count) {
    rest(20 * bit_);
    line_.clear();
    std::deque<int> wanted;
    int lost = 0;
    for (int i = 0; i < count;) {
      if (chance(random_, 1.2 / (10.0 * bit_))) {
        const int bytes = static_cast<int>(between(random_, 1, kTxDepth + 3));
        for (int k = 0; k < bytes && i < count; ++k, ++i) {
          const int byte = static_cast<int>(between(random_, 0, 255));
          const bool room = dut_->tx_room_o != 0;
          if (room) wanted.push_back(byte);
          lost += !room;
          dut_->tx_push_i = 1;
          dut_->tx_data_i = static_cast<std::uint8_t>(byte);
          cycle(true, 0);
          checker_.expect(dut_->tx_busy_o, 1, "busy", "divisor %d", divisor_);
        }
      }
      cycle(true, 0);
    }
    checker_.expect(lost > 0, 1, "some byte found no room", "divisor %d", divisor_);
    int bound = (count + 2) * 11 * bit_;
    while (dut_->tx_busy_o && --bound > 0) cycle(true, 0);
    rest(3);
    checker_.expect(bound > 0, 1, "sending ends", "divisor %d", divisor_);
    checker_.expect(dut_->tx_room_o, kTxDepth, "room", "divisor %d", divisor_);
    const std::size_t bytes = wanted.size();
    std::size_t at = 0;
    while (at < line_.size()) {
      if (line_[at]) {
        ++at;
        continue;
      }
      if (wanted.empty() || at + 10u * static_cast<unsigned>(bit_) > line_.size()) {
        checker_.expect(1, 0, "a byte too many", "divisor %d", divisor_);
        return;
      }
      const unsigned frame = framed(static_cast<unsigned>(wanted.front()));
      wanted.pop_front();
      for (int k = 0; k < 10 * bit_; ++k, ++at)
        checker_.expect(line_[at], (frame >> (k / bit_)) & 1u, "level", "divisor %d, cycle %d",
                        divisor_, k);
    }
    checker_.expect(static_cast<std::int64_t>(wanted.size()), 0, "bytes not sent",
                    "divisor %d, of %zu", divisor_, bytes);
  }

 private:
  Checker& checker_;
  Random& random_;
  int divisor_;
  int bit_;
  Dut<Vuart> dut_;
  std::vector<int> got_;
  std::vector<bool> line_;  // what it sends
  int framing_ = 0, overrun_ = 0;
};

}  // namespace

bool check_uart(std::uint64_t seed) {
  Checker checker("uart");
  Random random(seed);
  for (const int divisor : {8, 3, 4, 5, 7, 9, 13, 50, 217}) {
    Bench bench(&checker, &random, divisor);
    bench.receive(60, 0);
    if (divisor >= 13) {
      bench.receive(30, 0.02);
      bench.receive(30, -0.02);
    }
    bench.noise();
    bench.framing();
    bench.overrun();
    bench.receive(10, 0);
    bench.send(60);
    bench.receive(10, 0);
  }
  return checker.finish(40000);
}

}  // namespace flashd::soc_units
