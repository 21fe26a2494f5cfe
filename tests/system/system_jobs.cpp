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
    const system::Drawn& drawn = draw.drawn();
    system::Options options;
    options.memory = args_.memory.empty() ? system::drawn_memory(seed) : args_.memory;
    options.pauses = {args_.stall >= 0 ? args_.stall : system::drawn_pauses(seed), seed};
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
        spec::Config config = plugin_.config();
        config.axi_bits = plugin_.axi_bits();
        device::expect(driver_->capabilities(), config, plugin_.info().profile);
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
