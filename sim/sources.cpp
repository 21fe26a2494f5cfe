// SPDX-License-Identifier: Apache-2.0
#include "sim/sources.hpp"

#include <algorithm>
#include <cstring>

#include "model/arith/alibi.hpp"
#include "model/arith/bias.hpp"
#include "model/arith/scale.hpp"
#include "model/arith/soft_cap.hpp"
#include "model/golden/golden.hpp"

namespace flashd::sim {

namespace {

constexpr int kRowFlagBits = 6;

void scramble(Random* noise, Words* out) {
  for (int at = 0; at < out->bits(); at += 32)
    out->set(at, std::min(32, out->bits() - at), noise->next());
}

/// What the unit before the engine adds up for one row and key.
template <class P>
arith::Bias total_bias(const Job& job, std::int64_t head, std::int64_t query, std::int64_t key) {
  arith::Bias bias = arith::make_bias<P>(bias_bits(job, head, query, key));
  if (job.alibi.empty()) return bias;
  const arith::AlibiSlope slope = arith::make_alibi_slope(job.alibi[head]);
  bias.value = arith::add_bias<P>(bias.value, arith::alibi<P>(slope, query + diagonal(job) - key));
  return bias;
}

std::uint64_t contexts_of(const Plan& plan) {
  std::uint64_t n = 0;
  for (const Block& b : plan.blocks) n += b.contexts;
  return n;
}

}  // namespace

void pack(const std::uint16_t* row, int dim, int beat, int width, Words* out) {
  out->clear();
  const int first = beat * width;
  const int n = std::min(width, dim - first);
  for (int e = 0; e < n; ++e) out->set(16 * e, 16, row[first + e]);
}

void drive_constants(const Job& job, const BuildInfo& build, const Options& options, Ports* ports) {
  const bool fine = build.profile == Profile::fine;
  const int bias = job.input == InputFormat::bf16 ? spec::Bf16::kBias : spec::Fp16::kBias;
  const arith::Scale scale = arith::make_scale(job.scale);
  const int grid =
      fine ? arith::product_grid<spec::Fine>(job.d) : arith::product_grid<spec::Lean>(job.d);
  const int exponent =
      std::clamp(scale.exponent + grid - 2 * bias - 2 * (build.sig - 1), -2048, 2047);
  ports->fp16 = job.input == InputFormat::fp16;
  ports->q_beats = (job.d + build.width - 1) / build.width;
  ports->dv = job.dv;
  ports->grid_extra = arith::grid_extra(job.d);
  ports->job_exponent = static_cast<std::uint32_t>(exponent) & 0xFFFu;
  ports->scale_negative = scale.negative;
  ports->scale_mantissa = scale.mantissa;
  ports->v_exponent = static_cast<std::uint32_t>(golden::value_exponent(job) + bias);
  ports->format = job.output == OutputFormat::fp32 ? 0 : (job.output == OutputFormat::bf16 ? 1 : 2);
  ports->bias_en = job.bias.has_value() || !job.alibi.empty();
  ports->state_in_en = job.state_in != nullptr;
  ports->state_out_en = options.state_out;
  ports->skip_v_en = options.skip_v;
  // Without a soft-cap the word may hold anything.
  ports->soft_cap_en = job.soft_cap.has_value();
  ports->soft_cap = job.soft_cap ? arith::make_soft_cap(*job.soft_cap).pack() : ~std::uint64_t{0};
}

std::uint64_t QuerySource::total() const {
  std::uint64_t rows = 0;
  for (const Block& b : plan_.blocks) rows += b.rows.size();
  return rows * plan_.q_beats;
}

void QuerySource::drive(Ports* ports) {
  const Block& block = plan_.blocks[block_];
  const Row& row = block.rows[row_];
  ports->q_row_valid = row.valid;
  if (row.valid) {
    pack(job_.q.data() + (row.head * job_.queries + row.query) * job_.d, job_.d, beat_, plan_.width,
         &ports->q_data);
    ports->q_begin = static_cast<std::uint32_t>(row.range.begin);
    ports->q_end = static_cast<std::uint32_t>(row.range.end);
  } else {
    scramble(&noise_, &ports->q_data);
    ports->q_begin = 0;
    ports->q_end = static_cast<std::uint32_t>(noise_.next());
  }
  ports->q_last = row_ + 1 == block.rows.size() && beat_ + 1 == plan_.q_beats;
}

void QuerySource::advance() {
  if (++beat_ < plan_.q_beats) return;
  beat_ = 0;
  if (++row_ < plan_.blocks[block_].rows.size()) return;
  row_ = 0;
  ++block_;
}

std::uint64_t TileSource::total() const {
  std::uint64_t n = 0;
  for (const Block& b : plan_.blocks) n += b.tiles.size();
  return n;
}

void TileSource::drive(Ports* ports) {
  const Block& block = plan_.blocks[block_];
  ports->tile_keys = block.tiles[tile_].keys;
  ports->tile_base = static_cast<std::uint32_t>(block.tiles[tile_].first_key);
  ports->tile_first = tile_ == 0;
  ports->tile_last = tile_ + 1 == block.tiles.size();
  ports->tile_contexts = block.contexts;
}

void TileSource::advance() {
  if (++tile_ < plan_.blocks[block_].tiles.size()) return;
  tile_ = 0;
  ++block_;
}

BiasSource::BiasSource(const Job& job, const Plan& plan, Profile profile, std::uint64_t seed)
    : job_(job), plan_(plan), profile_(profile), noise_(seed) {
  skip_empty();
}

void BiasSource::skip_empty() {
  while (pass_ < plan_.passes.size() && plan_.passes[pass_].begin == plan_.passes[pass_].end)
    ++pass_;
  if (pass_ < plan_.passes.size()) key_ = plan_.passes[pass_].begin;
}

std::uint64_t BiasSource::total() const {
  if (!job_.bias && job_.alibi.empty()) return 0;
  std::uint64_t n = 0;
  for (const Pass& p : plan_.passes) n += p.end - p.begin;
  return n;
}

void BiasSource::drive(Ports* ports) {
  const Pass& pass = plan_.passes[pass_];
  const Block& block = plan_.blocks[pass.block];
  const std::int64_t key = block.tiles[pass.tile].first_key + key_;
  ports->b_mask = static_cast<std::uint32_t>(noise_.next());
  ports->b_nan = static_cast<std::uint32_t>(noise_.next());
  scramble(&noise_, &ports->b_value);
  for (int lane = 0; lane < plan_.lanes; ++lane) {
    const Row& row = block.rows[pass.context * plan_.lanes + lane];
    if (!row.valid || key < row.range.begin || key >= row.range.end) continue;
    const arith::Bias bias = profile_ == Profile::fine
                                 ? total_bias<spec::Fine>(job_, row.head, row.query, key)
                                 : total_bias<spec::Lean>(job_, row.head, row.query, key);
    const std::uint32_t one = 1u << lane;
    ports->b_mask = bias.mask ? ports->b_mask | one : ports->b_mask & ~one;
    ports->b_nan = bias.finite ? ports->b_nan & ~one : ports->b_nan | one;
    ports->b_value.set(lane * ports->bias_bits, ports->bias_bits,
                       static_cast<std::uint64_t>(bias.value));
  }
  const std::uint32_t used = (1u << plan_.lanes) - 1u;
  ports->b_mask &= used;
  ports->b_nan &= used;
}

void BiasSource::advance() {
  if (++key_ < plan_.passes[pass_].end) return;
  ++pass_;
  skip_empty();
}

std::uint64_t StateSource::total() const {
  return job_.state_in ? contexts_of(plan_) * plan_.o_beats : 0;
}

void StateSource::drive(Ports* ports) {
  const Block& block = plan_.blocks[block_];
  ports->si_data.clear();
  for (int lane = 0; lane < plan_.lanes; ++lane) {
    const Row& row = block.rows[context_ * plan_.lanes + lane];
    if (!row.valid) continue;
    const std::int32_t* o =
        job_.state_in->o.data() + (row.head * job_.queries + row.query) * job_.dv;
    for (int m = 0; m < plan_.merge; ++m) {
      const int e = beat_ * plan_.merge + m;
      if (e < job_.dv)
        ports->si_data.set((lane * plan_.merge + m) * 32, 32, static_cast<std::uint32_t>(o[e]));
    }
  }
}

void StateSource::advance() {
  if (++beat_ < plan_.o_beats) return;
  beat_ = 0;
  if (++context_ < plan_.blocks[block_].contexts) return;
  context_ = 0;
  ++block_;
}

std::uint64_t HeadSource::total() const { return job_.state_in ? contexts_of(plan_) : 0; }

void HeadSource::drive(Ports* ports) {
  const Block& block = plan_.blocks[block_];
  for (int lane = 0; lane < plan_.lanes; ++lane) {
    const Row& row = block.rows[context_ * plan_.lanes + lane];
    RowHead head;
    if (row.valid) head = job_.state_in->head[row.head * job_.queries + row.query];
    ports->ri_exponent.set(lane * spec::kSumExponent, spec::kSumExponent,
                           static_cast<std::uint32_t>(head.exponent));
    ports->ri_mantissa.set(lane * 32, 32, head.mantissa);
    ports->ri_flags.set(lane * kRowFlagBits, kRowFlagBits, head.flags);
  }
}

void HeadSource::advance() {
  if (++context_ < plan_.blocks[block_].contexts) return;
  context_ = 0;
  ++block_;
}

}  // namespace flashd::sim
