// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "host/api/backend.hpp"
#include "model/golden/golden.hpp"
#include "sim/plugin.hpp"

namespace flashd::host {

/// Sums over the jobs that ran in lockstep.
struct LockstepTotals {
  std::uint64_t jobs = 0;
  std::uint64_t cycles = 0;
  std::uint64_t macs = 0;
  sim::Comparisons compared;
  std::uint64_t results = 0;  ///< values of O, LSE, row states and counts compared at the end
  std::uint64_t mismatches = 0;
};

/// Runs jobs on the verilated engine in lockstep with golden, and compares the results with a
/// separate golden run: the second look does not rest on what the plug-in compares. On another back
/// end the results and counts are all that is compared.
class Lockstep {
 public:
  Lockstep(const EngineConfig& config, Profile profile, const std::string& backend = "engine");

  /// Golden's result. Throws Error(mismatch) with the place and `options.repeat`, Error(fault) if
  /// the engine hangs, and Error(mismatch) if a job with scores was compared nowhere.
  Result run(const Job& job, const sim::Options& options);
  const LockstepTotals& totals() const { return totals_; }

 private:
  const EngineConfig& config_;
  golden::Settings settings_;
  std::unique_ptr<Backend> backend_;
  bool probes_;  ///< the back end compares with golden on its way
  LockstepTotals totals_;
};

nlohmann::ordered_json to_json(const LockstepTotals& totals);

}  // namespace flashd::host
