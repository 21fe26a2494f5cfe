// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/check.hpp"
#include "sim/engine.hpp"
#include "sim/sources.hpp"

namespace flashd::sim {

/// Cycles that are dumped; [first, last].
struct WaveWindow {
  std::string file;  ///< empty: no waves
  std::uint64_t first = 0;
  std::uint64_t last = ~std::uint64_t{0};
};

enum class Outcome { good, mismatch, hang };

/// Drives one engine through one job.
class Harness {
 public:
  Harness(const Job& job, const Options& options, const BuildInfo& build, const Plan& plan,
          Engine* engine);

  /// Runs to the end, the first mismatch or a hang. Once only. Ends early after window.last.
  /// Without `reset` the engine goes on from the job before.
  Outcome run(const WaveWindow& window, bool reset = true);

  Checker& checker() { return checker_; }
  const Verdicts& verdicts() const { return verdicts_; }
  std::uint64_t cycles() const { return cycle_; }
  std::uint64_t busy_cycles() const;
  /// Cycle of the mismatch or of the end of the wait.
  std::uint64_t failure_cycle() const { return failure_cycle_; }
  /// What happened, without the lines that name seed and command.
  const std::string& failure() const { return failure_; }
  /// One line per stream.
  std::string streams() const;

 private:
  void reset();
  /// One cycle; true if a beat passed.
  bool step();
  bool done() const;
  Outcome judge();
  std::string hang() const;

  const Options& options_;
  const BuildInfo& build_;
  const Plan& plan_;
  Engine* engine_;
  Ports ports_;
  Probes probes_;
  Checker checker_;
  QuerySource queries_;
  Verdicts verdicts_;
  TileSource tiles_;
  ValueTileSource value_tiles_;
  KeySource keys_;
  KeySource values_;
  BiasSource bias_;
  StateSource states_;
  HeadSource heads_;
  std::vector<InputStream> inputs_;
  std::vector<OutputStream> outputs_;
  Random room_;
  std::uint64_t no_room_ = 0;  ///< cycles until there is room for a context's outputs
  std::uint64_t cycle_ = 0;
  std::uint64_t first_key_ = 0;
  std::uint64_t last_output_ = 0;
  std::uint64_t last_beat_ = 0;
  std::uint64_t failure_cycle_ = 0;
  std::string failure_;
  bool checking_ = true;
};

}  // namespace flashd::sim
