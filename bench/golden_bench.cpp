// SPDX-License-Identifier: Apache-2.0
// Multiply-accumulates of the golden model per second and core.
#include <benchmark/benchmark.h>

#include "model/distributions/distributions.hpp"
#include "model/golden/golden.hpp"

namespace {

using flashd::InputFormat;
using flashd::Profile;

constexpr std::int64_t kQueries = 1024;
constexpr std::int64_t kKeys = 1024;

/// Every query sees every key; QK and PV count together: queries * keys * (d + dv).
void golden(benchmark::State& state, Profile profile, InputFormat format) {
  flashd::distributions::Shape shape;
  shape.queries = kQueries;
  shape.keys = kKeys;
  shape.d = static_cast<int>(state.range(0));
  const auto inputs = flashd::distributions::round_to(
      flashd::distributions::draw(flashd::distributions::Distribution::n01, shape, 1), format);
  const flashd::Job job = inputs.job();
  flashd::golden::Settings settings;
  settings.profile = profile;
  for (auto step : state) {
    auto result = flashd::golden::run(job, settings);
    benchmark::DoNotOptimize(result.o.data());
  }
  const double macs = static_cast<double>(kQueries) * kKeys * 2 * shape.d;
  state.counters["MAC/s"] = benchmark::Counter(macs, benchmark::Counter::kIsIterationInvariantRate);
}

// The rate is per second of CPU time of all threads: per core, however many there are.
#define GOLDEN(profile, format)                                                        \
  BENCHMARK_CAPTURE(golden, profile##_##format, Profile::profile, InputFormat::format) \
      ->ArgName("d")                                                                   \
      ->Arg(64)                                                                        \
      ->Arg(128)                                                                       \
      ->MeasureProcessCPUTime()                                                        \
      ->Unit(benchmark::kMillisecond)

GOLDEN(fine, bf16);
GOLDEN(fine, fp16);
GOLDEN(lean, bf16);
GOLDEN(lean, fp16);

}  // namespace
