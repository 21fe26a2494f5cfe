// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>

#include <cstdio>

#include "host/io/error.hpp"
#include "host/jobs/random_job.hpp"
#include "host/serial/board.hpp"
#include "tests/serial/board.hpp"
#include "tests/serial/compare.hpp"

using namespace flashd;
using namespace flashd::testing;

namespace {

constexpr std::int64_t kMacs = 20000;

struct Tally {
  int exact = 0, refused = 0, reported = 0;
  std::uint64_t compared = 0;
};

/// Time-outs of a line without the delays of a real one.
serial::Patience quick() {
  serial::Patience patience;
  patience.margin = serial::Seconds(0.002);
  patience.hello = serial::Seconds(0.002);
  patience.longest = serial::Seconds(0.02);
  return patience;
}

/// Runs random jobs; every one is exact, or ends with an error that names the line or the device.
void run_jobs(serial::Board& board, std::uint64_t first, int count, Tally* tally) {
  const Tally before = *tally;
  for (int i = 0; i < count; ++i) {
    const std::uint64_t seed = first + static_cast<std::uint64_t>(i);
    const auto& config = host::find_config("tiny");
    const jobs::OwnedJob owned = jobs::random_job(
        seed, config, seed % 3 == 0 ? InputFormat::fp16 : InputFormat::bf16, kMacs);
    const Job job = owned.view();
    device::RunOptions options;
    options.state_out = seed % 2 == 0;
    options.tag = static_cast<std::uint32_t>(seed);
    INFO("job " << seed << ": " << owned.description);
    try {
      const device::Finished finished = board.run({&job, 1}, options);
      REQUIRE(against_golden(job, finished, options, &tally->compared).empty());
      ++tally->exact;
    } catch (const host::Error& error) {
      INFO(error.what());
      if (error.exit() == host::Exit::usage) {
        // Too large for the job memory: both sizes are named.
        REQUIRE(std::string(error.what()).find("bytes of job memory") != std::string::npos);
        ++tally->refused;
      } else {
        REQUIRE(error.exit() == host::Exit::fault);
        ++tally->reported;
      }
    }
  }
  // Whatever was sent again, every job ran once.
  if (tally->reported == before.reported && board.restarts() == 0)
    REQUIRE(board.client().statistics().jobs ==
            static_cast<std::uint32_t>(tally->exact - before.exact));
}

}  // namespace

TEST_CASE("jobs over a good line are exact") {
  const FakeBoard far;
  serial::Patience patience;
  patience.margin = serial::Seconds(20);  // a busy machine is no fault of the line
  serial::Board board(serial::parse_port(far.name()), patience);
  Tally tally;
  run_jobs(board, 1000, 40, &tally);
  CHECK(tally.exact >= 35);
  CHECK(tally.reported == 0);
  CHECK(tally.compared > 10000);
  const serial::LinkStatistics& line = board.client().link();
  CHECK(line.resends == 0);
  CHECK(line.spoilt == 0);
  CHECK(line.stale == 0);
  CHECK(board.client().statistics().bad_crc == 0);
  CHECK(board.restarts() == 0);
}

TEST_CASE("200 jobs over a line that loses, changes and delays bytes are exact or reported") {
  Tally tally;
  Wire::Counts wire;
  serial::LinkStatistics line;
  // Half a board's jobs see a mildly bad line, the others one that spoils most long frames.
  for (const double probability : {1e-4, 6e-4}) {
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
      const FakeBoard far({}, {probability, probability, probability / 4}, seed);
      serial::Board board(serial::parse_port(far.name() + "@4000000"), quick());
      run_jobs(board, 2000 + 100 * seed, 50, &tally);
      line.resends += board.client().link().resends;
      line.time_outs += board.client().link().time_outs;
      line.spoilt += board.client().link().spoilt;
      line.bytes_sent += board.client().link().bytes_sent;
      const Wire::Counts counts = far.counts();
      wire.dropped += counts.dropped;
      wire.flipped += counts.flipped;
      wire.delayed += counts.delayed;
    }
  }
  std::printf(
      "%d exact, %d too large, %d reported; %llu values compared; %llu bytes sent, %llu "
      "dropped, %llu flipped, %llu delayed, %llu resends, %llu time-outs, %llu spoilt\n",
      tally.exact, tally.refused, tally.reported, static_cast<unsigned long long>(tally.compared),
      static_cast<unsigned long long>(line.bytes_sent),
      static_cast<unsigned long long>(wire.dropped), static_cast<unsigned long long>(wire.flipped),
      static_cast<unsigned long long>(wire.delayed), static_cast<unsigned long long>(line.resends),
      static_cast<unsigned long long>(line.time_outs),
      static_cast<unsigned long long>(line.spoilt));
  CHECK(tally.exact + tally.refused + tally.reported == 200);
  CHECK(tally.exact >= 150);
  CHECK(tally.compared > 50000);
  CHECK(wire.dropped > 100);
  CHECK(wire.flipped > 100);
  CHECK(wire.delayed > 20);
  CHECK(line.resends > 100);
  CHECK(line.spoilt > 50);
}

TEST_CASE("a board far slower than its baud rate is served without much sent twice") {
  Misbehaviour slow;
  slow.byte_us = 100;          // 10 times a byte at 1,000,000 baud, and more
  slow.wait_us_per_ms = 5000;  // 5 times
  const FakeBoard far(slow);
  serial::Board board(serial::parse_port(far.name()), serial::Patience{});
  Tally tally;
  run_jobs(board, 3000, 2, &tally);
  CHECK(tally.exact == 2);
  CHECK(tally.reported == 0);
  const serial::LinkStatistics& line = board.client().link();
  INFO(line.commands << " commands, " << line.resends << " resends");
  CHECK(line.commands > 40);
  CHECK(line.resends < line.commands / 3);
}
