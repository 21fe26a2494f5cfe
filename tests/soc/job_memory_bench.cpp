// SPDX-License-Identifier: Apache-2.0
// flashd_job_memory against an array of bytes that knows when each of them changed.
#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "Vjob_memory.h"
#include "tests/rtl_units/dut.hpp"
#include "tests/soc/units.hpp"

namespace flashd::soc_units {

namespace {

using rtl_units::between;
using rtl_units::chance;
using rtl_units::Checker;
using rtl_units::Dut;
using rtl_units::Random;

constexpr std::uint64_t kBase = 0x8000'0000;
constexpr int kBytes = 4096;  // as the bench is built
constexpr int kOkay = 0, kSlvErr = 2, kDecErr = 3;

struct Burst {
  std::uint64_t address;
  int beats;
  int id;
  int response;
  std::uint64_t taken;  // cycle of its address
  int done = 0;
};

struct Change {
  std::uint64_t cycle;  // reads from the next one on see it
  std::uint8_t value;
};

class Bench {
 public:
  Bench(Checker* checker, Random* random) : checker_(*checker), random_(*random) {
    dut_->clk_i = 0;
    dut_->bready_i = dut_->rready_i = dut_->awvalid_i = dut_->wvalid_i = dut_->arvalid_i = 0;
    dut_->core_valid_i = 0;
    reset();
    for (int word = 0; word < kBytes / 4; ++word) {  // what it holds at first is unknown
      dut_->core_valid_i = 1;
      dut_->core_we_i = 15;
      dut_->core_addr_i = static_cast<std::uint16_t>(word);
      dut_->core_wdata_i = static_cast<std::uint32_t>(random_());
      cycle();
    }
    dut_->core_valid_i = 0;
  }

  void reset() {
    dut_->rst_ni = 0;
    dut_.settle();
    dut_.tick();
    dut_->rst_ni = 1;
    reads_.clear();
    writes_.clear();
    answers_.clear();
    dut_->awvalid_i = dut_->wvalid_i = dut_->arvalid_i = 0;
  }

  /// Random traffic on all channels; `read`, `write`, `core`: how often each has something to do;
  /// `ready`, `answer`: how often beats and responses are taken.
  void traffic(int cycles, double read, double write, double core, double ready, double answer,
               bool errors) {
    for (int i = 0; i < cycles; ++i) {
      offer(read, write, core, errors);
      dut_->rready_i = chance(random_, ready);
      dut_->bready_i = chance(random_, answer);
      cycle();
    }
    for (int i = 0; i < 4000 && !quiet(); ++i) {
      offer(0, 1, 0, false);
      dut_->rready_i = dut_->bready_i = 1;
      cycle();
    }
    checker_.expect(quiet(), 1, "everything answered", "cycle %llu", now());
  }

  /// One burst of reads that nothing delays.
  void throughput() {
    dut_->rready_i = 1;
    present_read(kBase, 256, 1, 3, 1);
    int cycles = 0;
    for (; cycles < 300 && (cycles == 0 || !reads_.empty() || dut_->arvalid_i); ++cycles) cycle();
    checker_.expect(cycles <= 256 + 6, 1, "a beat every cycle", "%d cycles", cycles);
  }

  std::uint64_t beats() const { return beats_; }
  std::uint64_t waits() const { return waits_; }

 private:
  unsigned long long now() const { return cycle_; }
  bool quiet() const {
    return reads_.empty() && writes_.empty() && answers_.empty() && !dut_arvalid() &&
           !dut_awvalid();
  }
  bool dut_arvalid() const { return ar_; }
  bool dut_awvalid() const { return aw_; }

  static int response(std::uint64_t address, int size, int kind) {
    if (address < kBase || address >= kBase + kBytes) return kDecErr;
    return size != 3 || kind != 1 ? kSlvErr : kOkay;
  }

  void address(bool errors, std::uint64_t* at, int* beats, int* size, int* kind) {
    *beats =
        static_cast<int>(chance(random_, 0.1) ? between(random_, 1, 256) : between(random_, 1, 12));
    // A small part of the memory, so that accesses meet.
    const int span = chance(random_, 0.5) ? 512 : kBytes;
    const int first = static_cast<int>(between(random_, 0, span / 8 - 1));
    if (first + *beats > kBytes / 8) *beats = kBytes / 8 - first;
    *at = kBase + 8 * static_cast<std::uint64_t>(first);
    *size = 3;
    *kind = 1;
    if (!errors || chance(random_, 0.8)) return;
    switch (between(random_, 0, 5)) {
      case 0:
        *at = kBase - 8;
        break;
      case 1:
        *at = kBase + kBytes;
        break;
      case 2:
        *at += 1ull << between(random_, 12, 30);
        break;
      case 3:
        *at += 1ull << between(random_, 32, 63);
        break;
      case 4:
        *size = static_cast<int>(between(random_, 0, 2));
        break;
      default:
        *kind = chance(random_, 0.5) ? 0 : 2;
        break;
    }
  }

  void present_read(std::uint64_t at, int beats, int id, int size, int kind) {
    dut_->arvalid_i = 1;
    dut_->araddr_i = at;
    dut_->arlen_i = static_cast<std::uint8_t>(beats - 1);
    dut_->arid_i = static_cast<std::uint8_t>(id);
    dut_->arsize_i = static_cast<std::uint8_t>(size);
    dut_->arburst_i = static_cast<std::uint8_t>(kind);
  }

  void offer(double read, double write, double core, bool errors) {
    std::uint64_t at;
    int beats, size, kind;
    if (!dut_->arvalid_i && chance(random_, read)) {
      address(errors, &at, &beats, &size, &kind);
      present_read(at, beats, static_cast<int>(between(random_, 0, 1)), size, kind);
    }
    if (!dut_->awvalid_i && writes_.size() < 8 && write < 1 && chance(random_, write)) {
      address(errors, &at, &beats, &size, &kind);
      dut_->awvalid_i = 1;
      dut_->awaddr_i = at;
      dut_->awlen_i = static_cast<std::uint8_t>(beats - 1);
      dut_->awid_i = static_cast<std::uint8_t>(between(random_, 0, 1));
      dut_->awsize_i = static_cast<std::uint8_t>(size);
      dut_->awburst_i = static_cast<std::uint8_t>(kind);
    }
    if (!dut_->wvalid_i && !writes_.empty() && (write == 1 || chance(random_, 0.7))) {
      dut_->wvalid_i = 1;
      dut_->wdata_i = random_();
      dut_->wstrb_i =
          static_cast<std::uint8_t>(chance(random_, 0.5) ? 0xff : between(random_, 0, 255));
      dut_->wlast_i = writes_.front().done + 1 == writes_.front().beats;
    }
    if (!dut_->core_valid_i && chance(random_, core)) {
      dut_->core_valid_i = 1;
      dut_->core_we_i =
          static_cast<std::uint8_t>(chance(random_, 0.5) ? 0 : between(random_, 1, 15));
      dut_->core_addr_i = static_cast<std::uint16_t>(
          between(random_, 0, (chance(random_, 0.7) ? 512 : kBytes) / 4 - 1));
      dut_->core_wdata_i = static_cast<std::uint32_t>(random_());
    }
  }

  void store(int at, std::uint8_t value) {
    bytes_[static_cast<std::size_t>(at)].push_back({cycle_, value});
  }
  std::uint8_t load(int at) const {
    const auto& changes = bytes_[static_cast<std::size_t>(at)];
    return changes.empty() ? 0 : changes.back().value;
  }

  /// Whether the byte had this value at some time since `from`.
  bool had(int at, std::uint64_t from, std::uint8_t value) const {
    const auto& changes = bytes_[static_cast<std::size_t>(at)];
    for (std::size_t i = changes.size(); i-- > 0;) {
      if (changes[i].value == value) return true;
      if (changes[i].cycle < from) return false;
    }
    return false;
  }

  void read_beat() {
    if (reads_.empty()) {
      checker_.expect(1, 0, "a beat that nobody asked for", "cycle %llu", now());
      return;
    }
    Burst& burst = reads_.front();
    ++beats_;
    checker_.expect(dut_->rid_o, burst.id, "rid", "cycle %llu", now());
    checker_.expect(dut_->rresp_o, burst.response, "rresp", "address %llx",
                    static_cast<unsigned long long>(burst.address));
    checker_.expect(dut_->rlast_o, burst.done + 1 == burst.beats, "rlast", "cycle %llu", now());
    const std::uint64_t data = dut_->rdata_o;
    if (burst.response != kOkay)
      checker_.expect(static_cast<std::int64_t>(data), 0, "rdata", "error");
    for (int i = 0; i < 8 && burst.response == kOkay; ++i) {
      const int at = static_cast<int>(burst.address - kBase) + 8 * burst.done + i;
      const auto value = static_cast<std::uint8_t>(data >> (8 * i));
      checker_.expect(had(at, burst.taken, value), 1, "a value that the byte had",
                      "byte %d is %02x, was last %02x, cycle %llu", at, value, load(at), now());
    }
    if (++burst.done == burst.beats) reads_.pop_front();
  }

  void cycle() {
    dut_.settle();
    // What the edge will take.
    if (core_read_ >= 0)
      checker_.expect(dut_->core_rdata_o, core_wanted_, "core's word", "word %d, cycle %llu",
                      core_read_, now());
    core_read_ = -1;
    if (dut_->rvalid_o && dut_->rready_i) read_beat();
    if (dut_->bvalid_o && dut_->bready_i) {
      if (answers_.empty()) {
        checker_.expect(1, 0, "an answer to no write", "cycle %llu", now());
      } else {
        checker_.expect(dut_->bid_o, answers_.front().id, "bid", "cycle %llu", now());
        checker_.expect(dut_->bresp_o, answers_.front().response, "bresp", "address %llx",
                        static_cast<unsigned long long>(answers_.front().address));
        answers_.pop_front();
      }
    }
    const bool core = dut_->core_valid_i && dut_->core_ready_o;
    if (dut_->core_valid_i && !dut_->core_ready_o) ++waits_;
    const int word = dut_->core_addr_i;
    if (core && dut_->core_we_i == 0) {
      core_read_ = word;
      core_wanted_ = 0;
      for (int i = 0; i < 4; ++i) core_wanted_ |= std::uint32_t{load(4 * word + i)} << (8 * i);
    }
    // The device's beat of this cycle comes behind it.
    if (core && dut_->core_we_i != 0)
      for (int i = 0; i < 4; ++i)
        if ((dut_->core_we_i >> i) & 1)
          store(4 * word + i, static_cast<std::uint8_t>(dut_->core_wdata_i >> (8 * i)));
    const bool w = dut_->wvalid_i && dut_->wready_o;
    if (w) {
      checker_.expect(writes_.empty(), 0, "a beat for a write", "cycle %llu", now());
      Burst& burst = writes_.front();
      for (int i = 0; i < 8 && burst.response == kOkay; ++i)
        if ((dut_->wstrb_i >> i) & 1)
          store(static_cast<int>(burst.address - kBase) + 8 * burst.done + i,
                static_cast<std::uint8_t>(dut_->wdata_i >> (8 * i)));
      ++beats_;
      if (++burst.done == burst.beats) {
        answers_.push_back(burst);
        writes_.pop_front();
      }
    }
    const bool ar = dut_->arvalid_i && dut_->arready_o;
    const bool aw = dut_->awvalid_i && dut_->awready_o;
    if (ar)
      reads_.push_back({dut_->araddr_i, dut_->arlen_i + 1, dut_->arid_i,
                        response(dut_->araddr_i, dut_->arsize_i, dut_->arburst_i), cycle_});
    if (aw)
      writes_.push_back({dut_->awaddr_i, dut_->awlen_i + 1, dut_->awid_i,
                         response(dut_->awaddr_i, dut_->awsize_i, dut_->awburst_i), cycle_});
    dut_.tick();
    ++cycle_;
    if (core) dut_->core_valid_i = 0;
    if (w) dut_->wvalid_i = 0;
    if (ar) dut_->arvalid_i = 0;
    if (aw) dut_->awvalid_i = 0;
    ar_ = dut_->arvalid_i;
    aw_ = dut_->awvalid_i;
  }

  Checker& checker_;
  Random& random_;
  Dut<Vjob_memory> dut_;
  std::array<std::vector<Change>, kBytes> bytes_;
  std::deque<Burst> reads_, writes_, answers_;
  std::uint64_t cycle_ = 1, beats_ = 0, waits_ = 0;
  int core_read_ = -1;
  std::uint32_t core_wanted_ = 0;
  bool ar_ = false, aw_ = false;
};

}  // namespace

bool check_job_memory(std::uint64_t seed) {
  Checker checker("job_memory");
  Random random(seed);
  Bench bench(&checker, &random);
  bench.throughput();
  bench.traffic(20000, 0.3, 0.3, 0.5, 0.7, 0.7, true);
  bench.traffic(5000, 0.9, 0.9, 0.9, 1.0, 1.0, false);
  bench.traffic(4000, 0.3, 0.95, 0.2, 0.7, 0.03, false);  // answers wait
  for (int i = 0; i < 20; ++i) {
    bench.traffic(static_cast<int>(between(random, 1, 200)), 0.5, 0.5, 0.3, 0.3, 0.3, true);
    bench.reset();
    bench.traffic(100, 0.5, 0.1, 0.9, 0.9, 0.9, true);
  }
  bench.traffic(5000, 0.5, 0, 0, 0.8, 0.8, false);
  bench.traffic(2000, 0.5, 0.5, 0.3, 0.05, 0.7, false);  // beats wait
  bench.throughput();
  std::printf("%llu beats, the core waited %llu cycles\n",
              static_cast<unsigned long long>(bench.beats()),
              static_cast<unsigned long long>(bench.waits()));
  checker.expect(bench.waits() > 20, 1, "the core had to wait", "often enough");
  return checker.finish(100000);
}

}  // namespace flashd::soc_units
