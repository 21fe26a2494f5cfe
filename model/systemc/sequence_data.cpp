// SPDX-License-Identifier: Apache-2.0
#include "model/systemc/sequence_data.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "model/arith/alibi.hpp"
#include "model/arith/scale.hpp"
#include "model/golden/golden.hpp"

namespace flashd::twin {

namespace {

/// scale whose constants are these: exact, since a double holds log2(e) scale to 2^-52.
double scale_of(const Sequence& s, const Parameters& p) {
  const device::Descriptor& d = s.descriptor;
  const int bias = s.flag(device::kFlagFp16) ? spec::Fp16::kBias : spec::Bf16::kBias;
  const int grid = p.profile == Profile::fine ? arith::product_grid<spec::Fine>(d.d)
                                              : arith::product_grid<spec::Lean>(d.d);
  const int exponent = d.job_exponent - grid + 2 * bias + 2 * (p.sig - 1);
  constexpr double kLog2e = 1.4426950408889634;
  // log2(e) times a large scale is beyond a double; the largest double has its constants.
  const double c = std::min(
      std::ldexp(static_cast<double>(d.scale_mantissa) / kLog2e, exponent - (spec::kScaleBits - 1)),
      std::numeric_limits<double>::max());
  return d.scale_negative ? -c : c;
}

/// The float32 that these constants came from: 32 bits of log2(e) slope tell it.
float slope_of(const arith::AlibiSlope& slope) {
  constexpr double kLog2e = 1.4426950408889634;
  const int exponent = spec::kAlibiMaxLog2 - slope.drop + 1 - spec::kAlibiMantissaBits;
  const double magnitude = std::ldexp(static_cast<double>(slope.mantissa), exponent) / kLog2e;
  return static_cast<float>(slope.negative ? -magnitude : magnitude);
}

/// Rows of `elements` 16-bit elements, `count` of them, `stride` bytes apart.
void read_rows(const Peek& peek, std::uint64_t from, std::uint64_t stride, std::uint64_t count,
               int elements, std::uint16_t* to) {
  const std::uint64_t row = static_cast<std::uint64_t>(elements) * 2;
  if (stride == row) {
    if (count != 0) peek(from, to, row * count);
    return;
  }
  for (std::uint64_t i = 0; i < count; ++i) peek(from + i * stride, to + i * elements, row);
}

}  // namespace

/// Notes R of every row and tile, for skip_v.
class SequenceData::Watch final : public golden::Observer {
 public:
  Watch(SequenceData* data, const Sequence& s, int tile)
      : data_(*data), sequence_(s), tile_keys_(tile) {}

  void tile(const golden::TileTrace& trace) override {
    const std::uint32_t group = sequence_.descriptor.group;
    const auto head = static_cast<std::uint64_t>(trace.head) / group;
    const auto row = static_cast<std::uint64_t>(trace.query) * group + trace.head % group;
    const auto tile = static_cast<std::uint64_t>(trace.first_key / tile_keys_);
    Seen& seen = data_.seen_[(head * data_.rows_ + row) * data_.tiles_ + tile];
    seen = {trace.reference, true, (trace.after.flags & kRowNanScore) != 0};
  }

 private:
  SequenceData& data_;
  const Sequence& sequence_;
  int tile_keys_;
};

SequenceData::SequenceData(const Sequence& s, const Parameters& p, const Peek& peek) {
  fill(s, peek);
  job_.scale = scale_of(s, p);
  run(s, p);
}

void SequenceData::fill(const Sequence& s, const Peek& peek) {
  const device::Descriptor& d = s.descriptor;
  const bool paged = s.flag(device::kFlagPaged);
  const std::uint64_t heads_q = static_cast<std::uint64_t>(d.heads_kv) * d.group;
  job_.heads_q = static_cast<std::int64_t>(heads_q);
  job_.heads_kv = d.heads_kv;
  job_.queries = d.queries;
  job_.keys = s.kv_len;
  job_.d = d.d;
  job_.dv = d.dv;
  job_.input = s.flag(device::kFlagFp16) ? InputFormat::fp16 : InputFormat::bf16;
  job_.output = s.output_format() == 0   ? OutputFormat::fp32
                : s.output_format() == 1 ? OutputFormat::bf16
                                         : OutputFormat::fp16;
  q_.resize(heads_q * d.queries * d.d);
  for (std::uint64_t h = 0; h < heads_q; ++h)
    read_rows(peek, s.q + h * Sequence::bytes(d.q_head), Sequence::bytes(d.q_token), d.queries, d.d,
              q_.data() + h * d.queries * d.d);
  const std::uint64_t page = paged ? std::uint64_t{1} << d.page_size_log2 : s.kv_len;
  std::uint64_t pools = 1;
  if (paged) {
    const std::uint64_t used = (s.kv_len + page - 1) / page;
    table_.resize(used);
    if (used != 0) peek(s.page_table, table_.data(), used * 4);
    pools = d.pages;
    job_.paging = Paging{static_cast<int>(page), table_};
  }
  k_.resize(pools * d.heads_kv * page * d.d);
  v_.resize(pools * d.heads_kv * page * d.dv);
  for (std::uint64_t i = 0; i < pools; ++i) {
    for (std::uint64_t h = 0; h < d.heads_kv; ++h) {
      const std::uint64_t at = (i * d.heads_kv + h) * page;
      read_rows(peek, s.k + i * Sequence::bytes(d.k_batch) * paged + h * Sequence::bytes(d.k_head),
                Sequence::bytes(d.k_token), page, d.d, k_.data() + at * d.d);
      read_rows(peek, s.v + i * Sequence::bytes(d.v_batch) * paged + h * Sequence::bytes(d.v_head),
                Sequence::bytes(d.v_token), page, d.dv, v_.data() + at * d.dv);
    }
  }
  job_.q = q_;
  job_.k = k_;
  job_.v = v_;
  job_.visibility.causal = s.flag(device::kFlagCausal);
  job_.visibility.diagonal = s.diagonal;
  if (s.flag(device::kFlagWindow)) {
    job_.visibility.window_left = d.window_left;
    job_.visibility.window_right = d.window_right;
  }
  const int bias = job_.input == InputFormat::fp16 ? spec::Fp16::kBias : spec::Bf16::kBias;
  job_.v_exponent = s.v_exponent - bias;
  if (s.flag(device::kFlagBias)) {
    const std::uint64_t heads = d.bias_head != 0 ? heads_q : 1;
    const std::uint64_t queries = d.bias_token != 0 ? d.queries : 1;
    const int size = s.bias_bytes();
    bias32_.resize(size == 4 ? heads * queries * s.kv_len : 0);
    bias16_.resize(size == 2 ? heads * queries * s.kv_len : 0);
    auto* to = size == 4 ? reinterpret_cast<std::uint8_t*>(bias32_.data())
                         : reinterpret_cast<std::uint8_t*>(bias16_.data());
    const std::uint64_t row = static_cast<std::uint64_t>(s.kv_len) * size;
    for (std::uint64_t h = 0; h < heads; ++h) {
      for (std::uint64_t i = 0; i < queries; ++i) {
        if (row != 0)
          peek(s.bias + h * Sequence::bytes(d.bias_head) + i * Sequence::bytes(d.bias_token),
               to + (h * queries + i) * row, row);
      }
    }
    BiasView view;
    if (size == 4) {
      view.data = bias32_.data();
    } else {
      view.data16 = bias16_.data();
      view.format16 = s.bias_format() == 1 ? InputFormat::bf16 : InputFormat::fp16;
    }
    view.head = heads > 1 ? static_cast<std::int64_t>(queries * s.kv_len) : 0;
    view.query = queries > 1 ? static_cast<std::int64_t>(s.kv_len) : 0;
    view.key = 1;
    job_.bias = view;
  }
  if (s.flag(device::kFlagAlibi)) {
    std::vector<std::uint64_t> words(heads_q);
    peek(s.alibi, words.data(), heads_q * device::kAlibiBytes);
    slopes_.resize(heads_q);
    std::transform(words.begin(), words.end(), slopes_.begin(),
                   [](std::uint64_t word) { return slope_of(arith::AlibiSlope::unpack(word)); });
    job_.alibi = slopes_;
  }
  if (!s.flag(device::kFlagStateIn)) return;
  state_in_.v_exponent = *job_.v_exponent;
  state_in_.head.resize(heads_q * d.queries);
  state_in_.o.resize(state_in_.head.size() * d.dv);
  for (std::uint64_t h = 0; h < heads_q; ++h) {
    for (std::uint64_t i = 0; i < d.queries; ++i) {
      const std::uint64_t at = s.state_in + h * Sequence::bytes(d.state_head) + i * s.state_bytes();
      std::uint32_t words[3];
      peek(at, words, sizeof words);
      const std::uint64_t row = h * d.queries + i;
      state_in_.head[row] = {static_cast<std::int32_t>(words[0]), words[1], words[2]};
      peek(at + 16, state_in_.o.data() + row * d.dv, 4 * static_cast<std::uint64_t>(d.dv));
    }
  }
  job_.state_in = &state_in_;
}

void SequenceData::run(const Sequence& s, const Parameters& p) {
  golden::Settings settings{p.profile, p.tile};
  if (s.flag(device::kFlagSoftCap)) settings.soft_cap_word = s.descriptor.soft_cap;
  if (!s.flag(device::kFlagSkipV)) {
    result_ = golden::run(job_, settings);
    return;
  }
  rows_ = static_cast<std::uint32_t>(s.rows());
  tiles_ = static_cast<std::uint32_t>((s.kv_len + p.tile - 1) / p.tile);
  seen_.resize(static_cast<std::size_t>(job_.heads_kv) * rows_ * tiles_);
  while ((1 << margin_) < p.tile) ++margin_;
  margin_ += 34;
  Watch watch(this, s, p.tile);
  result_ = golden::run(job_, settings, &watch);
}

bool SequenceData::skip(std::uint32_t head, std::uint32_t tile) const {
  for (std::uint32_t r = 0; r < rows_; ++r) {
    const Seen* row = &seen_[(static_cast<std::size_t>(head) * rows_ + r) * tiles_];
    if (tile >= tiles_ || !row[tile].any) continue;
    if (row[tile].nan) return false;
    bool known = false;
    std::int32_t bound = 0;
    if (job_.state_in != nullptr) {
      const std::uint64_t group = static_cast<std::uint64_t>(job_.heads_q / job_.heads_kv);
      const RowHead& state = state_in_.head[(head * group + r % group) * job_.queries + r / group];
      known = (state.flags & kRowHasKeys) != 0;
      bound = state.exponent;
    }
    for (std::uint32_t t = 0; t < tile; ++t) {
      if (!row[t].any) continue;
      bound = known ? std::max(bound, row[t].reference - 1) : row[t].reference - 1;
      known = true;
    }
    if (!known || row[tile].reference + margin_ > bound) return false;
  }
  return true;
}

}  // namespace flashd::twin
