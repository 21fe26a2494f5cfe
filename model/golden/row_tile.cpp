// SPDX-License-Identifier: Apache-2.0
#include "model/golden/row_tile.hpp"

#include <algorithm>
#include <cmath>

#include "model/arith/log2.hpp"
#include "model/arith/merge.hpp"
#include "model/arith/product.hpp"
#include "model/arith/score.hpp"
#include "model/arith/tile_sum.hpp"

namespace flashd::golden {

namespace {

template <class Format>
void decode_query(const Job& job, const JobConstants& c, QueryRow* row) {
  const std::int64_t base = (row->head * job.queries + row->query) * job.d;
  row->q.resize(job.d);
  row->q_scaled.resize(job.d);
  row->vectors = c.shape.vectors;
  const int power = c.scale.exponent + c.grid - Format::kBias - (Format::kSignificand - 1);
  for (int e = 0; e < job.d; ++e) {
    const arith::Number x = arith::decode<Format>(job.q[base + e]);
    row->q[e] = x;
    row->bad = row->bad || !x.finite;
    const float f = std::ldexp(static_cast<float>(x.significand), x.exponent + power);
    if (x.significand != 0 && !std::isnormal(f)) row->vectors = false;
    row->q_scaled[e] = x.negative != c.scale.negative ? -f : f;
    row->q_max = std::max(row->q_max, std::fabs(f));
  }
}

/// Product sums of all keys of the tile, by the fastest exact way that this row and tile allow.
void all_product_sums(const RowTile& in, TileBuffers* b) {
  const int n = in.tile.n;
  const int stride = padded(n);
  const JobConstants& c = in.constants;
  const int d = c.shape.d;
  const std::int64_t limit = (std::int64_t{1} << (spec::kProductRangeLog2 + c.grid)) - 1;
  b->sums.resize(stride);
  b->saturated.assign(stride, 0);
  if (!in.row.vectors) {
    for (int j = 0; j < n; ++j) {
      std::int64_t sum = 0;
      for (int e = 0; e < d; ++e) {
        const arith::Product p =
            arith::product(in.row.q[e], in.tile.k[static_cast<std::size_t>(j) * d + e],
                           c.scale.negative, c.job_exponent, c.grid);
        sum += p.value;
        if (p.saturated) b->saturated[j] = 1;
      }
      b->sums[j] = sum;
    }
    return;
  }
  const double largest = static_cast<double>(in.row.q_max) * in.tile.k_max + 1.0;
  if (largest <= static_cast<double>(limit) && largest * d < 2147483648.0) {
    b->sums32.resize(stride);
    product_sums(in.row.q_scaled.data(), in.tile.k_columns.data(), d, stride, b->sums32.data());
    std::copy(b->sums32.begin(), b->sums32.end(), b->sums.begin());
  } else {
    product_sums_clamped(in.row.q_scaled.data(), in.tile.k_columns.data(), d, stride,
                         static_cast<std::int32_t>(limit), b->sums.data(), b->saturated.data());
  }
}

/// Scores of the visible keys; returns the number of them and their largest score.
template <class P>
int all_scores(const RowTile& in, TileBuffers* b, Counts* counts, std::int32_t* s_max) {
  const JobConstants& c = in.constants;
  const int n = in.tile.n;
  b->visible.assign(n, 0);
  b->scores.resize(n);
  int seen = 0;
  for (int j = 0; j < n; ++j) {
    const std::int64_t key = in.tile.first_key + j;
    if (key < in.row.range.begin || key >= in.row.range.end) continue;
    arith::Bias bias;
    if (in.bias) {
      bias = arith::make_bias<P>(in.bias->bits(j * in.bias->key));
      if (bias.mask) continue;
    }
    const std::int64_t x =
        arith::soft_cap<P>(arith::scaled_sum<P>(b->sums[j], c.scale.mantissa, c.grid), c.soft_cap);
    const std::int64_t slope = arith::alibi<P>(in.row.slope, in.row.centre - key);
    const arith::Score s = arith::clamp_score<P>(x + arith::add_bias<P>(bias.value, slope));
    b->visible[j] = 1;
    b->scores[j] = s.value;
    *s_max = seen == 0 ? s.value : std::max(*s_max, s.value);
    ++seen;
    if (b->saturated[j]) in.head->flags |= kRowSatProduct;
    if (s.saturated) in.head->flags |= kRowSatScore;
    if (b->saturated[j] || s.saturated) ++counts->saturations;
    if (in.row.bad || in.tile.k_bad[j] || !bias.finite) in.head->flags |= kRowNanScore;
  }
  counts->scores += seen;
  return seen;
}

/// Weights of the visible keys; returns l.
template <class P>
std::uint32_t all_weights(const RowTile& in, std::int32_t reference, TileBuffers* b,
                          Counts* counts) {
  const int n = in.tile.n;
  b->weights.assign(n, arith::Weight{});
  b->p.assign(n, 0.0f);
  std::uint32_t l = 0;
  for (int j = 0; j < n; ++j) {
    if (!b->visible[j]) continue;
    const arith::Weight w = arith::make_weight<P>(b->scores[j], reference);
    b->weights[j] = w;
    if (w.mantissa == 0) {
      ++counts->keys_skipped;
      continue;
    }
    l += arith::weight_addend<P>(w);
    b->p[j] = std::ldexp(static_cast<float>(w.mantissa), -(P::kPBits - 1) - w.shift);
  }
  return l;
}

template <class P, class Format>
void all_tile_sums(const RowTile& in, TileBuffers* b) {
  const TileShape& shape = in.constants.shape;
  const int stride = padded(shape.dv);
  b->t.resize(stride);
  if (shape.vectors) {
    tile_sums({b->p.data(), in.tile.v_scaled.data(), in.tile.n, stride}, b->t.data());
    return;
  }
  for (int e = 0; e < shape.dv; ++e) {
    std::int32_t t = 0;
    for (int j = 0; j < in.tile.n; ++j) {
      if (b->weights[j].mantissa == 0) continue;
      t += arith::value_addend<P, Format>(b->weights[j],
                                          in.tile.v[static_cast<std::size_t>(j) * shape.dv + e],
                                          in.tile.exponent[e]);
    }
    b->t[e] = t;
  }
}

}  // namespace

JobConstants make_constants(const Job& job, Profile profile, bool vectors) {
  JobConstants c;
  const bool fine = profile == Profile::fine;
  const bool bf16 = job.input == InputFormat::bf16;
  c.scale = arith::make_scale(job.scale);
  if (job.soft_cap) c.soft_cap = arith::make_soft_cap(*job.soft_cap);
  c.grid = fine ? arith::product_grid<spec::Fine>(job.d) : arith::product_grid<spec::Lean>(job.d);
  c.job_exponent = bf16 ? arith::product_exponent<spec::Bf16>(c.scale.exponent, c.grid)
                        : arith::product_exponent<spec::Fp16>(c.scale.exponent, c.grid);
  c.shape.d = job.d;
  c.shape.dv = job.dv;
  c.shape.tile_frac = fine ? spec::Fine::kTileFrac : spec::Lean::kTileFrac;
  c.shape.vectors = vectors;
  c.input = job.input;
  return c;
}

QueryRow make_query(const Job& job, const JobConstants& c, std::int64_t head, std::int64_t query) {
  QueryRow row;
  row.head = head;
  row.query = query;
  row.range = visible_keys(job, query);
  row.centre = query + diagonal(job);
  if (!job.alibi.empty()) row.slope = arith::make_alibi_slope(job.alibi[head]);
  if (job.input == InputFormat::bf16) {
    decode_query<spec::Bf16>(job, c, &row);
  } else {
    decode_query<spec::Fp16>(job, c, &row);
  }
  return row;
}

template <class P, class Format>
void merge_tile(const RowTile& in, TileBuffers* b, Counts* counts, Observer* observer) {
  const int n = in.tile.n;
  if (in.row.range.end <= in.tile.first_key || in.row.range.begin >= in.tile.first_key + n) return;
  all_product_sums(in, b);
  std::int32_t s_max = 0;
  if (all_scores<P>(in, b, counts, &s_max) == 0) return;
  ++counts->tiles;

  const std::int32_t reference = arith::tile_reference<P>(s_max);
  const std::uint32_t l = all_weights<P>(in, reference, b, counts);
  RowHead& head = *in.head;
  const bool first = (head.flags & kRowHasKeys) == 0;
  const arith::RowSum tile_sum = arith::tile_row_sum<P>(l, reference);
  const arith::RowSum sum = first ? tile_sum : arith::add({head.exponent, head.mantissa}, tile_sum);
  const std::int64_t y =
      static_cast<std::int64_t>(reference) * (1 << spec::kLogFrac) - arith::log2_sum(sum);
  const arith::Gain gain = arith::make_gain(y);
  const arith::TileWeight weight = arith::make_tile_weight<P>(gain, l);
  if (weight.merged || observer) all_tile_sums<P, Format>(in, b);
  if (weight.merged) {
    for (int e = 0; e < in.constants.shape.dv; ++e) {
      const int distance = in.constants.shape.v_exponent + Format::kBias - in.tile.exponent[e];
      in.o[e] = arith::merge_element<P>(in.o[e], gain, weight, b->t[e], distance, first);
    }
    head.exponent = sum.exponent;
    head.mantissa = sum.mantissa;
    head.flags |= kRowHasKeys;
    for (int j = 0; j < n; ++j) {
      if (!b->visible[j]) continue;
      if (in.tile.v_bad[j]) head.flags |= kRowNanValue;
      if (in.tile.v_clamped[j]) head.flags |= kRowSatValue;
    }
  } else {
    ++counts->tiles_skipped;
  }
  if (observer) {
    TileTrace trace;
    trace.head = in.row.head;
    trace.query = in.row.query;
    trace.first_key = in.tile.first_key;
    trace.scores = {b->scores.data(), static_cast<std::size_t>(n)};
    trace.visible = {b->visible.data(), static_cast<std::size_t>(n)};
    trace.weights = {b->weights.data(), static_cast<std::size_t>(n)};
    trace.reference = reference;
    trace.l = l;
    trace.t = {b->t.data(), static_cast<std::size_t>(in.constants.shape.dv)};
    trace.gain = gain;
    trace.tile_weight = weight;
    trace.after = head;
    trace.o = in.o;
    observer->tile(trace);
  }
}

template void merge_tile<spec::Fine, spec::Bf16>(const RowTile&, TileBuffers*, Counts*, Observer*);
template void merge_tile<spec::Fine, spec::Fp16>(const RowTile&, TileBuffers*, Counts*, Observer*);
template void merge_tile<spec::Lean, spec::Bf16>(const RowTile&, TileBuffers*, Counts*, Observer*);
template void merge_tile<spec::Lean, spec::Fp16>(const RowTile&, TileBuffers*, Counts*, Observer*);

}  // namespace flashd::golden
