// SPDX-License-Identifier: Apache-2.0
// The memory models keep what their header promises, over random sequences of bursts.
#include "sim/memory/memory.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "sim/memory/dram.hpp"
#include "sim/random.hpp"

namespace flashd::memory {
namespace {

constexpr std::uint32_t kBeatBytes = 16;
// From one row of a bank of ddr4-2400 to the one four further on, in the same bank.
constexpr std::uint64_t kNextRow = std::uint64_t{32768} * 4 * 4;

struct Served {
  Burst burst;
  Timing timing;
};

/// Random bursts as a device gives them: one address at a time and direction, none crosses 4 KB.
std::vector<Served> serve(Model& model, std::uint64_t seed, int count, std::uint32_t beat_bytes,
                          bool writes = true, std::uint64_t most_idle = 40) {
  sim::Random random(seed);
  std::vector<Served> all;
  std::uint64_t cycle[2] = {5, 5};
  std::uint64_t now = 0;
  for (int i = 0; i < count; ++i) {
    Burst burst;
    burst.write = writes && random.happens(0.3);
    burst.cycle = now = std::max(now, cycle[burst.write] + random.next() % (most_idle + 1));
    burst.beat_bytes = beat_bytes;
    const std::uint64_t page = random.next() % 4096 * 4096;
    const std::uint64_t places = 4096 / beat_bytes;
    const std::uint64_t place = random.next() % places;
    burst.address = page + place * beat_bytes;
    burst.beats = static_cast<std::uint32_t>(1 + random.next() %
                                                     std::min<std::uint64_t>(256, places - place));
    const Timing timing = model.schedule(burst);
    cycle[burst.write] = timing.accept + 1;
    all.push_back({burst, timing});
  }
  return all;
}

const std::vector<std::string>& names() {
  static const std::vector<std::string> all = {"ideal",
                                               "fixed:1",
                                               "fixed:100",
                                               "bandwidth:40,16",
                                               "bandwidth:7,12.5",
                                               "bandwidth:3,1",
                                               "dram:ddr4-2400",
                                               "dram:ddr4-2400,250",
                                               "dram:ddr3-1600,800",
                                               "dram:hbm2-2000",
                                               "jitter:20,1",
                                               "jitter:1,99"};
  return all;
}

TEST_CASE("every model keeps the order of beats and never answers before it is asked") {
  int beats = 0;
  for (const std::string& name : names()) {
    for (const std::uint32_t beat_bytes : {8u, 16u, 32u, 64u}) {
      for (const double pause : {0.0, 0.4}) {
        INFO(name << " " << beat_bytes << " bytes, pauses " << pause);
        const auto model = make(name, {pause, 3});
        std::uint64_t next[2] = {0, 0};
        for (const Served& s : serve(*model, 11, 200, beat_bytes)) {
          REQUIRE(s.timing.accept >= s.burst.cycle);
          const std::uint64_t earliest = s.burst.write ? s.timing.accept : s.timing.accept + 1;
          REQUIRE(s.timing.beats.at(0) >= earliest);
          REQUIRE(s.timing.response >= 1);
          for (std::uint32_t i = 0; i < s.burst.beats; ++i, ++beats) {
            REQUIRE(s.timing.beats.at(i) >= next[s.burst.write]);
            next[s.burst.write] = s.timing.beats.at(i) + 1;
          }
        }
      }
    }
  }
  REQUIRE(beats > 100000);
}

TEST_CASE("ideal and fixed give the latency that they name, and a beat in every cycle") {
  for (const auto& [name, latency] :
       {std::pair<std::string, std::uint64_t>{"ideal", 1}, {"fixed:1", 1}, {"fixed:77", 77}}) {
    const auto model = make(name);
    const Timing first = model->schedule({10, 0, 4, kBeatBytes, false});
    REQUIRE(first.accept == 10);
    REQUIRE(first.beats.at(0) == 10 + latency);
    REQUIRE(first.beats.at(3) == 13 + latency);
    const Timing second = model->schedule({11, 64, 2, kBeatBytes, false});
    REQUIRE(second.beats.at(0) == 14 + latency);
    const Timing write = model->schedule({11, 0, 2, kBeatBytes, true});
    REQUIRE(write.beats.at(0) == 11);
    REQUIRE(write.response == latency);
  }
}

TEST_CASE("bandwidth bounds the bytes of every stretch of cycles and reaches the bound") {
  for (const auto& [name, rate] : {std::pair<std::string, double>{"bandwidth:9,16", 16},
                                   {"bandwidth:9,12.5", 12.5},
                                   {"bandwidth:9,3.125", 3.125}}) {
    INFO(name);
    const auto model = make(name);
    std::vector<std::uint64_t> cycles;
    for (const Served& s : serve(*model, 5, 300, kBeatBytes, false, 0))
      for (std::uint32_t i = 0; i < s.burst.beats; ++i) cycles.push_back(s.timing.beats.at(i));
    const auto bytes = [](std::size_t beats) { return static_cast<double>(beats * kBeatBytes); };
    for (std::size_t from = 0; from < cycles.size(); from += 7)
      for (const std::size_t to : {from + 10, from + 1000})
        if (to < cycles.size())
          REQUIRE(bytes(to - from) <=
                  rate * static_cast<double>(cycles[to] - cycles[from]) + kBeatBytes);
    const double all = bytes(cycles.size());
    const double span = static_cast<double>(cycles.back() - cycles.front());
    REQUIRE(all / span > 0.99 * rate);
  }
}

TEST_CASE("a model is a function of its name and its calls") {
  for (const std::string& name : names()) {
    INFO(name);
    const auto a = make(name, {0.2, 5}), b = make(name, {0.2, 5}), c = make(name, {0.2, 6});
    const auto first = serve(*a, 1, 100, kBeatBytes), second = serve(*b, 1, 100, kBeatBytes),
               other = serve(*c, 1, 100, kBeatBytes);
    bool differs = false;
    for (std::size_t i = 0; i < first.size(); ++i) {
      REQUIRE(first[i].burst.cycle == second[i].burst.cycle);
      REQUIRE(first[i].timing.response == second[i].timing.response);
      for (std::uint32_t beat = 0; beat < first[i].burst.beats; ++beat)
        REQUIRE(first[i].timing.beats.at(beat) == second[i].timing.beats.at(beat));
      differs |= first[i].timing.beats.at(0) != other[i].timing.beats.at(0);
    }
    REQUIRE(differs);
  }
}

TEST_CASE("ddr4-2400 moves 19.2 bytes a nanosecond through open rows, less through closed ones") {
  const auto stream = [](std::uint64_t step) {
    const auto model = make("dram:ddr4-2400");
    std::uint64_t last = 0;
    std::uint64_t cycle = 0;
    constexpr std::uint64_t kBursts = 4000;
    for (std::uint64_t i = 0; i < kBursts; ++i) {
      const Timing t = model->schedule({cycle, i * step, 16, 64, false});
      cycle = t.accept + 1;
      last = t.beats.at(15);
    }
    return static_cast<double>(kBursts * 16 * 64) / static_cast<double>(last);
  };
  const double streaming = stream(1024);
  // 8 bytes at both edges of a clock of 0.833 ns, less the refreshes: 350 ns of every 7.8 us.
  REQUIRE(streaming > 0.98 * 19.2 * (1 - 420.0 / 9364));
  REQUIRE(streaming < 19.21 * (1 - 420.0 / 9364) + 0.1);
  // Every burst in another row of one bank.
  REQUIRE(stream(kNextRow) < 0.9 * streaming);
}

TEST_CASE("a row that is open answers sooner than one that is not, and a refresh closes it") {
  const auto model = make("dram:ddr4-2400");
  const auto latency = [&](std::uint64_t cycle, std::uint64_t address) {
    return model->schedule({cycle, address, 1, 64, false}).beats.at(0) - cycle;
  };
  const std::uint64_t cold = latency(100, 0);
  const std::uint64_t open = latency(300, 256);
  const std::uint64_t conflict = latency(500, kNextRow);
  REQUIRE(open < cold);
  REQUIRE(cold < conflict);
  REQUIRE(cold - open == 13);      // tRCD: 16 clocks of 0.833 ns
  REQUIRE(conflict - cold <= 14);  // and tRP
  const std::uint64_t again = latency(700, kNextRow);
  REQUIRE(again == open);
  REQUIRE(latency(9000, kNextRow) > open);
}

TEST_CASE("every timing set names the source of its figures") {
  REQUIRE(timing_sets().size() >= 3);
  for (const TimingSet& set : timing_sets()) REQUIRE(std::string(set.source).size() > 10);
}

TEST_CASE("a name that is none is refused with a sentence that says what is expected") {
  for (const char* name : {"", "ideal:1", "fixed", "fixed:0", "fixed:x", "fixed:1,2", "bandwidth:3",
                           "bandwidth:3,0", "bandwidth:3,1.2345", "bandwidth:3,1.", "dram",
                           "dram:ddr9", "dram:ddr4-2400,0", "jitter:3", "jitter:3,-1", "cache"}) {
    INFO(name);
    std::string sentence;
    try {
      make(name);
    } catch (const std::invalid_argument& error) {
      sentence = error.what();
    }
    REQUIRE(sentence.find("expected") != std::string::npos);
  }
}

}  // namespace
}  // namespace flashd::memory
