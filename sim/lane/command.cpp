// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cinttypes>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>

#include "sim/lane/bench.hpp"
#include "sim/lane/jobs.hpp"

namespace flashd::lane {

namespace {

struct Options {
  std::vector<std::string> jobs{"n01"};
  std::int64_t keys = 128;
  std::int64_t queries = 0;
  std::uint64_t seed = 1;
  double gaps = 0.0;
  std::string vectors;
};

/// Prints the first difference; returns how many there are.
std::uint64_t compare(const LaneJob& job, const Expected& wanted, const Outcome& got) {
  std::uint64_t wrong = 0;
  for (std::size_t i = 0; i < wanted.o.size(); ++i) {
    if (got.o[i] == wanted.o[i]) continue;
    if (wrong++ == 0)
      std::printf("%s: query %zu channel %zu: o is 0x%08x, expected 0x%08x\n", job.name.c_str(),
                  i / static_cast<std::size_t>(job.d), i % static_cast<std::size_t>(job.d),
                  got.o[i], wanted.o[i]);
  }
  bool told = false;
  for (std::size_t i = 0; i < wanted.state.size(); ++i) {
    if (got.state[i] == wanted.state[i]) continue;
    ++wrong;
    if (!told)
      std::printf("%s: query %zu: row state is 0x%016" PRIx64 ", expected 0x%016" PRIx64 "\n",
                  job.name.c_str(), i, got.state[i], wanted.state[i]);
    told = true;
  }
  return wrong;
}

bool run_job(const std::string& name, const Options& options, const Design& design, Driver* driver,
             Recorder* recorder) {
  const LaneJob owned = make_job(name, options.keys, options.queries, design.shape.d, options.seed);
  const Job job = owned.job();
  const Operands operands = design.prepare(job);
  const Expected wanted = design.expect(job);
  Drive drive;
  drive.gaps = options.gaps;
  drive.seed = options.seed;
  drive.recorder = recorder;
  Outcome got = driver->run(job, operands, design.tile, drive);
  if (design.state)
    for (std::uint64_t& state : got.state) state = design.state(state);
  const std::uint64_t wrong = compare(owned, wanted, got);
  std::printf("%s: %zu outputs and %zu row states compared, %" PRIu64 " differ; %" PRIu64
              " keys in %" PRIu64 " cycles, %" PRIu64 " stalled\n",
              name.c_str(), wanted.o.size(), wanted.state.size(), wrong, got.keys, got.cycles,
              got.stalls);
  return wrong == 0 && !wanted.o.empty() && !wanted.state.empty();
}

int run_jobs(const Options& options, const Design& design,
             const std::function<std::unique_ptr<Lane>()>& make) {
  std::optional<Recorder> recorder;
  if (!options.vectors.empty()) recorder.emplace(options.vectors);
  Recorder* target = recorder ? &*recorder : nullptr;
  const std::unique_ptr<Lane> lane = make();
  Driver driver(lane.get(), design.shape, target);
  bool good = true;
  for (const std::string& name : options.jobs)
    good = run_job(name, options, design, &driver, target) && good;
  std::printf("%s\n", good ? "PASS" : "FAILURE");
  return good ? 0 : 1;
}

}  // namespace

int run_command(int argc, char** argv, const Design& design,
                const std::function<std::unique_ptr<Lane>()>& make) {
  Options options;
  options.queries = 2 * design.shape.rows;
  CLI::App app("Drives a verilated lane from jobs and compares every output with its model.");
  app.add_option("--job", options.jobs,
                 "jobs, one after the other: a folder of a trace, or " + job_names())
      ->capture_default_str();
  app.add_option("--keys", options.keys, "keys of a job")->capture_default_str();
  app.add_option("--queries", options.queries, "queries of a job")->capture_default_str();
  app.add_option("--seed", options.seed, "seed of inputs and gaps")->capture_default_str();
  app.add_option("--gaps", options.gaps, "chance that a cycle brings no key")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 0.99));
  app.add_option("--vectors", options.vectors, "record the ports to STEM.in and STEM.out");
  CLI11_PARSE(app, argc, argv);
  try {
    return run_jobs(options, design, make);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}

}  // namespace flashd::lane
