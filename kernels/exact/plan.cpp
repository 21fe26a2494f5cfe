// SPDX-License-Identifier: Apache-2.0
#include "kernels/exact/plan.hpp"

#include <algorithm>
#include <cstring>

namespace flashd::cuda {

namespace {

std::vector<float> as_floats(const std::vector<std::uint32_t>& bits) {
  std::vector<float> out(bits.size());
  if (!bits.empty()) std::memcpy(out.data(), bits.data(), bits.size() * sizeof bits[0]);
  return out;
}

}  // namespace

LaunchShape fitting_shape(const Job& job) {
  // About two blocks for each of the 132 processors of a Hopper GPU, if there are so many rows.
  constexpr std::int64_t kBlocks = 264;
  const std::int64_t rows = job.heads_q * job.queries / kBlocks;
  LaunchShape shape;
  shape.rows = static_cast<int>(std::clamp<std::int64_t>(rows, 1, kMaxRows));
  shape.threads = std::clamp(shape.rows * kMaxTileKeys, 128, kMaxThreads);
  return shape;
}

ExactArguments shape_of(const Job& job, int tile) {
  ExactArguments a;
  a.heads_q = job.heads_q;
  a.heads_kv = job.heads_kv;
  a.queries = job.queries;
  a.keys = job.keys;
  a.key_length = job.visibility.key_length.value_or(job.keys);
  a.d = job.d;
  a.dv = job.dv;
  a.tile = tile;
  return a;
}

ExactPlan::ExactPlan(const Job& job, const golden::Settings& settings)
    : rows(job.heads_q * job.queries) {
  ExactArguments& a = arguments;
  a = shape_of(job, settings.tile);
  a.profile = settings.profile;
  a.input = job.input;
  a.output = job.output;
  a.scale = arith::make_scale(job.scale);
  if (job.soft_cap) a.soft_cap = arith::make_soft_cap(*job.soft_cap);
  if (settings.soft_cap_word != 0) a.soft_cap = arith::SoftCap::unpack(settings.soft_cap_word);
  a.v_exponent = golden::value_exponent(job);
  a.diagonal = diagonal(job);
  a.q = job.q.data();
  a.k = job.k.data();
  a.v = job.v.data();
  for (std::int64_t i = 0; i < job.queries; ++i) ranges_.push_back(visible_keys(job, i));
  a.ranges = ranges_.data();
  if (job.paging) {
    a.page_size = job.paging->page_size;
    a.page_table = job.paging->table.data();
    table_entries = (a.key_length + a.page_size - 1) / a.page_size;
  }
  if (job.bias && a.queries > 0 && a.key_length > 0) {
    a.bias = job.bias->data;
    a.bias16 = job.bias->data16;
    a.bias16_format = job.bias->format16;
    a.bias_head = job.bias->head;
    a.bias_query = job.bias->query;
    a.bias_key = job.bias->key;
    bias_elements = (a.heads_q - 1) * a.bias_head + (a.queries - 1) * a.bias_query +
                    (a.key_length - 1) * a.bias_key + 1;
  }
  for (const float slope : job.alibi) slopes_.push_back(arith::make_alibi_slope(slope));
  if (!slopes_.empty()) a.slopes = slopes_.data();
  if (job.state_in) {
    a.head_in = job.state_in->head.data();
    a.o_in = job.state_in->o.data();
  }
  state_.v_exponent = a.v_exponent;
  state_.head.resize(static_cast<std::size_t>(rows));
  state_.o.resize(static_cast<std::size_t>(rows * a.dv));
  o_.resize(state_.o.size());
  lse_.resize(state_.head.size());
  a.head = state_.head.data();
  a.o_state = state_.o.data();
  a.o = o_.data();
  a.lse = lse_.data();
  a.counts = &counts;
}

Result ExactPlan::take() {
  Result result;
  result.o = as_floats(o_);
  result.lse = as_floats(lse_);
  result.state = std::move(state_);
  result.counts = counts;
  return result;
}

}  // namespace flashd::cuda
