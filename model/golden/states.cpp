// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "model/arith/decode.hpp"
#include "model/arith/log2.hpp"
#include "model/arith/merge.hpp"
#include "model/arith/output.hpp"
#include "model/golden/golden.hpp"

namespace flashd::golden {

namespace {

template <class Format>
int largest_exponent(const Job& job) {
  const std::int64_t length = job.visibility.key_length.value_or(job.keys);
  int largest = 1;
  for (std::int64_t h = 0; h < job.heads_kv; ++h) {
    for (std::int64_t key = 0; key < length; ++key) {
      const std::int64_t base = key_row(job, h, key) * job.dv;
      for (std::int64_t i = base; i < base + job.dv; ++i)
        largest = std::max(largest, arith::decode<Format>(job.v[i]).exponent);
    }
  }
  return largest - Format::kBias;
}

float as_float(std::uint32_t bits) {
  float f;
  std::memcpy(&f, &bits, sizeof f);
  return f;
}

arith::FloatShape shape_of(OutputFormat format) {
  if (format == OutputFormat::bf16) return arith::kBf16Shape;
  return format == OutputFormat::fp16 ? arith::kFp16Shape : arith::kFp32Shape;
}

RowHead merge_heads(const RowHead& a, const RowHead& b, arith::Gain* weight) {
  RowHead out;
  out.flags = a.flags | b.flags;
  const arith::RowSum sum = arith::add({a.exponent, a.mantissa}, {b.exponent, b.mantissa});
  out.exponent = sum.exponent;
  out.mantissa = sum.mantissa;
  const std::int64_t y = arith::log2_sum({b.exponent, b.mantissa}) - arith::log2_sum(sum);
  *weight = arith::make_gain(std::min<std::int64_t>(y, 0));
  return out;
}

}  // namespace

int value_exponent(const Job& job) {
  if (job.state_in) return job.state_in->v_exponent;
  if (job.v_exponent) return *job.v_exponent;
  return job.input == InputFormat::bf16 ? largest_exponent<spec::Bf16>(job)
                                        : largest_exponent<spec::Fp16>(job);
}

RowStates merge(const RowStates& a, const RowStates& b, int dv, Profile) {
  if (a.head.size() != b.head.size() || a.o.size() != b.o.size() ||
      a.o.size() != a.head.size() * static_cast<std::size_t>(dv))
    throw std::invalid_argument("states to merge must hold the same rows and head dimension");
  if (a.v_exponent != b.v_exponent)
    throw std::invalid_argument("states to merge must share one value exponent");
  RowStates out = a;
  for (std::size_t r = 0; r < a.head.size(); ++r) {
    const bool a_empty = (a.head[r].flags & kRowHasKeys) == 0;
    const bool b_empty = (b.head[r].flags & kRowHasKeys) == 0;
    if (b_empty || a_empty) {
      out.head[r] = b_empty ? a.head[r] : b.head[r];
      out.head[r].flags = a.head[r].flags | b.head[r].flags;
      if (!b_empty) std::copy_n(b.o.begin() + r * dv, dv, out.o.begin() + r * dv);
      continue;
    }
    arith::Gain weight;
    out.head[r] = merge_heads(a.head[r], b.head[r], &weight);
    for (std::size_t e = r * dv; e < (r + 1) * dv; ++e)
      out.o[e] = arith::merge_states(a.o[e], b.o[e], weight);
  }
  return out;
}

Result finish(const RowStates& state, int dv, OutputFormat output, Profile) {
  Result result;
  const arith::FloatShape shape = shape_of(output);
  result.o.resize(state.o.size());
  result.lse.resize(state.head.size());
  for (std::size_t r = 0; r < state.head.size(); ++r) {
    const RowHead& head = state.head[r];
    const bool nan_score = (head.flags & kRowNanScore) != 0;
    const bool nan = nan_score || (head.flags & kRowNanValue) != 0;
    const bool empty = (head.flags & kRowHasKeys) == 0;
    for (std::size_t e = r * dv; e < (r + 1) * dv; ++e) {
      result.o[e] =
          as_float(nan ? arith::kQuietNan
                       : arith::round_output(empty ? 0 : state.o[e], state.v_exponent, shape));
    }
    std::uint32_t lse = arith::kMinusInf;
    if (!empty) lse = arith::round_lse(arith::log2_sum({head.exponent, head.mantissa}));
    if (nan_score) lse = arith::kQuietNan;
    result.lse[r] = as_float(lse);
    result.counts.rows_nan += nan;
    result.counts.rows_empty += empty;
  }
  result.state = state;
  return result;
}

}  // namespace flashd::golden
