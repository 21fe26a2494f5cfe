// SPDX-License-Identifier: Apache-2.0
#include "sim/expect.hpp"

#include <algorithm>

namespace flashd::sim {

namespace {

class Recorder final : public golden::Observer {
 public:
  Recorder(std::int64_t queries, HeadExpectation* out) : queries_(queries), out_(out) {}

  void tile(const golden::TileTrace& trace) override {
    TileExpectation e;
    e.first_key = trace.first_key;
    e.scores.assign(trace.scores.begin(), trace.scores.end());
    e.visible.assign(trace.visible.begin(), trace.visible.end());
    e.weights.assign(trace.weights.begin(), trace.weights.end());
    e.reference = trace.reference;
    e.l = trace.l;
    e.t.assign(trace.t.begin(), trace.t.end());
    e.gain = trace.gain;
    e.tile_weight = trace.tile_weight;
    e.after = trace.after;
    out_->tiles[trace.head * queries_ + trace.query].push_back(std::move(e));
  }

 private:
  std::int64_t queries_;
  HeadExpectation* out_;
};

void add(const Counts& from, Counts* to) {
  to->scores += from.scores;
  to->keys_skipped += from.keys_skipped;
  to->tiles += from.tiles;
  to->tiles_skipped += from.tiles_skipped;
  to->saturations += from.saturations;
  to->rows_nan += from.rows_nan;
  to->rows_empty += from.rows_empty;
}

}  // namespace

const HeadExpectation& Expectations::head(std::int64_t kv_head) {
  std::unique_ptr<HeadExpectation>& slot = heads_[kv_head];
  if (slot) return *slot;
  slot = std::make_unique<HeadExpectation>();
  const std::int64_t group = job_.heads_q / job_.heads_kv;
  slot->first_head = kv_head * group;
  slot->tiles.resize(group * job_.queries);

  Job part = job_;
  part.heads_q = group;
  part.heads_kv = 1;
  const std::size_t q = group * job_.queries * job_.d;
  part.q = job_.q.subspan(kv_head * q, q);
  part.k = job_.k.subspan(kv_head * job_.keys * job_.d, job_.keys * job_.d);
  part.v = job_.v.subspan(kv_head * job_.keys * job_.dv, job_.keys * job_.dv);
  part.v_exponent = golden::value_exponent(job_);
  if (part.bias) part.bias->advance(slot->first_head * part.bias->head);
  if (!part.alibi.empty()) part.alibi = job_.alibi.subspan(slot->first_head, group);
  RowStates states;
  if (job_.state_in) {
    const std::size_t rows = group * job_.queries;
    const auto head = job_.state_in->head.begin() + kv_head * rows;
    const auto o = job_.state_in->o.begin() + kv_head * rows * job_.dv;
    states.v_exponent = job_.state_in->v_exponent;
    states.head.assign(head, head + rows);
    states.o.assign(o, o + rows * job_.dv);
    part.state_in = &states;
  }
  Recorder recorder(job_.queries, slot.get());
  slot->result = golden::run(part, {profile_, plan_.tile}, &recorder);
  add(slot->result.counts, &counts_);
  return *slot;
}

std::size_t Expectations::index(const HeadExpectation& head, const Row& row) const {
  return static_cast<std::size_t>((row.head - head.first_head) * job_.queries + row.query);
}

const TileExpectation* Expectations::tile(const Block& block, const Row& row,
                                          std::int64_t first_key) {
  const HeadExpectation& h = head(block.kv_head);
  const std::vector<TileExpectation>& tiles = h.tiles[index(h, row)];
  const auto at = std::lower_bound(
      tiles.begin(), tiles.end(), first_key,
      [](const TileExpectation& t, std::int64_t key) { return t.first_key < key; });
  return at != tiles.end() && at->first_key == first_key ? &*at : nullptr;
}

void Expectations::release(std::int64_t kv_head) {
  heads_.erase(heads_.begin(), heads_.lower_bound(kv_head));
}

}  // namespace flashd::sim
