// SPDX-License-Identifier: Apache-2.0
// Utilisation of the `base` device with its balanced memory, and the speed of its twin beside the
// verilated RTL. Prints a table with bars; exit 1 if one is missed.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "host/device/driver.hpp"
#include "model/systemc/twin_simulator.hpp"
#include "tests/system/plugin.hpp"

namespace {

using namespace flashd;
using device::Counter;

// 16 bytes per cycle: what full speed takes (docs/system.md); 60 cycles to the first beat.
constexpr const char* kMemory = "bandwidth:60,16";
constexpr double kBytesPerCycle = 16.0;
constexpr int kRepeats = 5;

struct Shape {
  const char* name;
  std::int64_t queries, keys;
  int d;
  bool causal;
  std::int64_t group;
};

/// A job of this shape with N(0, 1) data, or zeros.
struct Arrays {
  Arrays(const Shape& s, bool random) : shape(s) {
    const std::int64_t heads = s.group;
    q.resize(static_cast<std::size_t>(heads * s.queries * s.d));
    k.resize(static_cast<std::size_t>(s.keys * s.d));
    v.resize(k.size());
    if (!random) return;
    std::mt19937 engine(7);
    std::normal_distribution<float> normal;
    for (auto* array : {&q, &k, &v}) {
      for (std::uint16_t& x : *array) {
        const float value = normal(engine);
        std::uint32_t bits = 0;
        std::memcpy(&bits, &value, sizeof bits);
        x = static_cast<std::uint16_t>(bits >> 16);
      }
    }
  }
  Job job() const {
    Job j;
    j.heads_q = shape.group;
    j.queries = shape.queries;
    j.keys = shape.keys;
    j.d = j.dv = shape.d;
    j.q = q;
    j.k = k;
    j.v = v;
    j.scale = 1.0 / std::sqrt(static_cast<double>(shape.d));
    j.visibility.causal = shape.causal;
    j.v_exponent = 3;
    return j;
  }
  double macs() const {
    const double n = static_cast<double>(shape.keys);
    const double pairs = shape.causal ? 0.5 * n * (n + 1) : static_cast<double>(shape.queries) * n;
    return pairs * static_cast<double>(shape.group) * 2.0 * shape.d;
  }
  Shape shape;
  std::vector<std::uint16_t> q, k, v;
};

struct Run {
  device::Finished finished;
  double seconds = 0;  ///< of processor time, from the doorbell to the end
};

Run run(system::Simulator& simulator, const Job& job, bool collect) {
  device::Driver driver(simulator);
  driver.set_patience(std::uint64_t{1} << 62);
  const device::Image image =
      device::place(simulator, driver.arena(), {&job, 1}, {}, driver.capabilities());
  driver.clear_counters();
  Run r;
  const std::clock_t begin = std::clock();
  const device::Ended ended = driver.wait(driver.submit(image.descriptor));
  r.seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  if (ended != device::Ended::done) throw std::runtime_error("the device did not end the job");
  r.finished.counters = driver.counters();
  if (collect) r.finished.results = device::collect(simulator, image);
  return r;
}

std::unique_ptr<system::Simulator> make_twin(const twin::Parameters& p, bool timing_only) {
  system::Options options;
  options.memory = kMemory;
  return std::make_unique<twin::TwinSimulator>(p, options,
                                               twin::TwinSimulator::Settings{timing_only, false});
}

double busy(const Run& r) {
  return static_cast<double>(device::value(r.finished.counters, Counter::busy));
}

double median(const std::function<Run()>& make, Run* last) {
  std::vector<double> speeds;
  for (int i = 0; i < kRepeats; ++i) {
    *last = make();
    speeds.push_back(busy(*last) / std::max(last->seconds, 1e-6));
  }
  std::sort(speeds.begin(), speeds.end());
  return speeds[kRepeats / 2];
}

class Bars {
 public:
  void line(const char* what, double value, const char* unit, double bar) {
    const bool good = value >= bar;
    failed_ += !good;
    std::printf("%-62s %10.2f %-8s bar %-8.6g %s\n", what, value, unit, bar,
                good ? "ok" : "MISSED");
    std::fflush(stdout);
  }
  void fact(const char* what, bool good, const std::string& detail) {
    failed_ += !good;
    std::printf("%-62s %s %s\n", what, detail.c_str(), good ? "ok" : "MISSED");
    std::fflush(stdout);
  }
  int failed() const { return failed_; }

 private:
  int failed_ = 0;
};

void utilisation(const twin::Parameters& p, Bars* bars) {
  const Shape shapes[] = {{"4,096 x 4,096, d 64", 4096, 4096, 64, false, 1},
                          {"4,096 x 4,096, d 128", 4096, 4096, 128, false, 1},
                          {"4,096 x 4,096, d 64, causal", 4096, 4096, 64, true, 1},
                          {"4,096 x 4,096, d 128, causal", 4096, 4096, 128, true, 1}};
  for (const Shape& s : shapes) {
    const Arrays arrays(s, false);
    const Run r = run(*make_twin(p, true), arrays.job(), false);
    const double used = 100.0 * arrays.macs() / (2.0 * p.lanes * p.width * busy(r));
    bars->line((std::string("utilisation, ") + s.name).c_str(), used, "%", s.causal ? 95 : 98);
  }
  for (int d : {64, 128}) {
    const Shape s{"decode", 1, 16384, d, false, 8};
    const Arrays arrays(s, false);
    const Run r = run(*make_twin(p, true), arrays.job(), false);
    const double bytes = 16384.0 * 2 * d * 2;
    bars->line(("decode, 8 grouped rows, 16,384 keys, d " + std::to_string(d) +
                ": K and V bytes of the memory's bandwidth")
                   .c_str(),
               100.0 * bytes / (kBytesPerCycle * busy(r)), "%", 95);
  }
}

bool same(const Run& a, const Run& b) {
  return a.finished.counters == b.finished.counters &&
         a.finished.results.at(0).o == b.finished.results.at(0).o &&
         a.finished.results.at(0).lse == b.finished.results.at(0).lse;
}

void against_rtl(const twin::Parameters& p, const system::Plugin& plugin, Bars* bars) {
  system::Options options;
  options.memory = kMemory;
  for (const Shape& s : {Shape{"512 x 512, d 64", 512, 512, 64, false, 1},
                         Shape{"512 x 512, d 128", 512, 512, 128, false, 1},
                         Shape{"512 x 512, d 64, causal", 512, 512, 64, true, 1},
                         Shape{"decode, 8 rows, 2,048 keys, d 64", 1, 2048, 64, false, 8}}) {
    const Arrays arrays(s, true);
    const Run rtl = run(*plugin.open(options), arrays.job(), true);
    const Run model = run(*make_twin(p, false), arrays.job(), true);
    bars->fact((std::string("RTL and twin, ") + s.name + ": 30 counters, O, LSE equal").c_str(),
               same(rtl, model),
               std::to_string(static_cast<std::uint64_t>(busy(rtl))) + " and " +
                   std::to_string(static_cast<std::uint64_t>(busy(model))) + " cycles");
  }
}

void speed(const twin::Parameters& p, const system::Plugin& plugin, Bars* bars) {
  const Arrays arrays({"512 x 512", 512, 512, 64, false, 1}, true);
  const Job job = arrays.job();
  system::Options options;
  options.memory = kMemory;
  Run last;
  const double rtl = median([&] { return run(*plugin.open(options), job, false); }, &last);
  const double data = median([&] { return run(*make_twin(p, false), job, false); }, &last);
  const double timing = median([&] { return run(*make_twin(p, true), job, false); }, &last);
  const Arrays large({"4,096 x 4,096", 4096, 4096, 64, false, 1}, false);
  const Job big = large.job();
  const double longer = median([&] { return run(*make_twin(p, true), big, false); }, &last);
  std::printf(
      "512 x 512, d 64, thousand cycles per second of processor time, medians of %d: RTL "
      "(-O3, no trace, probes or assertions) %.1f, twin with data %.0f, timing-only %.0f; "
      "4,096 x 4,096 timing-only %.0f\n",
      kRepeats, rtl / 1e3, data / 1e3, timing / 1e3, longer / 1e3);
  bars->line("twin with data, times the RTL (goal 50)", data / rtl, "x", 25);
  bars->line("twin timing-only, times the RTL (goal 1,000)", timing / rtl, "x", 200);
}

void million(const twin::Parameters& p, Bars* bars) {
  const Arrays arrays({"64 x 1,048,576", 64, 1 << 20, 64, false, 1}, false);
  const std::clock_t begin = std::clock();
  const Run r = run(*make_twin(p, true), arrays.job(), false);
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  bars->fact("64 queries x 1,048,576 keys, timing-only, below 60 s", seconds < 60,
             std::to_string(static_cast<std::uint64_t>(busy(r))) + " cycles in " +
                 std::to_string(seconds) + " s");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    twin::Parameters p;
    for (const spec::Config& c : spec::kConfigs) {
      if (std::string(c.name) == "base") p = twin::parameters_of(c, Profile::fine);
    }
    std::printf("base, fine, memory %s\n", kMemory);
    Bars bars;
    utilisation(p, &bars);
    million(p, &bars);
    const std::string folder = FLASHD_PLUGINS;
    const system::Plugin plugin(argc > 1 ? argv[1] : folder + "/libflashd_topfast_base_fine.so");
    against_rtl(p, plugin, &bars);
    speed(p, plugin, &bars);
    return bars.failed() == 0 ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "device bench: %s\n", error.what());
    return 3;
  }
}
