// SPDX-License-Identifier: Apache-2.0
// Random descriptors on the twin: cycle by cycle and with skipped cycles, against golden, and with
// --plugin against the verilated device: results and every counter, tolerance 0.
#include <cstdio>
#include <cstring>
#include <memory>

#include <CLI/CLI.hpp>

#include "host/device/driver.hpp"
#include "model/systemc/twin_simulator.hpp"
#include "tests/system/compare.hpp"
#include "tests/system/draw.hpp"
#include "tests/system/plugin.hpp"
#include "tests/twin/compare.hpp"

namespace {

using namespace flashd;

struct Arguments {
  std::string plugin, config = "tiny", numerics = "fine", memory, only = "all";
  std::uint64_t seed = 1;
  int count = 100;
  std::int64_t macs = 300000;
  bool quiet = false;
};

/// A simulator and its driver, used for several jobs without a reset between them.
struct Station {
  explicit Station(std::unique_ptr<system::Simulator> s)
      : simulator(std::move(s)), driver(*simulator) {}
  std::unique_ptr<system::Simulator> simulator;
  device::Driver driver;
};

class Runner {
 public:
  explicit Runner(const Arguments& args) : args_(args) {
    if (!args.plugin.empty()) plugin_ = std::make_unique<system::Plugin>(args.plugin);
    for (const spec::Config& c : spec::kConfigs) {
      if (args.config == c.name) config_ = &c;
    }
    if (config_ == nullptr) throw std::runtime_error("no configuration " + args.config);
    p_ = twin::parameters_of(*config_, args.numerics == "lean" ? Profile::lean : Profile::fine);
  }

  bool run(std::uint64_t seed) {
    const system::Draw draw(seed, *config_, args_.macs, args_.only);
    const system::Drawn& drawn = draw.drawn();
    if (left_ == 0) open(seed);
    --left_;
    const std::string failure = compare(drawn);
    if (!args_.quiet || !failure.empty())
      std::printf("%s seed %llu, %s: %s\n", failure.empty() ? "ok  " : "FAIL",
                  static_cast<unsigned long long>(seed), memory_.c_str(), drawn.text.c_str());
    if (failure.empty()) return true;
    std::printf("  %s\n", failure.c_str());
    shrink(seed, draw);
    left_ = 0;
    return false;
  }

  bool report() const {
    std::printf(
        "%llu jobs, of them %llu on the RTL: %llu outputs, %llu values of row states "
        "against golden, %llu counters; %llu cycles\n",
        static_cast<unsigned long long>(compared_.jobs), static_cast<unsigned long long>(rtl_jobs_),
        static_cast<unsigned long long>(compared_.outputs),
        static_cast<unsigned long long>(compared_.states),
        static_cast<unsigned long long>(compared_.counts + rtl_jobs_ * device::kCounters),
        static_cast<unsigned long long>(cycles_));
    const bool silent = compared_.jobs >= 20 && compared_.outputs < 1000;
    if (silent) std::printf("silence: too little was compared\n");
    return !silent && (!plugin_ || rtl_jobs_ == compared_.jobs);
  }

 private:
  /// Runs a descriptor everywhere; empty, or the first difference.
  std::string compare(const system::Drawn& drawn) {
    try {
      const device::Finished steps = stepping_->driver.run(drawn.jobs, drawn.options);
      const device::Finished skips = skipping_->driver.run(drawn.jobs, drawn.options);
      cycles_ += device::value(skips.counters, device::Counter::busy);
      std::string failure = system::compare(drawn.jobs, drawn.options, steps,
                                            stepping_->driver.capabilities(), &compared_);
      if (!failure.empty()) return "twin and golden: " + failure;
      failure = twin::difference(steps, skips);
      if (!failure.empty()) return "stepping and skipping: " + failure;
      if (!rtl_) return {};
      const device::Finished rtl = rtl_->driver.run(drawn.jobs, drawn.options);
      ++rtl_jobs_;
      failure = twin::difference(rtl, skips);
      return failure.empty() ? failure : "rtl and twin: " + failure;
    } catch (const std::exception& error) {
      return error.what();
    }
  }

  /// Prints the smallest descriptor found that still fails, on fresh devices.
  void shrink(std::uint64_t seed, const system::Draw& failed) {
    const system::Draw* draw = &failed;
    std::unique_ptr<system::Draw> kept;
    std::string failure;
    for (bool smaller = true; smaller;) {
      smaller = false;
      for (int way = 0; way <= static_cast<int>(system::Shrink::count); ++way) {
        std::unique_ptr<system::Draw> next = draw->smaller(static_cast<system::Shrink>(way));
        if (!next) continue;
        open(seed);
        const std::string reason = compare(next->drawn());
        if (reason.empty()) continue;
        failure = reason;
        kept = std::move(next);
        draw = kept.get();
        smaller = true;
      }
    }
    if (kept) std::printf("  shrunk: %s\n  %s\n", kept->drawn().text.c_str(), failure.c_str());
  }

  void open(std::uint64_t seed) {
    system::Options options;
    memory_ = args_.memory.empty() ? system::drawn_memory(seed) : args_.memory;
    options.memory = memory_;
    options.pauses = {system::drawn_pauses(seed), seed};
    options.seed = seed;
    const auto twin = [&](bool stepping) {
      twin::TwinSimulator::Settings settings;
      settings.stepping = stepping;
      return std::make_unique<Station>(
          std::make_unique<twin::TwinSimulator>(p_, options, settings));
    };
    if (plugin_) {
      rtl_ = std::make_unique<Station>(plugin_->open(options));
      p_.axi_bits = rtl_->driver.capabilities().axi_bits;
    }
    stepping_ = twin(true);
    skipping_ = twin(false);
    left_ = 4;
  }

  const Arguments& args_;
  std::unique_ptr<system::Plugin> plugin_;
  const spec::Config* config_ = nullptr;
  twin::Parameters p_;
  std::unique_ptr<Station> stepping_, skipping_, rtl_;
  std::string memory_;
  int left_ = 0;
  system::Compared compared_;
  std::uint64_t rtl_jobs_ = 0;
  std::uint64_t cycles_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Arguments args;
  int allowed = 1;
  CLI::App app{"Runs random descriptors on the twin, golden and, with --plugin, the RTL."};
  app.add_option("--plugin", args.plugin, "shared library of the verilated device");
  app.add_option("--config", args.config, "configuration");
  app.add_option("--numerics", args.numerics, "fine or lean");
  app.add_option("--memory", args.memory, "one memory model; default: all in turn");
  app.add_option("--only", args.only, "all, plain, softcap, alibi or paging");
  app.add_option("--seed", args.seed, "of the first job; counts up");
  app.add_option("--count", args.count, "number of jobs");
  app.add_option("--max-macs", args.macs, "bound on a job's size");
  app.add_option("--failures", allowed, "stop after so many");
  app.add_flag("--quiet", args.quiet, "print failures alone");
  CLI11_PARSE(app, argc, argv);
  try {
    Runner runner(args);
    int failures = 0;
    for (int i = 0; i < args.count && failures < allowed; ++i)
      failures += !runner.run(args.seed + static_cast<std::uint64_t>(i));
    const bool enough = runner.report();
    return failures == 0 && enough ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "twin_jobs: %s\n", error.what());
    return 2;
  }
}
