// SPDX-License-Identifier: Apache-2.0
// Random jobs on a verilated device against golden: outputs, states, counts, counters and bytes.
#include <chrono>
#include <cstdio>

#include <CLI/CLI.hpp>

#include "host/device/driver.hpp"
#include "host/io/error.hpp"
#include "tests/system/compare.hpp"
#include "tests/system/draw.hpp"
#include "tests/system/plugin.hpp"

namespace {

using namespace flashd;

struct Arguments {
  std::string plugin, memory, wave;
  std::uint64_t seed = 1;
  int count = 100;
  std::int64_t macs = 300000;
  double stall = -1;
  bool quiet = false, counters = false;
  std::string only = "all";
};

class Runner {
 public:
  explicit Runner(const Arguments& args) : args_(args), plugin_(args.plugin) {}

  bool run(std::uint64_t seed) {
    const system::Draw draw(seed, plugin_.config(), args_.macs, args_.only);
    system::Options options;
    options.memory = args_.memory.empty() ? system::drawn_memory(seed) : args_.memory;
    options.pauses = {args_.stall >= 0 ? args_.stall : system::drawn_pauses(seed), seed};
    options.seed = seed;
    options.wave = args_.wave;
    const bool alone = !args_.memory.empty() || !args_.wave.empty();
    // One simulator for many jobs, so that each follows another without a reset.
    if (alone || left_-- == 0) {
      open(options);
      left_ = kJobsPerDevice;
    }
    const auto start = std::chrono::steady_clock::now();
    const std::string failure = attempt(draw.drawn());
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const std::uint64_t cycles = device::value(finished_.counters, device::Counter::busy);
    cycles_ += cycles;
    seconds_ += seconds;
    unread_ += device::value(finished_.counters, device::Counter::tiles_unread);
    if (!args_.quiet || !failure.empty())
      std::printf("%s seed %llu, %s, pauses %g: %s: %llu cycles, %.2f s\n",
                  failure.empty() ? "ok  " : "FAIL", static_cast<unsigned long long>(seed),
                  options_.memory.c_str(), options_.pauses.probability, draw.drawn().text.c_str(),
                  static_cast<unsigned long long>(cycles), seconds);
    if (args_.counters)
      for (int i = 0; i < device::kCounters; ++i)
        std::printf("  %-18s %llu\n", device::kCounterNames[i],
                    static_cast<unsigned long long>(finished_.counters[std::size_t(i)]));
    if (!failure.empty()) {
      std::printf("  %s\n", failure.c_str());
      if (args_.wave.empty()) shrink(draw);
      left_ = 0;
    }
    std::fflush(stdout);
    return failure.empty();
  }

  void print_totals() const {
    std::printf(
        "%llu jobs: compared %llu outputs, %llu values of row states, %llu counters; %llu tiles "
        "unread; %llu cycles, %.0f cycles per second\n",
        static_cast<unsigned long long>(compared_.jobs),
        static_cast<unsigned long long>(compared_.outputs),
        static_cast<unsigned long long>(compared_.states),
        static_cast<unsigned long long>(compared_.counts), static_cast<unsigned long long>(unread_),
        static_cast<unsigned long long>(cycles_),
        seconds_ > 0 ? static_cast<double>(cycles_) / seconds_ : 0.0);
  }
  /// A run that compares nothing, or never leaves a value out though it is about that, is no test.
  bool silent() const {
    return (compared_.jobs > 20 && compared_.outputs < 1000) ||
           (args_.only == "decode" && unread_ < compared_.jobs);
  }

 private:
  static constexpr int kJobsPerDevice = 8;

  void open(const system::Options& options) {
    driver_.reset();
    options_ = options;
    simulator_ = plugin_.open(options);
    driver_ = std::make_unique<device::Driver>(*simulator_);
    spec::Config config = plugin_.config();
    config.axi_bits = plugin_.axi_bits();
    device::expect(driver_->capabilities(), config, plugin_.info().profile);
  }

  /// Empty, or what went wrong.
  std::string attempt(const system::Drawn& drawn) {
    finished_ = {};
    try {
      finished_ = driver_->run(drawn.jobs, drawn.options);
      return system::compare(drawn.jobs, drawn.options, finished_, driver_->capabilities(),
                             &compared_);
    } catch (const std::exception& error) {
      return error.what();
    }
  }

  /// Looks for a smaller job that fails on a fresh device, and prints the smallest one.
  void shrink(const system::Draw& draw) {
    std::unique_ptr<system::Draw> best;
    std::string best_failure;
    bool again = true;
    while (again) {
      again = false;
      for (int way = 0; way <= static_cast<int>(system::Shrink::count); ++way) {
        auto smaller = (best ? *best : draw).smaller(static_cast<system::Shrink>(way));
        if (!smaller) continue;
        open(options_);
        const std::string failure = attempt(smaller->drawn());
        if (failure.empty()) continue;
        best = std::move(smaller);
        best_failure = failure;
        again = true;
      }
    }
    if (best)
      std::printf("  %s\n  %s\n", best->drawn().text.c_str(), best_failure.c_str());
    else
      std::printf("  every smaller job is good on a fresh device\n");
  }

  const Arguments& args_;
  system::Plugin plugin_;
  std::unique_ptr<system::Simulator> simulator_;
  std::unique_ptr<device::Driver> driver_;
  system::Options options_;
  device::Finished finished_;
  int left_ = 0;
  system::Compared compared_;
  std::uint64_t cycles_ = 0;
  double seconds_ = 0;
  std::uint64_t unread_ = 0;
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
  app.add_option("--only", args.only, "all, plain, softcap, alibi, paging or decode");
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
