// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <stdexcept>

#include "model/golden/paging.hpp"
#include "sim/harness.hpp"
#include "sim/warm_job.hpp"

namespace flashd::sim {

namespace {

constexpr std::uint64_t kWaveBefore = 2000;
constexpr std::uint64_t kWaveAfter = 200;
constexpr double kWarmStall = 0.2;

std::string footer(const Options& options, const BuildInfo& build) {
  return std::string("  build    ") + build.config +
         (build.profile == Profile::fine ? " fine" : " lean") + ", spec " +
         hex(build.spec_hash, 32).substr(2) + "\n  seed     " + std::to_string(options.seed) +
         ", stall " + real(options.stall) + "\n" +
         (options.repeat.empty() ? "" : "  repeat   " + options.repeat + "\n");
}

/// Sends the job before the job, if asked for; empty, or why it failed.
std::string warm_up(const Job& job, const Options& options, const BuildInfo& build,
                    Engine* engine) {
  if (!options.warm) return "";
  const WarmJob warm(job, build, options.seed);
  const Plan plan = make_plan(warm.job, build);
  Options brief = options;
  brief.stall = std::min(options.stall, kWarmStall);
  brief.skip_v = false;
  Harness harness(warm.job, brief, build, plan, engine);
  if (harness.run({}) == Outcome::good) return "";
  return "in the job that warms the engine up: " + harness.failure() + "  streams\n" +
         harness.streams();
}

/// Runs the same job again with waves around the failure; every run of a seed is the same.
std::string record(const Job& job, const Options& options, const BuildInfo& build, const Plan& plan,
                   const EngineFactory& make_engine, std::uint64_t cycle) {
  WaveWindow window;
  window.file = options.failure_wave;
  window.first = cycle > kWaveBefore ? cycle - kWaveBefore : 0;
  window.last = cycle + kWaveAfter;
  const std::unique_ptr<Engine> engine = make_engine(options.seed, true);
  warm_up(job, options, build, engine.get());
  Harness again(job, options, build, plan, engine.get());
  again.run(window, !options.warm);
  return "  wave     " + options.failure_wave + ", cycles " + std::to_string(window.first) +
         " to " + std::to_string(std::min(window.last, again.cycles())) + "\n";
}

int run_checked(const Job& given, const Options& options, const BuildInfo& build,
                const EngineFactory& make_engine, Result* result, Report* report) {
  const char* fault = check(given, build.max_head_dim);
  if (*fault) throw std::invalid_argument(fault);
  if (given.soft_cap && !build.soft_cap)
    throw std::invalid_argument(std::string("configuration ") + build.config +
                                " is built without a soft-cap; choose the back end golden");
  // The engine is given keys one by one: where they lie is the business of whoever fetches them.
  const GatheredJob gathered(given);
  const Job& job = gathered.job;
  if (!(options.stall >= 0.0 && options.stall < 1.0))
    throw std::invalid_argument("the stall probability must lie in 0..1, below 1");
  if (options.skip_v && job.heads_q / job.heads_kv * job.queries > build.lanes)
    throw std::invalid_argument("skip_v takes at most " + std::to_string(build.lanes) +
                                " query rows per KV head");
  const Plan plan = make_plan(job, build, options.skip_v);
  const std::unique_ptr<Engine> engine = make_engine(options.seed, !options.wave.empty());
  report->failure = warm_up(job, options, build, engine.get());
  if (!report->failure.empty()) {
    report->failure += footer(options, build);
    return 1;
  }
  Harness harness(job, options, build, plan, engine.get());
  WaveWindow window;
  window.file = options.wave;
  Outcome outcome = harness.run(window, !options.warm);
  Checker& checker = harness.checker();
  report->cycles = harness.busy_cycles();
  report->total_cycles = harness.cycles();
  report->macs = plan.macs;
  if (report->cycles != 0 && outcome == Outcome::good) {
    report->utilisation = static_cast<double>(plan.macs) /
                          (2.0 * build.lanes * build.width * static_cast<double>(report->cycles));
  }
  report->compared = checker.compared();
  report->tiles_unread = harness.verdicts().skips();
  std::string failure = harness.failure();
  if (outcome == Outcome::good && !checker.finish(result)) {
    outcome = Outcome::mismatch;
    const Mismatch& m = *checker.mismatch();
    failure = "mismatch at the end\n  module   " + m.module + "\n  probe    " + m.probe +
              "\n  where    " + m.where + "\n  expected " + m.expected + "\n  got      " + m.got +
              "\n";
  }
  if (outcome == Outcome::good) return 0;
  report->mismatches = outcome == Outcome::mismatch;
  report->failure = failure + footer(options, build) + "  streams\n" + harness.streams();
  if (!options.failure_wave.empty()) {
    report->failure += record(job, options, build, plan, make_engine, harness.failure_cycle());
  }
  return outcome == Outcome::hang ? 4 : 1;
}

}  // namespace

int run(const Job& job, const Options& options, const BuildInfo& build,
        const EngineFactory& make_engine, Result* result, Report* report) {
  *report = Report{};
  try {
    return run_checked(job, options, build, make_engine, result, report);
  } catch (const std::invalid_argument& error) {
    report->failure = error.what();
    return 2;
  }
}

}  // namespace flashd::sim
