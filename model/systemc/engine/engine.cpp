// SPDX-License-Identifier: Apache-2.0
#include "model/systemc/engine/engine.hpp"

#include <algorithm>

namespace flashd::twin {

namespace {

constexpr int kNonlinear = spec::kLatencyNonlinear;
constexpr int kAtSum = 1 + spec::kLatencyWeight + 1;
constexpr int kAtRow = kAtSum + 1;

int row_time(int lanes) { return kNonlinear + 1 + 2 * lanes; }
int min_pass(int lanes) { return std::max(row_time(lanes), static_cast<int>(spec::kLatencyMinPass)); }
int at_merge(int lanes) { return kAtRow + kNonlinear + lanes; }
int score_delay(const Parameters& p) {
  return 2 + spec::kLatencyScore + (p.soft_cap != 0 ? spec::kLatencySoftCap : 0);
}

trace::Work traced(const Work& work) {
  return {work.block,
          work.base,
          static_cast<std::uint32_t>(work.context),
          static_cast<std::uint32_t>(work.begin),
          static_cast<std::uint32_t>(work.end),
          work.empty,
          work.last};
}

}  // namespace

Engine::Engine(const Parameters& p, trace::Pipeline* trace)
    : p_(p),
      trace_(trace),
      queries_(p),
      v_loader_(p.v_banks()),
      v_tracker_(p.v_banks()),
      setup_(p),
      issue_(p.slots()),
      control_(p, min_pass(p.lanes)) {}

void Engine::configure(const EngineJob& job, SkipRule skip) {
  job_ = job;
  skip_rule_ = std::move(skip);
  v_passes_ = ceil_div(job.dv, p_.width);
  words_ = ceil_div(job.dv, p_.merge());
  setup_.configure(job.skip_v);
}

bool Engine::values_here() const {
  const Work& w = headers_.front().work;
  return v_loader_.full(w.v_bank) && v_loader_.turn(w.v_bank) == w.v_turn;
}

bool Engine::room_blocks(bool room) const {
  return headers_.front().work.last && control_.at_start() && !room;
}

bool Engine::k_here() const {
  const int bank = setup_.k_bank();
  return k_loader_.full(bank) && k_loader_.turn(bank) == setup_.k_turn();
}

bool Engine::drained(Cycle now) const {
  return v_tracker_.idle() && (!ever_busy_ || now > busy_until_);
}

bool Engine::idle(Cycle now) const {
  return walk_queue_.empty() && k_queue_.empty() && v_queue_.empty() && queries_.idle() &&
         setup_.idle(!walk_queue_.empty()) && issue_.idle(setup_.valid()) && k_tracker_.idle() &&
         found_.empty() && headers_.empty() && skips_.empty() && drained(now) &&
         o_lasts_.empty() && row_beats_.empty();
}

ScoreWait Engine::score_wait(bool bias_valid) const {
  if (setup_.valid()) {
    if (!issue_.has_room(setup_.work())) return ScoreWait::output;
    return job_.bias_en && !bias_valid && !setup_.work().empty ? ScoreWait::bias
                                                               : ScoreWait::idle;
  }
  if (walk_queue_.empty()) return ScoreWait::idle;
  const TileHeader& tile = walk_queue_.front();
  if (!k_here()) return ScoreWait::key;
  if (!queries_.here(setup_.context())) return ScoreWait::query;
  if (tile.first && job_.state_in && !setup_.loaded()) return ScoreWait::state;
  if (v_tracker_.closed(setup_.v_bank())) return ScoreWait::output;
  return ScoreWait::idle;
}

OutputWait Engine::output_wait(bool room) const {
  if (!head_valid()) return headers_.empty() ? OutputWait::idle : OutputWait::score;
  if (!values_here()) return OutputWait::value;
  if (room_blocks(room)) return OutputWait::write;
  return control_.waits_for_merge(headers_.front().work) ? OutputWait::merge : OutputWait::idle;
}

void Engine::load_states(Cycle now, bool load, const EngineInputs& in, EngineOutputs* out) {
  loaded_ = false;
  if (!load || !drained(now)) return;
  if (!load_full_) {
    if (!in.si_valid) return;
    out->si_take = true;
    load_full_ = ++load_word_ == words_;
    if (load_full_) load_word_ = 0;
    return;
  }
  if (!in.ri_valid) return;
  out->ri_take = true;
  load_full_ = false;
  loaded_ = load_context_ + 1 == walk_queue_.front().contexts;
  load_context_ = loaded_ ? 0 : load_context_ + 1;
}

EngineOutputs Engine::step(Cycle now, const EngineInputs& in, bool counting) {
  EngineOutputs out;
  // What the registers say, and what follows in this cycle: output phase, issue, walk.
  const bool may_go = head_valid() && values_here() && !room_blocks(in.room);
  OutputControl::Signals control;
  if (head_valid()) control = control_.eval(may_go, headers_.front().work, v_passes_, job_.dv);
  const ScoreIssue::Signals issue =
      issue_.eval(setup_.valid(), setup_.work(), job_.q_beats, job_.bias_en, in.bias_valid);
  const bool tile_valid = !walk_queue_.empty();
  const TileHeader tile = tile_valid ? walk_queue_.front() : TileHeader{};
  const ScoreSetup::Signals walk =
      setup_.eval(tile_valid, tile, k_here(), queries_.here(setup_.context()),
                  queries_.rows(setup_.context()), job_.state_in,
                  v_tracker_.closed(setup_.v_bank()), issue.ready);
  load_states(now, walk.load, in, &out);
  if (counting) {
    if (issue.go) {
      ++counts_.score_busy;
    } else {
      ++counts_.score_wait[static_cast<std::size_t>(score_wait(in.bias_valid))];
    }
    if (control.key) {
      ++counts_.output_busy;
    } else {
      ++counts_.output_wait[static_cast<std::size_t>(output_wait(in.room))];
    }
  }
  out.bias_take = issue.take_bias;
  out.out_take = control.take_room;
  out.q_take = in.q_valid && q_ready();
  out.tile_take = in.tile_valid && tile_ready();
  out.vt_take = in.vt_valid && vt_ready();
  const unsigned k_release = k_tracker_.release();
  const unsigned v_release = v_tracker_.release();
  for (unsigned m = k_release; m != 0; m &= m - 1) ++out.k_freed;
  for (unsigned m = v_release; m != 0; m &= m - 1) ++out.v_freed;

  // Events of this cycle.
  int v_end = -1;
  if (v_ends_.due(now)) {
    v_end = v_ends_.front();
    v_ends_.pop();
  }
  if (o_lasts_.due(now)) {
    out.o_last = true;
    o_lasts_.pop();
  }
  if (row_beats_.due(now)) {
    out.row = true;
    row_beats_.pop();
  }

  if (skips_.due(now)) {
    out.skip_valid = true;
    out.skip = skips_.front();
    skips_.pop();
  }

  // Registers.
  if (trace_ != nullptr) report(now, in, out, control, issue);
  const Work work = setup_.work();
  if (control.go && control.last) {
    const Work& head = headers_.front().work;
    const Cycle start = now + at_merge(p_.lanes) - 1;
    const Cycle last_step = start + control.steps;
    if (trace_ != nullptr)
      trace_->merge(start + 1, static_cast<std::uint32_t>(control.steps),
                    static_cast<std::uint32_t>(control.pass), control.pass_last);
    if (control.pass_last) v_ends_.push(last_step, head.v_bank);
    Cycle end = last_step + 1 + spec::kLatencyMerge;
    if (head.last) {
      end += spec::kLatencyRound;
      if (control.pass_last) o_lasts_.push(end + 1, 0);
    }
    if (control.pass == 0) {
      const Cycle row = now + kAtRow;
      const Cycle row_end = row + kNonlinear + 1 + 2 * p_.lanes - 1;
      if (head.last) {
        const Cycle valid = row_end + kNonlinear + spec::kLatencyRound + 1;
        row_beats_.push(valid + 1, 0);
        end = std::max(end, valid);
      } else {
        end = std::max(end, std::max(row_end, row + p_.lanes - 1 + kNonlinear));
      }
    }
    busy_until_ = ever_busy_ ? std::max(busy_until_, end) : end;
    ever_busy_ = true;
  }
  if (found_.due(now)) {
    for (Header& h : headers_) {
      if (h.work.serial != found_.front()) continue;
      h.found = true;
      if (job_.skip_v) skips_.push(now + 2, skip_rule_ && skip_rule_(h.work));
    }
    found_.pop();
  }
  if (control.pop) headers_.pop_front();
  if (issue.start) headers_.push_back({work, false});
  if (issue.ready) found_.push(now + score_delay(p_), work.serial);
  control_.commit(control);
  issue_.commit(issue, work, control.slot_free, control.pop);
  queries_.step(out.q_take, in.q_row, in.q_last, job_.q_beats,
                walk.open && tile.last ? walk.context : -1, q_free_);
  q_free_ = issue.ready && work.last ? work.context : -1;
  k_tracker_.step(walk.open ? walk.k_bank : -1, issue.ready ? work.k_bank : -1,
                  walk.tile_end ? walk.k_bank : -1);
  v_tracker_.step(walk.open ? walk.v_bank : -1, v_end, walk.tile_end ? walk.v_bank : -1);
  const bool k_end = trace_ != nullptr && k_loader_.ends(in.k_beat, job_.q_beats);
  const bool v_end_beat = trace_ != nullptr && v_loader_.ends(in.v_beat, v_passes_);
  const bool k_done = k_loader_.step(!k_queue_.empty(), k_queue_.empty() ? 0 : k_queue_.front(),
                                     job_.q_beats, in.k_beat, k_release);
  const bool v_done = v_loader_.step(!v_queue_.empty(), v_queue_.empty() ? 0 : v_queue_.front(),
                                     v_passes_, in.v_beat, v_release);
  if (trace_ != nullptr) {
    if (k_end) trace_->key_end(now);
    if (k_done) trace_->key_take(now, static_cast<std::uint32_t>(k_queue_.front()));
    if (v_end_beat) trace_->value_end(now);
    if (v_done) trace_->value_take(now, static_cast<std::uint32_t>(v_queue_.front()));
  }
  setup_.commit(walk, tile, loaded_, issue.ready);
  if (walk.tile_end) walk_queue_.pop_front();
  if (k_done) k_queue_.pop_front();
  if (v_done) v_queue_.pop_front();
  if (out.tile_take) {
    walk_queue_.push_back(in.tile);
    k_queue_.push_back(in.tile.keys);
  }
  if (out.vt_take) v_queue_.push_back(in.vt_keys);
  return out;
}

void Engine::report(Cycle now, const EngineInputs& in, const EngineOutputs& out,
                    const OutputControl::Signals& control,
                    const ScoreIssue::Signals& issue) const {
  if (out.q_take && queries_.first()) trace_->query_begin(now);
  if (out.q_take && queries_.last(job_.q_beats))
    trace_->query_end(now, static_cast<std::uint32_t>(queries_.loading()), in.q_last);
  if (out.tile_take)
    trace_->tile(in.tile.base, static_cast<std::uint32_t>(in.tile.keys), in.tile.last);
  if (issue.start) trace_->score_begin(now, traced(setup_.work()));
  if (issue.ready) trace_->score_end(now);
  if (control.go && control_.at_start()) trace_->output_begin(now);
  if (control.pop) trace_->output_end(now);
}

int Engine::k_room() const { return k_loader_.room(job_.q_beats); }
int Engine::v_room() const { return v_loader_.room(v_passes_); }

Cycle Engine::quiet(Cycle now, bool room) const {
  if (k_tracker_.release() != 0 || v_tracker_.release() != 0 || q_free_ >= 0) return 0;
  if (!k_queue_.empty() && k_loader_.takes(k_queue_.front())) return 0;
  if (!v_queue_.empty() && v_loader_.takes(v_queue_.front())) return 0;
  Cycle n = std::min({found_.quiet(now), v_ends_.quiet(now), o_lasts_.quiet(now),
                      row_beats_.quiet(now), skips_.quiet(now)});
  Cycle frees = 0;
  if (head_valid() && values_here() && !room_blocks(room)) {
    const Work& head = headers_.front().work;
    const Cycle run = control_.run(head);
    // The first key of an outgoing context takes a bank of the output buffer.
    if ((run == 0 && control_.gap() == 0) || (run != 0 && head.last && control_.at_start()))
      return 0;
    n = std::min(n, run != 0 ? run : control_.gap());
    if (run != 0 && control_.frees(v_passes_)) frees = run;
  }
  if (setup_.valid()) {
    if (job_.bias_en) return 0;
    const Cycle run = issue_.run(setup_.work(), job_.q_beats, frees);
    if (run != 0) {
      n = std::min(n, run);
    } else if (issue_.has_room(setup_.work()) || frees != 0) {
      return 0;
    }
  }
  if (!walk_queue_.empty()) {
    const ScoreSetup::Signals walk = setup_.eval(
        true, walk_queue_.front(), k_here(), queries_.here(setup_.context()),
        queries_.rows(setup_.context()), job_.state_in, v_tracker_.closed(setup_.v_bank()), false);
    if (walk.step || walk.load) return 0;
  }
  return n;
}

void Engine::skip(Cycle now, Cycle n, bool room, int k_beats, int v_beats, bool counting) {
  bool issuing_output = false;
  bool issuing_score = false;
  int freed = 0;
  OutputWait output = OutputWait::idle;
  if (head_valid() && values_here() && !room_blocks(room)) {
    issuing_output = control_.run(headers_.front().work) != 0;
    if (issuing_output && trace_ != nullptr && control_.at_start()) trace_->output_begin(now);
    if (issuing_output && control_.frees(v_passes_)) freed = static_cast<int>(n);
  }
  const ScoreWait score = score_wait(false);
  if (!issuing_output) output = output_wait(room);
  if (setup_.valid() && issue_.run(setup_.work(), job_.q_beats, static_cast<Cycle>(freed)) != 0) {
    issuing_score = true;
    issue_.skip(n, job_.q_beats, freed);
  } else {
    issue_.skip_idle(freed);
  }
  control_.skip(n, issuing_output);
  k_loader_.skip(k_beats);
  v_loader_.skip(v_beats);
  if (!counting) return;
  if (issuing_score) {
    counts_.score_busy += n;
  } else {
    counts_.score_wait[static_cast<std::size_t>(score)] += n;
  }
  if (issuing_output) {
    counts_.output_busy += n;
  } else {
    counts_.output_wait[static_cast<std::size_t>(output)] += n;
  }
}

}  // namespace flashd::twin
