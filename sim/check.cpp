// SPDX-License-Identifier: Apache-2.0
#include "sim/check.hpp"

#include <algorithm>

namespace flashd::sim {

namespace {

std::string owed(const char* what, const std::string& place) {
  return std::string("  ") + what + " from " + place + "\n";
}

}  // namespace

Checker::Checker(const Job& job, const Plan& plan, const BuildInfo& build, const Options& options)
    : job_(job),
      plan_(plan),
      build_(build),
      skip_v_(options.skip_v),
      lockstep_(options.lockstep),
      state_out_(options.state_out),
      expectations_(job, plan, build.profile) {
  decoder_.profile = build.profile;
  decoder_.v_exponent = golden::value_exponent(job);
  for (const Block& b : plan.blocks) contexts_ += b.contexts;
  const auto rows = static_cast<std::size_t>(job.heads_q * job.queries);
  result_.o.resize(rows * job.dv);
  result_.lse.resize(rows);
  result_.state.v_exponent = decoder_.v_exponent;
  result_.state.head.resize(rows);
  if (state_out_) result_.state.o.resize(rows * job.dv);
}

bool Checker::cycle(const Ports& ports, const Probes& probes) {
  if (!taps(ports)) return false;
  if (probes.score_valid && !scores(probes)) return false;
  if (probes.row_valid && !row(probes)) return false;
  if (probes.weight_valid && !weights(probes)) return false;
  if (probes.sum_valid && !sums(probes)) return false;
  if (ports.o.fires() && !outputs(ports)) return false;
  if (ports.so.fires() && !raw_outputs(ports)) return false;
  return !ports.ro.fires() || heads(ports);
}

bool Checker::next_with_keys(Cursor* c) const {
  while (c->pass < plan_.passes.size()) {
    const Pass& pass = plan_.passes[c->pass];
    if (pass.begin < pass.end) return true;
    ++c->pass;
  }
  return false;
}

bool Checker::next_context(Output* at) {
  at->beat = 0;
  if (++at->context < plan_.blocks[at->block].contexts) return true;
  at->context = 0;
  return ++at->block < plan_.blocks.size();
}

void Checker::release_heads() {
  std::int64_t oldest = job_.heads_kv;
  const auto keep = [&](const Output& at) {
    if (at.block < plan_.blocks.size()) oldest = std::min(oldest, plan_.blocks[at.block].kv_head);
  };
  keep(output_at_);
  keep(head_at_);
  if (state_out_) keep(raw_at_);
  expectations_.release(oldest);
}

bool Checker::fail(const std::string& module, const std::string& probe, const std::string& where,
                   const std::string& expected, const std::string& got) {
  mismatch_ = Mismatch{module, probe, where, expected, got};
  return false;
}

bool Checker::surplus(const std::string& module, const std::string& probe) {
  return fail(module, probe, "after everything that the job has", "nothing", "one more value");
}

const Row& Checker::row_of(const Pass& pass, int lane) const {
  return plan_.blocks[pass.block].rows[pass.context * plan_.lanes + lane];
}

const TileExpectation* Checker::expected_tile(const Pass& pass, int lane) {
  const Block& block = plan_.blocks[pass.block];
  const Row& row = row_of(pass, lane);
  if (!lockstep_ || !row.valid) return nullptr;
  return expectations_.tile(block, row, block.tiles[pass.tile].first_key);
}

std::string Checker::where(const Pass& pass, int lane, int key) const {
  const Block& block = plan_.blocks[pass.block];
  const Tile& tile = block.tiles[pass.tile];
  const Row& row = row_of(pass, lane);
  std::string text =
      row.valid ? "head " + std::to_string(row.head) + ", row (query) " + std::to_string(row.query)
                : std::string("padding row");
  if (key >= 0) text += ", key " + std::to_string(tile.first_key + key);
  return text + ", tile " + std::to_string(pass.tile) + " (keys " + std::to_string(tile.first_key) +
         " to " + std::to_string(tile.first_key + tile.keys - 1) + "), block " +
         std::to_string(pass.block) + ", context " + std::to_string(pass.context) + ", lane " +
         std::to_string(lane);
}

std::string Checker::where(const Output& at, int lane, int element) const {
  const Row& row = plan_.blocks[at.block].rows[at.context * plan_.lanes + lane];
  std::string text =
      row.valid ? "head " + std::to_string(row.head) + ", row (query) " + std::to_string(row.query)
                : std::string("padding row");
  if (element >= 0) text += ", element " + std::to_string(element);
  return text + ", block " + std::to_string(at.block) + ", context " + std::to_string(at.context) +
         ", lane " + std::to_string(lane);
}

std::string Checker::leftovers() const {
  std::string text;
  const auto pass_place = [&](const Cursor& c) {
    const Pass& p = plan_.passes[c.pass];
    return where(p, 0, -1);
  };
  const auto output_place = [&](const Output& at) { return where(at, 0, -1); };
  Cursor score = score_at_, weight = weight_at_;
  if (next_with_keys(&score)) text += owed("scores", pass_place(score));
  if (next_with_keys(&weight)) text += owed("weights p", pass_place(weight));
  if (sum_at_.pass < plan_.passes.size()) text += owed("tile sums T", pass_place(sum_at_));
  if (row_at_.pass < plan_.passes.size()) text += owed("row states", pass_place(row_at_));
  if (output_at_.block < plan_.blocks.size()) text += owed("O", output_place(output_at_));
  if (state_out_ && raw_at_.block < plan_.blocks.size())
    text += owed("raw o", output_place(raw_at_));
  if (head_at_.block < plan_.blocks.size()) text += owed("row heads", output_place(head_at_));
  return text;
}

bool Checker::finish(Result* result) {
  counts_.keys_skipped = counts_.scores - weights_used_;
  result_.counts = counts_;
  const Counts& golden = expectations_.counts();
  const auto check = [&](const char* name, std::uint64_t expected, std::uint64_t got) {
    return !lockstep_ || expected == got ||
           fail("flashd_engine", std::string("count of ") + name, "whole job",
                std::to_string(expected), std::to_string(got));
  };
  const bool same = check("scores", golden.scores, counts_.scores) &&
                    check("skipped keys", golden.keys_skipped, counts_.keys_skipped) &&
                    check("tiles", golden.tiles, counts_.tiles) &&
                    check("skipped tiles", golden.tiles_skipped, counts_.tiles_skipped) &&
                    check("saturations", golden.saturations, counts_.saturations) &&
                    check("NaN rows", golden.rows_nan, counts_.rows_nan) &&
                    check("empty rows", golden.rows_empty, counts_.rows_empty);
  *result = std::move(result_);
  return same && finish_taps();
}

}  // namespace flashd::sim
