// SPDX-License-Identifier: Apache-2.0
// Random jobs through the host's serial back end, the firmware and the verilated SoC: all exact, or
// reported. Ends with PASS or FAILED.
#include <cstdio>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

#include "host/api/config.hpp"
#include "host/io/error.hpp"
#include "host/jobs/random_job.hpp"
#include "host/jobs/rng.hpp"
#include "host/serial/board.hpp"
#include "tests/serial/compare.hpp"
#include "tests/serial/simulator.hpp"

namespace {

using namespace flashd;

constexpr int kTell = 20;  // jobs between two lines of a long run

/// A kilobyte takes the simulated line 83,000 cycles. A simulator that gets a tenth of a processor
/// needs more than the 2 s that a time-out grows to for a board, and commands sent again queue up.
serial::Patience patience() {
  serial::Patience out;
  out.longest = serial::Seconds(60);
  return out;
}

struct Options {
  std::string simulator, firmware, drop = "0", flip = "0", delay = "0";
  int jobs = 3;
  std::uint64_t seed = 1;
  std::int64_t bytes = 2048;
  double disturb = 0;
  bool clean = false;
};

struct Tally {
  int exact = 0, reported = 0, disturbed = 0;
  std::uint64_t compared = 0;
};

/// A job whose arrays are of at most so many bytes: the simulated line is slow.
jobs::OwnedJob small_job(std::uint64_t* seed, std::int64_t bytes) {
  while (true) {
    jobs::OwnedJob job =
        jobs::random_job((*seed)++, host::find_config("tiny"), InputFormat::bf16, 20000);
    const std::size_t elements =
        job.q.size() + job.k.size() + job.v.size() + 2 * (job.bias.size() + job.bias16.size());
    const auto outputs = job.heads_q * job.queries * job.dv;
    if (job.queries != 0 && job.keys != 0 &&
        static_cast<std::int64_t>(2 * elements) + 4 * outputs <= bytes)
      return job;
  }
}

/// What a user may do to a board between two jobs.
void disturb(std::unique_ptr<serial::Board>* board, const serial::PortName& name, jobs::Rng& rng) {
  serial::Client& client = (*board)->client();
  switch (rng.below(4)) {
    case 0:
      client.reset(serial::ResetKind::firmware);
      break;
    case 1:
      client.reset(serial::ResetKind::soft);
      break;
    case 2: {
      // A descriptor of whatever lies there: a fault, or a job that nobody waits for.
      client.submit((*board)->hello().memory.base);
      break;
    }
    default:
      board->reset();
      *board = std::make_unique<serial::Board>(name, patience());
  }
}

Tally run(const Options& o, const std::string& terminal, serial::LinkStatistics* line) {
  const serial::PortName name = serial::parse_port(terminal);
  auto board = std::make_unique<serial::Board>(name, patience());
  jobs::Rng rng(o.seed);
  std::uint64_t seed = 1000 * o.seed;
  Tally tally;
  for (int i = 0; i < o.jobs; ++i) {
    const jobs::OwnedJob owned = small_job(&seed, o.bytes);
    const Job job = owned.view();
    device::RunOptions options;
    options.tag = static_cast<std::uint32_t>(seed);
    try {
      if (rng.chance(o.disturb)) {
        ++tally.disturbed;
        disturb(&board, name, rng);
      }
      const device::Finished finished = board->run({&job, 1}, options);
      const std::string differs = testing::against_golden(job, finished, options, &tally.compared);
      if (!differs.empty())
        throw std::runtime_error("job " + std::to_string(seed - 1) + " (" + owned.description +
                                 "): " + differs + " differs from golden");
      ++tally.exact;
    } catch (const host::Error& error) {
      std::printf("job %llu: %s\n", static_cast<unsigned long long>(seed - 1), error.what());
      ++tally.reported;
      if (!board) board = std::make_unique<serial::Board>(name, patience());
    }
    if ((i + 1) % kTell == 0) {
      std::printf("after %d jobs: %d exact, %d reported, %llu values compared\n", i + 1,
                  tally.exact, tally.reported, static_cast<unsigned long long>(tally.compared));
      std::fflush(stdout);
    }
  }
  *line = board->client().link();
  return tally;
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  CLI::App app{"Random jobs through the serial back end and the verilated SoC", "serial_soc"};
  app.add_option("--simulator", o.simulator, "flashd_soc_sim")->required();
  app.add_option("--firmware", o.firmware, "hex file of the firmware")->required();
  app.add_option("--jobs", o.jobs, "number of jobs");
  app.add_option("--seed", o.seed, "of jobs and wire");
  app.add_option("--bytes", o.bytes, "most bytes of a job's arrays");
  app.add_option("--drop", o.drop, "probability per byte on the wire");
  app.add_option("--flip", o.flip, "probability per byte on the wire");
  app.add_option("--delay", o.delay, "probability per byte on the wire");
  app.add_option("--disturb", o.disturb, "probability of a reset in front of a job");
  app.add_flag("--clean", o.clean, "nothing may be reported");
  CLI11_PARSE(app, argc, argv);
  try {
    const testing::SocSimulator simulator(
        o.simulator, o.firmware,
        {"--drop", o.drop, "--flip", o.flip, "--delay", o.delay, "--seed", std::to_string(o.seed)});
    serial::LinkStatistics line;
    const Tally tally = run(o, simulator.name(), &line);
    std::printf(
        "%d exact, %d reported, %d disturbed; %llu values compared; %llu commands, %llu "
        "resends, %llu time-outs, %llu spoilt answers\n",
        tally.exact, tally.reported, tally.disturbed,
        static_cast<unsigned long long>(tally.compared),
        static_cast<unsigned long long>(line.commands),
        static_cast<unsigned long long>(line.resends),
        static_cast<unsigned long long>(line.time_outs),
        static_cast<unsigned long long>(line.spoilt));
    const bool good = tally.exact + tally.reported == o.jobs && 10 * tally.exact >= 8 * o.jobs &&
                      tally.compared > 0 && !(o.clean && tally.reported != 0);
    std::puts(good ? "PASS" : "FAILED");
    return good ? 0 : 1;
  } catch (const std::exception& error) {
    std::printf("FAILED: %s\n", error.what());
    return 1;
  }
}
