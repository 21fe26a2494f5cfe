// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <deque>
#include <functional>

#include "model/systemc/engine/bank_tracker.hpp"
#include "model/systemc/engine/score_issue.hpp"
#include "model/systemc/engine/score_setup.hpp"
#include "model/systemc/engine/step_issue.hpp"
#include "model/systemc/engine/weight_issue.hpp"
#include "sim/trace/pipeline.hpp"

namespace flashd::twin {

/// Constants of a sequence that the engine's time depends on.
struct EngineJob {
  int q_beats = 1;  ///< ceil(d / Width)
  int dv = 1;
  bool bias_en = false;
  bool state_in = false;
  bool skip_v = false;
};

/// What comes to the engine's ports in a cycle.
struct EngineInputs {
  bool q_valid = false;
  RowRange q_row;
  bool q_last = false;
  bool tile_valid = false;
  TileHeader tile;
  bool vt_valid = false;
  int vt_keys = 0;
  bool k_beat = false;
  bool v_beat = false;
  bool bias_valid = false;
  bool si_valid = false;
  bool ri_valid = false;
  bool room = false;
};

/// What leaves in a cycle.
struct EngineOutputs {
  bool q_take = false;
  bool tile_take = false;
  bool vt_take = false;
  bool bias_take = false;
  bool si_take = false;
  bool ri_take = false;
  bool out_take = false;  ///< a bank of the output buffer is reserved
  int k_freed = 0;
  int v_freed = 0;
  bool o_last = false;    ///< last O beat of a context at the port
  bool row = false;       ///< row beat of a context at the port
  bool skip_valid = false;
  bool skip = false;
};

/// Cycles by what the arrays did.
struct ArrayCounts {
  std::uint64_t score_busy = 0;
  std::array<std::uint64_t, 6> score_wait{};   ///< by ScoreWait
  std::uint64_t output_busy = 0;
  std::array<std::uint64_t, 5> output_wait{};  ///< by OutputWait
};

/// Twin of flashd_engine: the time of every key, context and bank, without the data.
class Engine {
 public:
  /// `skip`: decision of skip_v for a context's work, called when its scores are complete.
  using SkipRule = std::function<bool(const Work&)>;

  Engine(const Parameters& p, trace::Pipeline* trace);

  void configure(const EngineJob& job, SkipRule skip);

  /// Handshakes that depend on registers alone.
  bool q_ready() const { return queries_.ready(); }
  bool tile_ready() const { return walk_queue_.size() < kQueue && k_queue_.size() < kQueue; }
  bool vt_ready() const { return v_queue_.size() < kQueue; }
  bool idle(Cycle now) const;

  EngineOutputs step(Cycle now, const EngineInputs& in, bool counting);

  /// Cycles from `now` that only repeat; at most the caller's own limits apply besides.
  Cycle quiet(Cycle now, bool room) const;
  /// K and V beats that may come without completing a bank.
  int k_room() const;
  int v_room() const;
  void skip(Cycle now, Cycle n, bool room, int k_beats, int v_beats, bool counting);

  const ArrayCounts& counts() const { return counts_; }

 private:
  static constexpr std::size_t kQueue = 4;

  struct Header {
    Work work;
    bool found = false;
  };
  bool head_valid() const { return !headers_.empty() && headers_.front().found; }
  bool values_here() const;
  bool room_blocks(bool room) const;
  /// The next key or token of the oldest header waits for no more than the row unit.
  bool may_issue(bool room) const;
  /// Coming cycles that each issue a key that is not its context's last.
  Cycle coming_keys(bool room) const;
  ScoreWait score_wait(bool bias_valid) const;
  OutputWait output_wait(bool room, bool key, bool token) const;
  bool k_here() const;
  bool drained(Cycle now) const;
  void load_states(Cycle now, bool load, const EngineInputs& in, EngineOutputs* out);
  bool loaded_ = false;  ///< pulse of the state loader, this cycle

  /// Out of line, so that step() stays short.
  [[gnu::noinline, gnu::cold]] void report(Cycle now, const EngineInputs& in, const EngineOutputs& out,
              const StepIssue::Signals& step, const ScoreIssue::Signals& issue) const;
  /// `n` cycles of the output array; `wait` is what it waits for if it has no context.
  void skip_steps(Cycle now, Cycle n, OutputWait wait);
  /// A context's last key, a block's last step.
  void finish_keys(Cycle now, const Work& work);
  void finish_block(Cycle now, const StepIssue::Signals& step);

  Parameters p_;
  OutputShape shape_;
  trace::Pipeline* trace_;
  EngineJob job_;
  SkipRule skip_rule_;
  int v_passes_ = 1;
  int words_ = 1;  ///< merge-wide words of a state's o

  std::deque<TileHeader> walk_queue_;
  std::deque<int> k_queue_, v_queue_;
  QueryBuffer queries_;
  BankLoader k_loader_{2};
  BankLoader v_loader_;
  BankTracker k_tracker_{2};
  BankTracker v_tracker_;
  ScoreSetup setup_;
  ScoreIssue issue_;
  WeightIssue weights_;
  StepIssue steps_;
  int q_free_ = -1;  ///< context whose query memory is freed in this cycle

  std::deque<Header> headers_;
  Delayed<std::uint64_t> found_;  ///< serial of a context whose scores are complete
  Delayed<int> v_ends_;           ///< bank whose last merge is issued
  Delayed<int> o_lasts_;
  Delayed<int> row_beats_;
  Delayed<bool> skips_;           ///< verdicts of skip_v
  Cycle busy_until_ = 0;          ///< last cycle in which the output phase's chains hold something
  bool ever_busy_ = false;
  int load_context_ = 0;
  int load_word_ = 0;
  bool load_full_ = false;

  ArrayCounts counts_;
};

}  // namespace flashd::twin
