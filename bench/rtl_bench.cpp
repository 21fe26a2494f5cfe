// SPDX-License-Identifier: Apache-2.0
// Clock cycles of the verilated base engine per second, without lockstep.
#include <benchmark/benchmark.h>
#include <dlfcn.h>

#include <filesystem>
#include <memory>

#include "model/distributions/distributions.hpp"
#include "sim/plugin.hpp"

namespace {

constexpr char kPlugin[] = "libflashd_rtl_base_fine.so";

struct Close {
  void operator()(void* library) const { dlclose(library); }
};

/// The plug-in beside this program: <build>/lib, seen from <build>/bin.
std::filesystem::path plugin_path() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "lib" /
         kPlugin;
}

void verilated_base(benchmark::State& state) {
  const std::unique_ptr<void, Close> library(dlopen(plugin_path().c_str(), RTLD_NOW | RTLD_LOCAL));
  if (!library) {
    state.SkipWithError("libflashd_rtl_base_fine.so is not built: ./flashd bench builds it");
    return;
  }
  const auto run =
      reinterpret_cast<decltype(&flashd_rtl_run)>(dlsym(library.get(), "flashd_rtl_run"));
  if (!run) {
    state.SkipWithError("libflashd_rtl_base_fine.so has no flashd_rtl_run");
    return;
  }
  flashd::distributions::Shape shape;
  shape.queries = 64;
  shape.keys = 1024;
  shape.d = static_cast<int>(state.range(0));
  const auto inputs = flashd::distributions::round_to(
      flashd::distributions::draw(flashd::distributions::Distribution::n01, shape, 1),
      flashd::InputFormat::bf16);
  const flashd::Job job = inputs.job();
  flashd::sim::Options options;
  options.lockstep = false;
  double cycles = 0;
  double macs = 0;
  for (auto step : state) {
    flashd::Result result;
    flashd::sim::Report report;
    if (run(&job, &options, &result, &report) != 0) {
      state.SkipWithError(report.failure.c_str());
      return;
    }
    cycles += static_cast<double>(report.total_cycles);
    macs += static_cast<double>(report.macs);
  }
  state.counters["cycles/s"] = benchmark::Counter(cycles, benchmark::Counter::kIsRate);
  state.counters["MAC/s"] = benchmark::Counter(macs, benchmark::Counter::kIsRate);
}

BENCHMARK(verilated_base)
    ->ArgName("d")
    ->Arg(64)
    ->MeasureProcessCPUTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
