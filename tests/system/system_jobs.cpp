// SPDX-License-Identifier: Apache-2.0
// Random jobs on a verilated device against golden: outputs, states, counts, counters and bytes.
#include <chrono>
#include <cstdio>
#include <deque>
#include <map>

#include <CLI/CLI.hpp>

#include "host/device/driver.hpp"
#include "host/io/error.hpp"
#include "host/jobs/random_job.hpp"
#include "host/jobs/rng.hpp"
#include "tests/system/compare.hpp"
#include "tests/system/plugin.hpp"

namespace {

using namespace flashd;

constexpr const char* kMemories[] = {
    "ideal",          "fixed:1",         "fixed:40",       "fixed:300",
    "bandwidth:20,8", "bandwidth:9,2.5", "dram:ddr4-2400", "dram:ddr3-1600,200",
    "dram:hbm2-2000", "jitter:3,7",      "jitter:60,8"};
constexpr double kPauses[] = {0.0, 0.0, 0.1, 0.5};

struct Arguments {
  std::string plugin, memory, wave;
  std::uint64_t seed = 1;
  int count = 100;
  std::int64_t macs = 300000;
  double stall = -1;
  bool quiet = false, counters = false;
  std::string only = "all";
};

/// What a seed stands for.
struct Drawn {
  std::vector<Job> jobs;
  device::RunOptions options;
  std::string text;
};

class Draw {
 public:
  Draw(std::uint64_t seed, const spec::Config& config, const Arguments& args)
      : rng_(jobs::Rng(seed ^ 0x5e9).next()) {
    const bool fp16 = config.sig >= 11 && rng_.chance(0.5);
    jobs::Choices choices;
    choices.soft_cap = config.soft_cap != 0;
    if (args.only != "all") {
      choices.soft_cap = choices.soft_cap && args.only == "softcap";
      choices.alibi = args.only == "alibi";
      choices.paging = args.only == "paging";
      choices.bias16 = false;
    }
    owned_.push_back(jobs::random_job(seed, config, fp16 ? InputFormat::fp16 : InputFormat::bf16,
                                      args.macs, choices));
    drawn_.text = owned_[0].description;
    device::RunOptions& o = drawn_.options;
    o.guard = true;
    o.tag = static_cast<std::uint32_t>(rng_.next());
    o.state_out = rng_.chance(0.5);
    o.write_o = !rng_.chance(0.1);
    o.write_lse = !rng_.chance(0.2);
    o.gap = rng_.chance(0.25) ? static_cast<std::uint32_t>(rng_.between(1, 3)) : 0;
    const jobs::OwnedJob& first = owned_[0];
    const std::int64_t rows = first.queries * (first.heads_q / first.heads_kv);
    o.skip_v = rows <= config.lanes && rng_.chance(0.5);
    if (rng_.chance(0.2)) repeat(static_cast<int>(rng_.between(2, 4)));
    for (const jobs::OwnedJob& job : owned_) drawn_.jobs.push_back(job.view());
    // One table of slopes for all sequences.
    for (Job& job : drawn_.jobs) job.alibi = drawn_.jobs[0].alibi;
    if (o.state_out) drawn_.text += ", states out";
    if (!o.write_o) drawn_.text += ", no o";
    if (!o.write_lse) drawn_.text += ", no lse";
    if (o.skip_v) drawn_.text += ", skip_v";
    if (o.gap != 0) drawn_.text += ", gap " + std::to_string(o.gap);
    if (owned_.size() > 1) drawn_.text += ", batch " + std::to_string(owned_.size());
  }

  const Drawn& drawn() const { return drawn_; }

 private:
  /// Sequences of the same shape; data, lengths and diagonals differ.
  void repeat(int batch) {
    if (owned_[0].page_size != 0) return;
    for (int b = 1; b < batch; ++b) {
      owned_.push_back(owned_[0]);
      jobs::OwnedJob& job = owned_.back();
      for (std::vector<std::uint16_t>* array : {&job.q, &job.k, &job.v})
        if (!array->empty())
          std::rotate(array->begin(), array->begin() + rng_.below(std::int64_t(array->size())),
                      array->end());
      job.visibility.key_length = rng_.between(0, job.keys);
      if (rng_.chance(0.5)) job.visibility.diagonal = rng_.between(-5, job.keys + 5);
    }
  }

  jobs::Rng rng_;
  std::deque<jobs::OwnedJob> owned_;
  Drawn drawn_;
};

class Runner {
 public:
  explicit Runner(const Arguments& args) : args_(args), plugin_(args.plugin) {}

  bool run(std::uint64_t seed) {
    const Draw draw(seed, plugin_.config(), args_);
    const Drawn& drawn = draw.drawn();
    system::Options options;
    options.memory = args_.memory.empty() ? kMemories[seed % std::size(kMemories)] : args_.memory;
    options.pauses = {args_.stall >= 0 ? args_.stall : kPauses[seed / 3 % std::size(kPauses)],
                      seed};
    options.seed = seed;
    options.wave = args_.wave;
    std::string failure;
    std::uint64_t cycles = 0;
    const auto start = std::chrono::steady_clock::now();
    device::Finished finished;
    // One simulator for many jobs, so that each follows another without a reset.
    try {
      if (!simulator_ || left_ == 0 || !args_.memory.empty() || !args_.wave.empty()) {
        driver_.reset();
        simulator_ = plugin_.open(options);
        memory_ = options.memory;
        driver_ = std::make_unique<device::Driver>(*simulator_);
        device::expect(driver_->capabilities(), plugin_.config(), plugin_.info().profile);
        left_ = 8;
      }
      --left_;
      finished = driver_->run(drawn.jobs, drawn.options);
      cycles = device::value(finished.counters, device::Counter::busy);
      failure =
          system::compare(drawn.jobs, drawn.options, finished, driver_->capabilities(), &compared_);
    } catch (const std::exception& error) {
      failure = error.what();
    }
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    cycles_ += cycles;
    seconds_ += seconds;
    if (!args_.quiet || !failure.empty())
      std::printf("%s seed %llu, %s, pauses %g: %s: %llu cycles, %.2f s\n",
                  failure.empty() ? "ok  " : "FAIL", static_cast<unsigned long long>(seed),
                  memory_.c_str(), options.pauses.probability, drawn.text.c_str(),
                  static_cast<unsigned long long>(cycles), seconds);
    if (args_.counters)
      for (int i = 0; i < device::kCounters; ++i)
        std::printf("  %-18s %llu\n", device::kCounterNames[i],
                    static_cast<unsigned long long>(finished.counters[std::size_t(i)]));
    if (!failure.empty()) {
      std::printf("  %s\n", failure.c_str());
      simulator_.reset();
      driver_.reset();
    }
    std::fflush(stdout);
    return failure.empty();
  }

  void print_totals() const {
    std::printf(
        "%llu jobs: compared %llu outputs, %llu values of row states, %llu counters; %llu cycles, "
        "%.0f cycles per second\n",
        static_cast<unsigned long long>(compared_.jobs),
        static_cast<unsigned long long>(compared_.outputs),
        static_cast<unsigned long long>(compared_.states),
        static_cast<unsigned long long>(compared_.counts), static_cast<unsigned long long>(cycles_),
        seconds_ > 0 ? static_cast<double>(cycles_) / seconds_ : 0.0);
  }
  bool silent() const { return compared_.jobs > 20 && compared_.outputs < 1000; }

 private:
  const Arguments& args_;
  system::Plugin plugin_;
  std::unique_ptr<system::Simulator> simulator_;
  std::unique_ptr<device::Driver> driver_;
  std::string memory_;
  int left_ = 0;
  system::Compared compared_;
  std::uint64_t cycles_ = 0;
  double seconds_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Arguments args;
  int failures = 0, allowed = 1;
  CLI::App app{"Runs random jobs on a verilated device and compares them with the golden model."};
  app.add_option("--plugin", args.plugin, "shared library of the device")->required();
  app.add_option("--seed", args.seed, "of the first job; counts up");
  app.add_option("--count", args.count, "number of jobs");
  app.add_option("--memory", args.memory, "one memory model; default: all in turn");
  app.add_option("--stall", args.stall, "probability of memory pauses; default: several");
  app.add_option("--max-macs", args.macs, "bound on a job's size");
  app.add_option("--only", args.only, "all, plain, softcap, alibi or paging");
  app.add_option("--wave", args.wave, "FST file of one job");
  app.add_option("--failures", allowed, "stop after so many");
  app.add_flag("--counters", args.counters, "print every counter");
  app.add_flag("--quiet", args.quiet, "only failures and totals");
  CLI11_PARSE(app, argc, argv);
  try {
    Runner runner(args);
    std::printf("%s, seed %llu\n", args.plugin.c_str(), static_cast<unsigned long long>(args.seed));
    for (int i = 0; i < args.count && failures < allowed; ++i)
      failures += !runner.run(args.seed + static_cast<std::uint64_t>(i));
    runner.print_totals();
    return failures != 0 || runner.silent() ? 1 : 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
