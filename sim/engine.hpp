// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "sim/ports.hpp"
#include "sim/probes.hpp"

namespace flashd::sim {

/// An assertion of the RTL failed, or it called $stop.
struct RtlStop : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// One verilated engine. A cycle is settle(), then edge().
class Engine {
 public:
  virtual ~Engine() = default;
  virtual void reset(bool active) = 0;
  /// Clock low: takes the inputs from the ports, lets the logic settle, gives outputs and probes.
  virtual void settle(Ports* ports, Probes* probes) = 0;
  /// Rising clock edge.
  virtual void edge() = 0;
  /// Starts an FST file; every later settle() and edge() is dumped until stop_wave().
  virtual void start_wave(const std::string& file) = 0;
  virtual void stop_wave() = 0;
};

/// Makes an engine; `seed` sets the random values of registers before reset, `waves` allows
/// start_wave() later.
using EngineFactory = std::function<std::unique_ptr<Engine>(std::uint64_t seed, bool waves)>;

/// The body of flashd_rtl_run(), the same for every build.
int run(const Job& job, const Options& options, const BuildInfo& build,
        const EngineFactory& make_engine, Result* result, Report* report);

}  // namespace flashd::sim
