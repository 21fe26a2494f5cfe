// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <new>

#include "kernels/exact/shared_memory.hpp"
#include "kernels/exact/threads.hpp"
#include "model/arith/bias.hpp"
#include "model/arith/decode.hpp"
#include "model/arith/log2.hpp"
#include "model/arith/merge.hpp"
#include "model/arith/output.hpp"
#include "model/arith/product.hpp"
#include "model/arith/score.hpp"
#include "model/arith/tile_sum.hpp"

namespace flashd::cuda {

/// Rows of one block: `count` consecutive ones of those that read a KV head.
struct BlockRows {
  std::int64_t kv_head = 0;
  std::int64_t first = 0;  ///< within the rows of the KV head, query heads outermost
  int count = 0;
};

/// Blocks of a KV head.
FLASHD_HD std::int64_t blocks_of_head(const ExactArguments& a, int rows) {
  const std::int64_t all = a.heads_q / a.heads_kv * a.queries;
  return (all + rows - 1) / rows;
}

FLASHD_HD BlockRows rows_of_block(const ExactArguments& a, int rows, std::int64_t block) {
  const std::int64_t all = a.heads_q / a.heads_kv * a.queries;
  const std::int64_t blocks = blocks_of_head(a, rows);
  BlockRows r;
  r.kv_head = block / blocks;
  r.first = block % blocks * rows;
  r.count = static_cast<int>(all - r.first < rows ? all - r.first : rows);
  return r;
}

/// A block of threads that takes some rows through all their tiles, one phase after another; a
/// phase is a loop over independent items. P: spec::Fine or Lean. Format: spec::Bf16 or Fp16.
template <class P, class Format, class Threads>
class ExactBlock {
 public:
  /// `shared` holds shared_layout(a.d, a.dv, a.tile, rows).bytes, 8-byte aligned.
  FLASHD_BODY ExactBlock(const ExactArguments& a, const Threads& threads, int rows,
                         unsigned char* shared)
      : a_(a), threads_(threads), rows_(rows) {
    const SharedLayout at = shared_layout(a.d, a.dv, a.tile, rows);
    row_ = reinterpret_cast<BlockRow*>(shared + at.rows);
    weights_ = reinterpret_cast<arith::Weight*>(shared + at.weights);
    scores_ = reinterpret_cast<std::int32_t*>(shared + at.scores);
    o_ = reinterpret_cast<std::int32_t*>(shared + at.o);
    exponent_ = reinterpret_cast<std::int32_t*>(shared + at.exponent);
    q_ = reinterpret_cast<std::uint16_t*>(shared + at.q);
    k_ = reinterpret_cast<std::uint16_t*>(shared + at.k);
    v_ = reinterpret_cast<std::uint16_t*>(shared + at.v);
    visible_ = reinterpret_cast<std::uint8_t*>(shared + at.visible);
    grid_ = arith::product_grid<P>(a.d);
    job_exponent_ = arith::product_exponent<Format>(a.scale.exponent, grid_);
  }

  FLASHD_BODY void run(std::int64_t block) {
    rows_here_ = rows_of_block(a_, rows_, block);
    load_rows();
    KeyRange all;
    for (int r = 0; r < rows_here_.count; ++r) {
      const KeyRange& range = row_[r].range;
      if (range.begin >= range.end) continue;
      if (all.begin >= all.end || range.begin < all.begin) all.begin = range.begin;
      if (range.end > all.end) all.end = range.end;
    }
    if (all.end > a_.key_length) all.end = a_.key_length;
    for (first_ = all.begin / a_.tile * a_.tile; first_ < all.end; first_ += a_.tile) {
      const std::int64_t left = a_.key_length - first_;
      n_ = static_cast<int>(left < a_.tile ? left : a_.tile);
      if (!seen_by_a_row()) continue;
      load_tile();
      find_exponents();
      score();
      weigh();
      close_tile();
      merge();
    }
    store_rows();
  }

 private:
  FLASHD_BODY void load_rows() {
    threads_.each(rows_here_.count, [&](int r) {
      const std::int64_t at = rows_here_.first + r;
      BlockRow& row = *new (&row_[r]) BlockRow{};
      row.head = rows_here_.kv_head * (a_.heads_q / a_.heads_kv) + at / a_.queries;
      row.query = at % a_.queries;
      row.index = row.head * a_.queries + row.query;
      row.range = a_.ranges[row.query];
      row.centre = row.query + a_.diagonal;
      if (a_.slopes) row.slope = a_.slopes[row.head];
      if (a_.head_in) {
        row.state = a_.head_in[row.index];
        if ((row.state.flags & kRowHasKeys) == 0) row.state = {0, 0, row.state.flags};
      }
      clear_tile(row);
    });
    threads_.each(rows_here_.count * a_.d, [&](int i) {
      BlockRow& row = row_[i / a_.d];
      const std::uint16_t bits = a_.q[row.index * a_.d + i % a_.d];
      q_[i] = bits;
      if (!arith::decode<Format>(bits).finite) threads_.set(&row.bad, 1);
    });
    threads_.each(rows_here_.count * a_.dv, [&](int i) {
      const BlockRow& row = row_[i / a_.dv];
      // An empty row has no output yet, whatever its record holds.
      const bool given = a_.o_in && (row.state.flags & kRowHasKeys) != 0;
      o_[i] = given ? a_.o_in[row.index * a_.dv + i % a_.dv] : 0;
    });
  }

  FLASHD_BODY static void clear_tile(BlockRow& row) {
    row.largest = -0x7FFFFFFF - 1;
    row.l = 0;
    row.seen = 0;
    row.skipped = 0;
    row.saturated = 0;
  }

  FLASHD_BODY bool seen_by_a_row() const {
    for (int r = 0; r < rows_here_.count; ++r) {
      if (row_[r].range.begin < first_ + n_ && row_[r].range.end > first_) return true;
    }
    return false;
  }

  /// Row of k and v that holds a key.
  FLASHD_BODY std::int64_t key_row(std::int64_t key) const {
    if (a_.page_size == 0) return rows_here_.kv_head * a_.keys + key;
    const std::int64_t page = a_.page_table[key / a_.page_size];
    return (page * a_.heads_kv + rows_here_.kv_head) * a_.page_size + key % a_.page_size;
  }

  FLASHD_BODY void load_tile() {
    const int pitch = key_pitch(a_.d);
    threads_.each(n_ * a_.d, [&](int i) {
      const int j = i / a_.d, e = i % a_.d;
      k_[j * pitch + e] = a_.k[key_row(first_ + j) * a_.d + e];
    });
    threads_.each(n_ * a_.dv,
                  [&](int i) { v_[i] = a_.v[key_row(first_ + i / a_.dv) * a_.dv + i % a_.dv]; });
  }

  /// Clamped to VE.
  FLASHD_BODY arith::Number value(int j, int e, bool* clamped) const {
    arith::Number v = arith::decode<Format>(v_[j * a_.dv + e]);
    *clamped = arith::clamp_value<Format>(v, a_.v_exponent);
    return v;
  }

  FLASHD_BODY void find_exponents() {
    threads_.each(a_.dv, [&](int e) {
      int largest = 1;
      for (int j = 0; j < n_; ++j) {
        bool clamped = false;
        const int exponent = value(j, e, &clamped).exponent;
        if (exponent > largest) largest = exponent;
      }
      exponent_[e] = largest;
    });
  }

  FLASHD_BODY std::uint32_t bias_bits(const BlockRow& row, std::int64_t key) const {
    const std::int64_t at = row.head * a_.bias_head + row.query * a_.bias_query + key * a_.bias_key;
    if (a_.bias16) return arith::widen_bias(a_.bias16[at], a_.bias16_format == InputFormat::bf16);
    std::uint32_t word = 0;
    std::memcpy(&word, a_.bias + at, sizeof word);
    return word;
  }

  FLASHD_BODY void score() {
    const int pitch = key_pitch(a_.d);
    threads_.each(rows_here_.count * n_, [&](int i) {
      const int r = i / n_, j = i % n_;
      BlockRow& row = row_[r];
      const std::int64_t key = first_ + j;
      const int at = r * a_.tile + j;
      visible_[at] = 0;
      if (key < row.range.begin || key >= row.range.end) return;
      arith::Bias bias;
      if (a_.bias || a_.bias16) {
        bias = arith::make_bias<P>(bias_bits(row, key));
        if (bias.mask) return;
      }
      std::int64_t sum = 0;
      bool saturated = false;
      bool bad = row.bad != 0 || !bias.finite;
      for (int e = 0; e < a_.d; ++e) {
        const arith::Number k = arith::decode<Format>(k_[j * pitch + e]);
        const arith::Product p = arith::product(arith::decode<Format>(q_[r * a_.d + e]), k,
                                                a_.scale.negative, job_exponent_, grid_);
        sum += p.value;
        saturated = saturated || p.saturated;
        bad = bad || !k.finite;
      }
      const std::int64_t x =
          arith::soft_cap<P>(arith::scaled_sum<P>(sum, a_.scale.mantissa, grid_), a_.soft_cap);
      const std::int64_t slope = arith::alibi<P>(row.slope, row.centre - key);
      const arith::Score s = arith::clamp_score<P>(x + arith::add_bias<P>(bias.value, slope));
      visible_[at] = 1;
      scores_[at] = s.value;
      threads_.raise(&row.largest, s.value);
      threads_.add(&row.seen, 1);
      if (saturated || s.saturated) threads_.add(&row.saturated, 1);
      const std::uint32_t flags = (saturated ? kRowSatProduct : 0u) |
                                  (s.saturated ? kRowSatScore : 0u) | (bad ? kRowNanScore : 0u);
      if (flags != 0) threads_.set(&row.state.flags, flags);
    });
  }

  FLASHD_BODY void weigh() {
    threads_.each(rows_here_.count * n_, [&](int i) {
      BlockRow& row = row_[i / n_];
      const int at = i / n_ * a_.tile + i % n_;
      if (!visible_[at]) return;
      const arith::Weight w =
          arith::make_weight<P>(scores_[at], arith::tile_reference<P>(row.largest));
      weights_[at] = w;
      if (w.mantissa == 0)
        threads_.add(&row.skipped, 1);
      else
        threads_.add(&row.l, arith::weight_addend<P>(w));
    });
  }

  /// The row sum with the tile, and with it g and w.
  FLASHD_BODY void close_tile() {
    threads_.each(rows_here_.count, [&](int r) {
      BlockRow& row = row_[r];
      row.weight.merged = false;
      if (row.seen == 0) return;
      row.counts.scores += row.seen;
      row.counts.keys_skipped += row.skipped;
      row.counts.saturations += row.saturated;
      ++row.counts.tiles;
      const std::int32_t reference = arith::tile_reference<P>(row.largest);
      RowHead& state = row.state;
      row.first = (state.flags & kRowHasKeys) == 0;
      const arith::RowSum tile = arith::tile_row_sum<P>(row.l, reference);
      const arith::RowSum sum =
          row.first ? tile : arith::add({state.exponent, state.mantissa}, tile);
      const std::int64_t y =
          static_cast<std::int64_t>(reference) * (1 << spec::kLogFrac) - arith::log2_sum(sum);
      row.gain = arith::make_gain(y);
      row.weight = arith::make_tile_weight<P>(row.gain, row.l);
      if (row.weight.merged) {
        state.exponent = sum.exponent;
        state.mantissa = sum.mantissa;
        state.flags |= kRowHasKeys;
      } else {
        ++row.counts.tiles_skipped;
      }
      clear_tile(row);
    });
  }

  FLASHD_BODY void merge() {
    threads_.each(rows_here_.count * a_.dv, [&](int i) {
      const int r = i / a_.dv, e = i % a_.dv;
      BlockRow& row = row_[r];
      if (!row.weight.merged) return;
      std::int32_t t = 0;
      std::uint32_t flags = 0;
      for (int j = 0; j < n_; ++j) {
        const int at = r * a_.tile + j;
        if (!visible_[at]) continue;
        bool clamped = false;
        const arith::Number v = value(j, e, &clamped);
        if (!v.finite) flags |= kRowNanValue;
        if (clamped) flags |= kRowSatValue;
        if (weights_[at].mantissa != 0)
          t += arith::value_addend<P, Format>(weights_[at], v, exponent_[e]);
      }
      if (flags != 0) threads_.set(&row.state.flags, flags);
      const int distance = a_.v_exponent + Format::kBias - exponent_[e];
      o_[i] = arith::merge_element<P>(o_[i], row.gain, row.weight, t, distance, row.first);
    });
  }

  FLASHD_BODY void store_rows() {
    arith::FloatShape shape = arith::kFp32Shape;
    if (a_.output == OutputFormat::bf16) shape = arith::kBf16Shape;
    if (a_.output == OutputFormat::fp16) shape = arith::kFp16Shape;
    threads_.each(rows_here_.count * a_.dv, [&](int i) {
      const BlockRow& row = row_[i / a_.dv];
      const std::int64_t at = row.index * a_.dv + i % a_.dv;
      const bool nan = (row.state.flags & (kRowNanScore | kRowNanValue)) != 0;
      const bool empty = (row.state.flags & kRowHasKeys) == 0;
      a_.o_state[at] = o_[i];
      a_.o[at] =
          nan ? arith::kQuietNan : arith::round_output(empty ? 0 : o_[i], a_.v_exponent, shape);
    });
    threads_.each(rows_here_.count, [&](int r) {
      const BlockRow& row = row_[r];
      const RowHead& state = row.state;
      const bool nan_score = (state.flags & kRowNanScore) != 0;
      const bool nan = nan_score || (state.flags & kRowNanValue) != 0;
      const bool empty = (state.flags & kRowHasKeys) == 0;
      std::uint32_t lse = arith::kMinusInf;
      if (!empty) lse = arith::round_lse(arith::log2_sum({state.exponent, state.mantissa}));
      a_.lse[row.index] = nan_score ? arith::kQuietNan : lse;
      a_.head[row.index] = state;
      Counts* sum = a_.counts;
      threads_.add(&sum->scores, row.counts.scores);
      threads_.add(&sum->keys_skipped, row.counts.keys_skipped);
      threads_.add(&sum->tiles, row.counts.tiles);
      threads_.add(&sum->tiles_skipped, row.counts.tiles_skipped);
      threads_.add(&sum->saturations, row.counts.saturations);
      threads_.add(&sum->rows_nan, std::uint64_t{nan});
      threads_.add(&sum->rows_empty, std::uint64_t{empty});
    });
  }

  const ExactArguments& a_;
  const Threads& threads_;
  int rows_;  ///< of a full block
  BlockRow* row_;
  arith::Weight* weights_;
  std::int32_t* scores_;
  std::int32_t* o_;
  std::int32_t* exponent_;
  std::uint16_t* q_;
  std::uint16_t* k_;
  std::uint16_t* v_;
  std::uint8_t* visible_;
  int grid_;
  int job_exponent_;
  BlockRows rows_here_;
  std::int64_t first_ = 0;  ///< key of the tile
  int n_ = 0;               ///< keys of the tile
};

}  // namespace flashd::cuda
