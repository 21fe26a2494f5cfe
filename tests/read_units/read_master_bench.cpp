// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>

#include "Vmaster512.h"
#include "Vmaster64.h"
#include "tests/read_units/memory.hpp"
#include "tests/read_units/units.hpp"
#include "tests/rtl_units/dut.hpp"

namespace flashd::read_units {

namespace {

using namespace rtl_units;

constexpr int kClients = 7;

struct Segment {
  std::uint64_t address = 0;
  std::int64_t beats = 0;
};

struct Burst {
  std::uint64_t address = 0;
  std::int64_t beats = 0;
  int client = 0;
  bool last = false;  ///< of its segment
};

struct Mood {
  double request, ar_ready, data, error;
};

/// One master against a memory that takes and answers at random.
template <class Model>
class Bench {
 public:
  Bench(int axi_bits, std::uint64_t seed, Checker* checker)
      : bytes_(axi_bits / 8), random_(seed), checker_(checker) {
    dut_->rst_ni = 0;
    dut_->abort_i = 0;
    dut_.tick();
    dut_->rst_ni = 1;
  }

  void run(const Mood& mood, int cycles) {
    for (int i = 0; i < cycles; ++i) cycle(mood);
    while (!idle()) cycle({0.0, std::max(mood.ar_ready, 0.5), std::max(mood.data, 0.5), 0.0});
  }

  /// Raises abort_i in the middle of things and waits for the drain.
  void abort(const Mood& mood) {
    for (int i = 0; i < 30; ++i) cycle(mood);
    aborted_segments_ += !to_issue_.empty();
    dut_->abort_i = 1;
    to_issue_.clear();  // but what is on AR already
    for (int i = 0; i < 3 || !drained_; ++i) cycle({mood.request, 0.5, 0.5, 0.0});
    checker_->expect(static_cast<std::int64_t>(accepted_.size()), 0, "bursts", "after the drain");
    pending_ = {};  // the clients are reset, the master is not
    on_ar_ = false;
    cycle({0.0, 0.5, 0.5, 0.0});
    dut_->abort_i = 0;
  }

  int aborted_segments() const { return aborted_segments_; }

  /// With nobody waiting, a burst per cycle: cycles between the first and the last of one-beat
  /// segments.
  void speed() {
    const std::uint64_t start = cycle_;
    const std::uint64_t before = handshakes_;
    for (int i = 0; i < 200; ++i)
      cycle(
          {
              1.0,
              1.0,
              1.0,
              0.0,
          },
          1);
    checker_->expect(static_cast<std::int64_t>(handshakes_ - before),
                     static_cast<std::int64_t>(cycle_ - start) - 1, "bursts", "200 cycles");
    while (!idle()) cycle({0.0, 1.0, 1.0, 0.0});
  }

 private:
  bool idle() const {
    if (!accepted_.empty() || !to_issue_.empty() || on_ar_) return false;
    return std::none_of(pending_.begin(), pending_.end(), [](const Segment& s) { return s.beats; });
  }

  void cycle(const Mood& mood, std::int64_t beats = 0) {
    for (int c = 0; c < kClients; ++c) {
      Segment& s = pending_[static_cast<std::size_t>(c)];
      if (s.beats == 0 && chance(random_, mood.request)) s = segment(beats);
      put(dut_->req_valid_i, c, 1, s.beats != 0);
      put(dut_->req_addr_i, 48 * c, 48, s.address);
      put(dut_->req_beats_i, 24 * c, 24, static_cast<std::uint64_t>(s.beats));
    }
    const bool ar_ready = chance(random_, mood.ar_ready);
    const bool data = !accepted_.empty() && chance(random_, mood.data);
    const bool error = data && chance(random_, mood.error);
    const bool decode = chance(random_, 0.5);
    const Burst now = data ? accepted_.front() : Burst{};
    const std::uint64_t address = now.address + static_cast<std::uint64_t>(beat_ * bytes_);
    dut_->ar_ready_i = ar_ready;
    dut_->r_valid_i = data;
    dut_->r_resp_i = error ? 2 + decode : 0;
    dut_->r_last_i = data && beat_ == now.beats - 1;
    for (int e = 0; e < bytes_ / 2; ++e)
      put(dut_->r_data_i, 16 * e, 16, element_at(address + static_cast<std::uint64_t>(2 * e)));
    dut_.settle();

    // Data.
    checker_->expect(dut_->beat_valid_o, data ? 1 << now.client : 0, "beat_valid", "cycle %llu",
                     cycle_);
    checker_->expect(dut_->tap_beat_o, data, "tap_beat", "cycle %llu", cycle_);
    checker_->expect(dut_->error_o, error, "error", "cycle %llu", cycle_);
    checker_->expect(dut_->r_ready_o, 1, "r_ready", "cycle %llu", cycle_);
    if (data) {
      const int e = static_cast<int>(between(random_, 0, bytes_ / 2 - 1));
      checker_->expect(static_cast<std::int64_t>(get(dut_->beat_data_o, 16 * e, 16)),
                       element_at(address + static_cast<std::uint64_t>(2 * e)), "data",
                       "cycle %llu", cycle_);
      checker_->expect(dut_->beat_last_o, now.last && beat_ == now.beats - 1, "last", "cycle %llu",
                       cycle_);
    }
    if (error) {
      checker_->expect(static_cast<std::int64_t>(dut_->error_addr_o),
                       static_cast<std::int64_t>(address), "error address", "cycle %llu", cycle_);
      checker_->expect(dut_->error_dec_o, decode, "DECERR", "cycle %llu", cycle_);
    }

    // Addresses: on AR exactly from the cycle after the grant on.
    checker_->expect(dut_->ar_valid_o, on_ar_, "ar_valid", "cycle %llu", cycle_);
    drained_ = !on_ar_ && accepted_.empty();
    checker_->expect(dut_->drained_o, drained_, "drained", "cycle %llu", cycle_);
    if (on_ar_) {
      checker_->expect(static_cast<std::int64_t>(dut_->ar_addr_o),
                       static_cast<std::int64_t>(ar_.address), "ar_addr", "cycle %llu", cycle_);
      checker_->expect(dut_->ar_len_o, ar_.beats - 1, "ar_len", "cycle %llu", cycle_);
      const auto page = [](std::uint64_t a) { return static_cast<std::int64_t>(a >> 12); };
      checker_->expect(page(ar_.address + static_cast<std::uint64_t>(ar_.beats * bytes_) - 1),
                       page(ar_.address), "4 KB page", "cycle %llu", cycle_);
    }
    const bool taken = on_ar_ && ar_ready;
    checker_->expect(dut_->tap_burst_o, taken, "tap_burst", "cycle %llu", cycle_);
    const bool abort = dut_->abort_i != 0;
    const bool can_load = (!on_ar_ || ar_ready) && accepted_.size() + on_ar_ < 16 && !abort;
    const bool grant = can_load && to_issue_.empty();
    int winner = -1;
    for (int c = kClients - 1; c >= 0; --c)
      if (pending_[static_cast<std::size_t>(c)].beats != 0) winner = c;
    checker_->expect(dut_->req_ready_o, grant && winner >= 0 ? 1 << winner : 0, "req_ready",
                     "cycle %llu", cycle_);
    if (taken) {
      ++handshakes_;
      accepted_.push_back(ar_);
      on_ar_ = false;
    }
    if (grant && winner >= 0) {
      cut(pending_[static_cast<std::size_t>(winner)], winner);
      pending_[static_cast<std::size_t>(winner)] = {};
    }
    if (can_load && !to_issue_.empty()) {
      ar_ = to_issue_.front();
      to_issue_.pop_front();
      on_ar_ = true;
    }
    if (data && ++beat_ == now.beats) {
      beat_ = 0;
      accepted_.pop_front();
    }
    dut_.tick();
    ++cycle_;
  }

  Segment segment(std::int64_t beats) {
    Segment s;
    const std::uint64_t page = (random_() & mask(35)) << 12;
    const std::int64_t slots = 4096 / bytes_;
    const std::int64_t slot =
        chance(random_, 0.3) ? slots - between(random_, 1, 3) : between(random_, 0, slots - 1);
    s.address = page + static_cast<std::uint64_t>(slot * bytes_);
    s.beats = beats != 0             ? beats
              : chance(random_, 0.7) ? between(random_, 1, 8)
                                     : between(random_, 1, 1500);
    return s;
  }

  void cut(Segment s, int client) {
    while (s.beats > 0) {
      const auto to_page = static_cast<std::int64_t>(4096 - (s.address & 4095)) / bytes_;
      const std::int64_t n = std::min({s.beats, std::int64_t{256}, to_page});
      to_issue_.push_back({s.address, n, client, n == s.beats});
      s.address += static_cast<std::uint64_t>(n * bytes_);
      s.beats -= n;
    }
  }

  int bytes_;
  Random random_;
  Checker* checker_;
  Dut<Model> dut_;
  std::array<Segment, kClients> pending_{};
  std::deque<Burst> to_issue_;  ///< of the segment being cut
  std::deque<Burst> accepted_;
  Burst ar_;
  bool on_ar_ = false;
  bool drained_ = true;
  int aborted_segments_ = 0;  ///< aborts with bursts left to issue
  std::int64_t beat_ = 0;
  std::uint64_t cycle_ = 0;
  std::uint64_t handshakes_ = 0;
};

template <class Model>
void master(int axi_bits, std::uint64_t seed, Checker* checker) {
  Bench<Model> bench(axi_bits, seed, checker);
  bench.run({0.02, 1.0, 1.0, 0.0}, 20000);
  bench.run({0.3, 0.3, 0.9, 0.02}, 20000);
  bench.run({0.3, 0.9, 0.2, 0.02}, 20000);
  bench.speed();
  for (int i = 0; i < 50; ++i) {
    bench.run({0.1, 0.5, 0.7, 0.0}, 20);
    bench.abort({0.5, 0.5, 0.5, 0.0});
  }
  checker->expect(bench.aborted_segments() > 5, 1, "aborts inside a segment", "%d bits", axi_bits);
}

}  // namespace

bool check_read_master(std::uint64_t seed) {
  Checker checker("read_master");
  master<Vmaster64>(64, seed, &checker);
  master<Vmaster512>(512, seed, &checker);
  return checker.finish(500000);
}

}  // namespace flashd::read_units
