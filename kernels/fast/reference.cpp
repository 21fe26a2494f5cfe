// SPDX-License-Identifier: Apache-2.0
#include "kernels/fast/reference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/fast/plan.hpp"
#include "model/reference/decode.hpp"

namespace flashd::cuda {

namespace {

using reference::element_bits;
using reference::element_value;

constexpr double kMinusInf = -std::numeric_limits<double>::infinity();

/// Where the parts of a row lie.
struct RowPlaces {
  Sequence sequence;
  const std::uint16_t* q = nullptr;
  const std::uint16_t* k = nullptr;  ///< of key 0
  const std::uint16_t* v = nullptr;
  std::int64_t o = 0;  ///< element
  std::int64_t lse = 0;
  int keys = 0;  ///< that the row sees
};

RowPlaces places(const FastJob& job, const RowIndex& index) {
  const Schedule schedule = schedule_of(job, 1);
  RowPlaces at;
  at.sequence = sequence_of(schedule, index.sequence);
  const int kv_head = index.head / static_cast<int>(job.heads_q / job.heads_kv);
  const std::int64_t row = std::int64_t{at.sequence.first_query} + index.row;
  const auto offset = [&](const FastStrides& strides, int head, std::int64_t r) {
    return row_offset(job, strides, index.sequence, {head, r});
  };
  at.keys = key_limit(at.sequence, job.causal, index.row);
  at.q = job.q + offset(job.q_strides, index.head, row);
  if (at.keys > 0) {
    at.k = job.k + offset(job.k_strides, kv_head, at.sequence.first_key);
    at.v = job.v + offset(job.v_strides, kv_head, at.sequence.first_key);
  }
  at.o = offset(job.o_strides, index.head, row);
  at.lse = lse_offset(job, index.sequence, {index.head, row});
  return at;
}

float value(const FastJob& job, const std::uint16_t* from, int c) {
  return element_values(job.input)[from[c]];
}

float rounded(const FastJob& job, float x) {
  return element_values(job.input)[element_bits(x, job.input)];
}

std::vector<float> all_values(InputFormat format) {
  std::vector<float> values(65536);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = element_value(static_cast<std::uint16_t>(i), format);
  return values;
}

}  // namespace

const std::vector<float>& element_values(InputFormat format) {
  static const std::vector<float> bf16 = all_values(InputFormat::bf16);
  static const std::vector<float> fp16 = all_values(InputFormat::fp16);
  return format == InputFormat::bf16 ? bf16 : fp16;
}

RowResult row_in_float64(const FastJob& job, const RowIndex& index) {
  const RowPlaces at = places(job, index);
  RowResult result{std::vector<double>(static_cast<std::size_t>(job.d)), kMinusInf};
  std::vector<double> scores(static_cast<std::size_t>(at.keys));
  double maximum = kMinusInf;
  for (int j = 0; j < at.keys; ++j) {
    const std::uint16_t* k = at.k + j * job.k_strides.row;
    double s = 0.0;
    for (int c = 0; c < job.d; ++c)
      s += static_cast<double>(value(job, at.q, c)) * static_cast<double>(value(job, k, c));
    scores[static_cast<std::size_t>(j)] = s * static_cast<double>(job.scale);
    maximum = std::max(maximum, scores[static_cast<std::size_t>(j)]);
  }
  if (at.keys == 0) return result;
  double sum = 0.0;
  for (int j = 0; j < at.keys; ++j) {
    const std::uint16_t* v = at.v + j * job.v_strides.row;
    const double p = std::exp(scores[static_cast<std::size_t>(j)] - maximum);
    sum += p;
    for (int c = 0; c < job.d; ++c)
      result.o[static_cast<std::size_t>(c)] += p * static_cast<double>(value(job, v, c));
  }
  for (double& o : result.o) o /= sum;
  result.lse = maximum + std::log(sum);
  return result;
}

RowResult row_in_framework(const FastJob& job, const RowIndex& index) {
  const RowPlaces at = places(job, index);
  RowResult result{std::vector<double>(static_cast<std::size_t>(job.d)), kMinusInf};
  if (at.keys == 0) return result;
  std::vector<float> q(static_cast<std::size_t>(job.d));
  for (int c = 0; c < job.d; ++c)
    q[static_cast<std::size_t>(c)] = rounded(job, value(job, at.q, c) * job.scale);
  std::vector<float> p(static_cast<std::size_t>(at.keys));
  float maximum = -std::numeric_limits<float>::infinity();
  for (int j = 0; j < at.keys; ++j) {
    const std::uint16_t* k = at.k + j * job.k_strides.row;
    float s = 0.0f;
    for (int c = 0; c < job.d; ++c) s += q[static_cast<std::size_t>(c)] * value(job, k, c);
    p[static_cast<std::size_t>(j)] = rounded(job, s);
    maximum = std::max(maximum, p[static_cast<std::size_t>(j)]);
  }
  float sum = 0.0f;
  for (float& x : p) sum += x = std::exp(x - maximum);
  std::vector<float> o(static_cast<std::size_t>(job.d));
  for (int j = 0; j < at.keys; ++j) {
    const float weight = rounded(job, p[static_cast<std::size_t>(j)] / sum);
    const std::uint16_t* v = at.v + j * job.v_strides.row;
    for (int c = 0; c < job.d; ++c) o[static_cast<std::size_t>(c)] += weight * value(job, v, c);
  }
  std::transform(o.begin(), o.end(), result.o.begin(), [&](float x) { return rounded(job, x); });
  result.lse = maximum + std::log(sum);
  return result;
}

RowResult row_of_result(const FastJob& job, const RowIndex& index) {
  const RowPlaces at = places(job, index);
  RowResult result{{}, std::numeric_limits<double>::quiet_NaN()};
  for (int c = 0; c < job.d; ++c) {
    if (job.output == OutputFormat::fp32) {
      result.o.push_back(static_cast<const float*>(job.o)[at.o + c]);
    } else {
      const std::uint16_t bits = static_cast<const std::uint16_t*>(job.o)[at.o + c];
      result.o.push_back(job.output == OutputFormat::bf16 ? reference::bf16_value(bits)
                                                          : reference::fp16_value(bits));
    }
  }
  if (job.lse) result.lse = job.lse[at.lse];
  return result;
}

std::vector<RowIndex> sample_rows(const FastJob& job, std::int64_t most) {
  const Schedule schedule = schedule_of(job, 1);
  const std::int64_t heads = job.batch * job.heads_q;
  std::vector<RowIndex> rows;
  for (std::int64_t h = 0; h < heads; ++h) {
    const int sequence = static_cast<int>(h / job.heads_q);
    const int head = static_cast<int>(h % job.heads_q);
    const std::int64_t count = sequence_of(schedule, sequence).queries;
    const std::int64_t wanted = std::min(count, std::max<std::int64_t>(2, most / heads));
    for (std::int64_t i = 0; i < wanted; ++i) {
      const std::int64_t row = wanted == 1 ? 0 : i * (count - 1) / (wanted - 1);
      rows.push_back({sequence, head, static_cast<int>(row)});
    }
  }
  return rows;
}

FastErrors measure_rows(const FastJob& job, const std::vector<RowIndex>& rows) {
  FastErrors errors;
  double squares = 0.0, framework_squares = 0.0, reference_squares = 0.0;
  const auto keep = [](double& largest, double x) {
    if (x > largest || x != x) largest = x;
  };
  for (const RowIndex& index : rows) {
    const RowResult expected = row_in_float64(job, index);
    const RowResult framework = row_in_framework(job, index);
    const RowResult got = row_of_result(job, index);
    for (std::size_t c = 0; c < expected.o.size(); ++c) {
      const double error = std::fabs(got.o[c] - expected.o[c]);
      const double other = std::fabs(framework.o[c] - expected.o[c]);
      keep(errors.largest, error);
      keep(errors.framework_largest, other);
      keep(errors.largest_value, std::fabs(expected.o[c]));
      squares += error * error;
      framework_squares += other * other;
      reference_squares += expected.o[c] * expected.o[c];
    }
    errors.values += static_cast<std::int64_t>(expected.o.size());
    if (job.lse && !(expected.lse == kMinusInf && got.lse == kMinusInf))
      keep(errors.lse, std::fabs(got.lse - expected.lse));
  }
  errors.rows = static_cast<std::int64_t>(rows.size());
  if (errors.values == 0) return errors;
  errors.rms = std::sqrt(squares / static_cast<double>(errors.values));
  errors.framework_rms = std::sqrt(framework_squares / static_cast<double>(errors.values));
  errors.relative = reference_squares > 0.0 ? std::sqrt(squares / reference_squares) : 0.0;
  return errors;
}

bool within_rule(const FastErrors& errors, double atol) {
  return errors.largest <= 2.0 * errors.framework_largest + atol;
}

}  // namespace flashd::cuda
