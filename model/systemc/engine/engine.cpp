// SPDX-License-Identifier: Apache-2.0
#include "model/systemc/engine/engine.hpp"

#include <algorithm>

namespace flashd::twin {

namespace {

constexpr int kNonlinear = spec::kLatencyNonlinear;
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
      shape_(p),
      trace_(trace),
      queries_(p),
      v_loader_(p.v_banks()),
      v_tracker_(p.v_banks()),
      setup_(p),
      issue_(p.slots()),
      steps_(shape_) {}

void Engine::configure(const EngineJob& job, SkipRule skip) {
  job_ = job;
  skip_rule_ = std::move(skip);
  v_passes_ = ceil_div(job.dv, p_.width);
  words_ = ceil_div(job.dv, p_.merge());
  setup_.configure(job.skip_v);
  steps_.configure(job.dv);
}

bool Engine::values_here() const {
  const Work& w = headers_.front().work;
  return v_loader_.full(w.v_bank) && v_loader_.turn(w.v_bank) == w.v_turn;
}

bool Engine::room_blocks(bool room) const {
  return headers_.front().work.last && weights_.at_start() && !room;
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

OutputWait Engine::output_wait(bool room, bool key, bool token) const {
  if (steps_.valid()) return token ? OutputWait::idle : OutputWait::merge;
  if (!head_valid()) return headers_.empty() ? OutputWait::idle : OutputWait::score;
  if (!values_here()) return OutputWait::value;
  if (room_blocks(room)) return OutputWait::write;
  if (key) return OutputWait::score;
  return token ? OutputWait::idle : OutputWait::merge;
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
  WeightIssue::Signals weight;
  if (head_valid()) weight = weights_.eval(now, may_go, headers_.front().work, steps_.half_free());
  const StepIssue::Signals output = steps_.eval();
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
    if (output.key) {
      ++counts_.output_busy;
    } else {
      const bool token = steps_.valid() ? output.go : weight.go;
      ++counts_.output_wait[static_cast<std::size_t>(output_wait(in.room, weight.key, token))];
    }
  }
  out.bias_take = issue.take_bias;
  out.out_take = weight.take_room;
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
  if (trace_ != nullptr) report(now, in, out, output, issue);
  const Work work = setup_.work();
  if (output.go && output.last) finish_block(now, output);
  steps_.commit(output);
  if (weight.pop) {
    finish_keys(now, headers_.front().work);
    steps_.push(headers_.front().work);
  }
  if (found_.due(now)) {
    for (Header& h : headers_) {
      if (h.work.serial != found_.front()) continue;
      h.found = true;
      if (job_.skip_v) skips_.push(now + 2, skip_rule_ && skip_rule_(h.work));
    }
    found_.pop();
  }
  if (weight.pop) headers_.pop_front();
  if (issue.start) headers_.push_back({work, false});
  if (issue.ready) found_.push(now + score_delay(p_), work.serial);
  weights_.commit(weight);
  issue_.commit(issue, work, weight.key, weight.pop);
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

void Engine::finish_keys(Cycle now, const Work& work) {
  const Cycle row = now + OutputShape::kAtRow;
  const Cycle row_end = row + kNonlinear + 1 + 2 * p_.lanes - 1;
  Cycle end = std::max(row_end, row + p_.lanes - 1 + kNonlinear);
  if (work.last) {
    end = row_end + kNonlinear + spec::kLatencyRound + 1;
    row_beats_.push(end + 1, 0);
  }
  busy_until_ = ever_busy_ ? std::max(busy_until_, end) : end;
  ever_busy_ = true;
}

void Engine::finish_block(Cycle now, const StepIssue::Signals& step) {
  const Work& work = steps_.work();
  const Cycle start = now + shape_.at_start;
  const Cycle last_step = start + step.steps;
  if (trace_ != nullptr)
    trace_->merge(start + 1, static_cast<std::uint32_t>(step.steps),
                  static_cast<std::uint32_t>(step.block), step.pop);
  if (step.block == 0) weights_.free_row(start + shape_.row_wait + 1);
  if (!step.pop) return;
  v_ends_.push(last_step, work.v_bank);
  Cycle end = last_step + 1 + spec::kLatencyMerge;
  if (work.last) {
    end += spec::kLatencyRound;
    o_lasts_.push(end + 1, 0);
  }
  busy_until_ = std::max(busy_until_, end);
}

void Engine::report(Cycle now, const EngineInputs& in, const EngineOutputs& out,
                    const StepIssue::Signals& step, const ScoreIssue::Signals& issue) const {
  if (out.q_take && queries_.first()) trace_->query_begin(now);
  if (out.q_take && queries_.last(job_.q_beats))
    trace_->query_end(now, static_cast<std::uint32_t>(queries_.loading()), in.q_last);
  if (out.tile_take)
    trace_->tile(in.tile.base, static_cast<std::uint32_t>(in.tile.keys), in.tile.last);
  if (issue.start) trace_->score_begin(now, traced(setup_.work()));
  if (issue.ready) trace_->score_end(now);
  if (step.begin) trace_->output_begin(now);
  if (step.pop) trace_->output_end(now);
}

int Engine::k_room() const { return k_loader_.room(job_.q_beats); }
int Engine::v_room() const { return v_loader_.room(v_passes_); }

Cycle Engine::quiet(Cycle now, bool room) const {
  if (k_tracker_.release() != 0 || v_tracker_.release() != 0 || q_free_ >= 0) return 0;
  if (!k_queue_.empty() && k_loader_.takes(k_queue_.front())) return 0;
  if (!v_queue_.empty() && v_loader_.takes(v_queue_.front())) return 0;
  const Cycle frees = coming_keys(room);
  const bool ends = frees == 0 && may_issue(room);  // a context's last key or token is next
  Cycle n = std::min({found_.quiet(now), v_ends_.quiet(now), o_lasts_.quiet(now),
                      row_beats_.quiet(now), skips_.quiet(now), steps_.quiet(ends)});
  if (ends) {
    if (now >= weights_.row_free_at()) return 0;
    n = std::min(n, weights_.row_free_at() - now);
  }
  if (frees != 0) {
    // The first key of an outgoing context takes a bank of the output buffer.
    if (headers_.front().work.last && weights_.at_start()) return 0;
    n = std::min(n, frees);
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

bool Engine::may_issue(bool room) const {
  return head_valid() && values_here() && !room_blocks(room) &&
         (!weights_.at_start() || steps_.half_free());
}

Cycle Engine::coming_keys(bool room) const {
  return may_issue(room) ? weights_.run(headers_.front().work) : 0;
}

void Engine::skip(Cycle now, Cycle n, bool room, int k_beats, int v_beats, bool counting) {
  const bool issuing_keys = coming_keys(room) != 0;
  const int freed = issuing_keys ? static_cast<int>(n) : 0;
  const ScoreWait score = score_wait(false);
  const OutputWait output = output_wait(room, issuing_keys, false);
  bool issuing_score = false;
  if (setup_.valid() && issue_.run(setup_.work(), job_.q_beats, static_cast<Cycle>(freed)) != 0) {
    issuing_score = true;
    issue_.skip(n, job_.q_beats, freed);
  } else {
    issue_.skip_idle(freed);
  }
  if (issuing_keys) weights_.skip(n);
  k_loader_.skip(k_beats);
  v_loader_.skip(v_beats);
  const ArrayCounts before = counts_;
  if (issuing_score) {
    counts_.score_busy += n;
  } else {
    counts_.score_wait[static_cast<std::size_t>(score)] += n;
  }
  skip_steps(now, n, output);
  if (!counting) counts_ = before;
}

void Engine::skip_steps(Cycle now, Cycle n, OutputWait wait) {
  while (n != 0) {
    if (!steps_.valid()) {
      steps_.skip(n);
      counts_.output_wait[static_cast<std::size_t>(wait)] += n;
      return;
    }
    const StepIssue::Signals block = steps_.eval();  // whose last step may come
    const bool key = !steps_.work().empty;
    const StepIssue::Run run = steps_.skip(n);
    if (trace_ != nullptr && run.begin) trace_->output_begin(now + run.waited);
    counts_.output_busy += key ? run.issued : 0;
    counts_.output_wait[static_cast<std::size_t>(OutputWait::idle)] += key ? 0 : run.issued;
    counts_.output_wait[static_cast<std::size_t>(OutputWait::merge)] += run.cycles - run.issued;
    now += run.cycles;
    n -= run.cycles;
    if (run.done) finish_block(now - 1, block);
  }
}

}  // namespace flashd::twin
