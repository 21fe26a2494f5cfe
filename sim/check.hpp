// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/expect.hpp"
#include "sim/mismatch.hpp"
#include "sim/ports.hpp"
#include "sim/probes.hpp"

namespace flashd::sim {

// Where each probe is taken (sim/flashd_probe_top.sv).
constexpr const char* kScoreModule = "flashd_engine.u_score.u_array.u_buffer";
constexpr const char* kWeightModule = "flashd_engine.u_output.u_weights.gen_lane.u_weight";
constexpr const char* kRowModule = "flashd_engine.u_output.u_rows.u_unit.u_sigmoid_merge";
constexpr const char* kSumModule = "flashd_engine.u_output.u_rows.u_merge.gen_slice.u_slice";

/// What flashd_skip_check knows of a row.
struct SkipRow {
  bool known = false;
  bool bad = false;        ///< a NaN score
  std::int32_t least = 0;  ///< the row sum is 2^least or more
};

/// Sums of the engine's taps, credits and reports.
struct TapCounts {
  std::uint64_t scored = 0, skipped = 0, saturations = 0, tiles = 0, tiles_skipped = 0;
  std::uint64_t beats = 0, steps = 0;  ///< cycles in which the arrays were busy
  std::uint64_t k_freed = 0, v_freed = 0, takes = 0, reports = 0;
};

/// A place in the engine's schedule.
struct Cursor {
  std::size_t pass = 0;
  int at = 0;  ///< key, lane or beat within the pass
};

/// Compares what leaves the engine, and what its probes show, with golden; collects the result.
/// Every probe walks through the plan on its own, so nothing can be left out unseen.
class Checker {
 public:
  /// Without options.lockstep: collects and counts only.
  Checker(const Job& job, const Plan& plan, const BuildInfo& build, const Options& options);

  /// Looks at one cycle; false after the first mismatch.
  bool cycle(const Ports& ports, const Probes& probes);
  /// Outputs and probes that the plan still owes; empty when nothing is left.
  std::string leftovers() const;

  const std::optional<Mismatch>& mismatch() const { return mismatch_; }
  const Comparisons& compared() const { return compared_; }
  /// Compares the counters with golden's; then gives the result away.
  bool finish(Result* result);
  std::uint64_t expected_o_beats() const { return contexts_ * plan_.o_beats; }
  std::uint64_t expected_contexts() const { return contexts_; }

 private:
  struct Output {
    std::size_t block = 0;
    int context = 0;
    int beat = 0;
  };

  /// Credits, room and taps of a cycle.
  bool taps(const Ports& ports);
  /// A verdict of skip_v against golden's scores.
  bool verdict(const Ports& ports);
  bool scores(const Probes& p);
  bool weights(const Probes& p);
  bool row(const Probes& p);
  bool sums(const Probes& p);
  bool outputs(const Ports& ports);
  bool raw_outputs(const Ports& ports);
  bool heads(const Ports& ports);

  /// Compares the sums of the taps with golden's counts and the plan.
  bool finish_taps();
  /// Moves to the first pass at or after the cursor that has keys; false at the end.
  bool next_with_keys(Cursor* c) const;
  bool next_context(Output* at);
  /// Forgets golden's results of KV heads that every output stream has left behind.
  void release_heads();
  bool fail(const std::string& module, const std::string& probe, const std::string& where,
            const std::string& expected, const std::string& got);
  bool surplus(const std::string& module, const std::string& probe);
  const Row& row_of(const Pass& pass, int lane) const;
  const TileExpectation* expected_tile(const Pass& pass, int lane);
  std::string where(const Pass& pass, int lane, int key) const;
  std::string where(const Output& at, int lane, int element) const;

  const Job& job_;
  const Plan& plan_;
  const BuildInfo& build_;
  bool skip_v_;
  bool lockstep_;
  bool state_out_;
  Decoder decoder_;
  Expectations expectations_;
  Result result_;
  Comparisons compared_;
  Counts counts_;
  std::optional<Mismatch> mismatch_;
  std::uint64_t contexts_ = 0;
  Cursor score_at_, weight_at_, row_at_, sum_at_;
  std::uint64_t weights_used_ = 0;  ///< p that are not zero
  TapCounts taps_;
  std::vector<SkipRow> skip_rows_;  ///< by lane
  Output output_at_, raw_at_, head_at_;
};

}  // namespace flashd::sim
