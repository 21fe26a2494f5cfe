// SPDX-License-Identifier: Apache-2.0
#include "tests/cuda/fast_jobs.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <tuple>

#include "model/reference/decode.hpp"

namespace flashd::cuda {

namespace {

std::vector<std::uint16_t> draw(std::mt19937_64* random, std::int64_t count, double spread,
                                InputFormat format) {
  // Box and Muller: the same numbers everywhere, which std::normal_distribution does not promise.
  std::vector<std::uint16_t> bits(static_cast<std::size_t>(count));
  for (std::uint16_t& b : bits) {
    const double u = (static_cast<double>((*random)() >> 11) + 0.5) * 0x1p-53;
    const double angle = static_cast<double>((*random)() >> 11) * 0x1p-53 * 6.283185307179586;
    b = reference::element_bits(
        static_cast<float>(spread * std::sqrt(-2.0 * std::log(u)) * std::cos(angle)), format);
  }
  return bits;
}

/// Lengths of a varlen job: the longest, an empty one, and shorter ones.
std::vector<std::int32_t> lengths(std::int64_t batch, std::int64_t longest, int step) {
  std::vector<std::int32_t> cu{0};
  for (std::int64_t b = 0; b < batch; ++b) {
    const std::int64_t cut = b == 0 ? 0 : b == 2 ? longest : (longest * b) / (batch + 1) + step;
    cu.push_back(cu.back() + static_cast<std::int32_t>(std::max<std::int64_t>(0, longest - cut)));
  }
  return cu;
}

std::int64_t element_size(OutputFormat output) { return output == OutputFormat::fp32 ? 4 : 2; }

}  // namespace

std::string name(const FastCase& c) {
  std::string text = "d " + std::to_string(c.d);
  text += c.input == InputFormat::bf16 ? " bf16" : " fp16";
  text += c.output == OutputFormat::fp32   ? " to fp32"
          : c.output == OutputFormat::bf16 ? " to bf16"
                                           : " to fp16";
  if (c.causal) text += " causal";
  if (c.varlen) text += " varlen";
  if (c.rows_first) text += " rows first";
  if (c.spread != 1.0) text += " spread " + std::to_string(c.spread);
  if (c.parts != 1) text += " parts " + std::to_string(c.parts);
  return text + " " + std::to_string(c.batch) + "x" + std::to_string(c.heads_q) + "/" +
         std::to_string(c.heads_kv) + " " + std::to_string(c.queries) + "x" +
         std::to_string(c.keys);
}

FastArrays::FastArrays(const FastCase& c, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  job.input = c.input;
  job.output = c.output;
  job.d = c.d;
  job.batch = c.batch;
  job.heads_q = c.heads_q;
  job.heads_kv = c.heads_kv;
  job.queries = c.queries;
  job.keys = c.keys;
  job.causal = c.causal;
  job.scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(c.d)));
  std::int64_t entries = c.batch, rows = c.queries, key_rows = c.keys;
  if (c.varlen) {
    cu_queries = lengths(c.batch, c.queries, 3);
    cu_keys = lengths(c.batch, c.keys, 5);
    job.total_queries = rows = cu_queries.back();
    job.total_keys = key_rows = cu_keys.back();
    entries = 1;
  }
  q = draw(&random, entries * c.heads_q * rows * c.d, c.spread, c.input);
  k = draw(&random, entries * c.heads_kv * key_rows * c.d, 1.0, c.input);
  v = draw(&random, entries * c.heads_kv * key_rows * c.d, 1.0, c.input);
  o.resize(static_cast<std::size_t>(entries * c.heads_q * rows * c.d * element_size(c.output)));
  lse.resize(static_cast<std::size_t>(entries * c.heads_q * rows));
  job.q_strides = job.o_strides = dense_strides(c.heads_q, rows, c.d, c.rows_first);
  job.k_strides = job.v_strides = dense_strides(c.heads_kv, key_rows, c.d, c.rows_first);
  point();
  set_parts(c.parts);
}

FastArrays::FastArrays(const Job& from, OutputFormat output) {
  job.d = from.d <= 64 ? 64 : from.d <= 128 ? 128 : 256;
  job.input = from.input;
  job.output = output;
  job.heads_q = from.heads_q;
  job.heads_kv = from.heads_kv;
  job.queries = from.queries;
  job.keys = from.keys;
  job.causal = from.visibility.causal;
  job.scale = static_cast<float>(from.scale);
  const auto padded = [&](gsl::span<const std::uint16_t> rows, int d) {
    const std::size_t count = rows.size() / static_cast<std::size_t>(d);
    std::vector<std::uint16_t> wide(count * static_cast<std::size_t>(job.d));
    for (std::size_t i = 0; i < count; ++i) {
      std::copy_n(rows.begin() + static_cast<std::ptrdiff_t>(i) * d, d,
                  wide.begin() + static_cast<std::ptrdiff_t>(i) * job.d);
    }
    return wide;
  };
  q = padded(from.q, from.d);
  k = padded(from.k, from.d);
  v = padded(from.v, from.dv);
  o.resize(q.size() * static_cast<std::size_t>(element_size(output)));
  lse.resize(static_cast<std::size_t>(from.heads_q * from.queries));
  job.q_strides = job.o_strides = dense_strides(job.heads_q, job.queries, job.d);
  job.k_strides = job.v_strides = dense_strides(job.heads_kv, job.keys, job.d);
  point();
}

void FastArrays::point() {
  job.q = q.data();
  job.k = k.data();
  job.v = v.data();
  job.o = o.data();
  job.lse = lse.data();
  if (!cu_queries.empty()) {
    job.cu_queries = cu_queries.data();
    job.cu_keys = cu_keys.data();
  }
  clear_results();
}

void FastArrays::clear_results() {
  std::fill(o.begin(), o.end(), static_cast<unsigned char>(0x7F));
  std::fill(lse.begin(), lse.end(), 1e30f);
  std::fill(workspace.begin(), workspace.end(), 1e30f);
}

void FastArrays::set_parts(int parts) {
  job.parts = parts;
  workspace.assign(static_cast<std::size_t>(workspace_elements(job)), 1e30f);
  job.workspace = workspace.empty() ? nullptr : workspace.data();
}

Job host_job(const FastCase& c, const FastArrays& arrays) {
  Job job;
  job.heads_q = c.heads_q;
  job.heads_kv = c.heads_kv;
  job.queries = c.queries;
  job.keys = c.keys;
  job.d = job.dv = c.d;
  job.q = arrays.q;
  job.k = arrays.k;
  job.v = arrays.v;
  job.input = c.input;
  job.output = c.output;
  job.scale = static_cast<double>(arrays.job.scale);
  job.visibility.causal = c.causal;
  return job;
}

std::int64_t differences(const FastArrays& arrays, const Counts& counts, const Result& result) {
  const FastJob& job = arrays.job;
  const auto rows = sample_rows(job, std::numeric_limits<std::int64_t>::max());
  const auto width = static_cast<std::size_t>(job.d);
  if (result.o.size() != rows.size() * width || result.lse.size() != rows.size()) return -1;
  // Elements of every format are float32 values, so nothing is lost by way of float64.
  const auto same = [](double a, float b) {
    const auto x = static_cast<float>(a);
    return std::memcmp(&x, &b, sizeof x) == 0;
  };
  std::int64_t wrong = 0;
  for (const RowIndex& row : rows) {
    const RowResult left = row_of_result(job, row);
    const auto index = static_cast<std::size_t>(row.head * job.queries + row.row);
    for (std::size_t c = 0; c < width; ++c) wrong += !same(left.o[c], result.o[index * width + c]);
    wrong += !same(left.lse, result.lse[index]);
  }
  wrong += counts.scores != result.counts.scores;
  wrong += counts.rows_nan != result.counts.rows_nan;
  wrong += counts.rows_empty != result.counts.rows_empty;
  return wrong;
}

namespace {

/// Few rows: heads of a group in one block, keys in parts, some of them empty or not seen.
void add_few_rows(int d, InputFormat input, std::vector<FastCase>* cases) {
  FastCase c;
  c.d = d;
  c.input = input;
  const std::tuple<int, int, int, int, int, bool> rows[] = {
      // queries, keys, heads of Q, of K, parts, causal
      {1, 700, 8, 2, 5, false}, {1, 129, 6, 2, 4, true},     {3, 300, 12, 1, 3, true},
      {40, 90, 10, 2, 2, true}, {9, 1000, 30, 2, 16, false}, {20, 0, 4, 1, 3, false},
  };
  for (const auto& [queries, keys, heads_q, heads_kv, parts, causal] : rows) {
    c.queries = queries;
    c.keys = keys;
    c.heads_q = heads_q;
    c.heads_kv = heads_kv;
    c.parts = parts;
    c.causal = causal;
    c.rows_first = !c.rows_first;
    c.output = causal                       ? OutputFormat::fp32
               : input == InputFormat::bf16 ? OutputFormat::bf16
                                            : OutputFormat::fp16;
    cases->push_back(c);
  }
  c.rows_first = false;
  c.varlen = c.causal = true;
  c.batch = 4;
  c.queries = 11;
  c.keys = 400;
  c.spread = 8.0;
  cases->push_back(c);
}

}  // namespace

std::vector<FastCase> fast_cases() {
  std::vector<FastCase> cases;
  for (const int d : {64, 128, 256}) {
    for (const InputFormat input : {InputFormat::bf16, InputFormat::fp16}) {
      for (int bits = 0; bits < 8; ++bits) {
        FastCase c;
        c.d = d;
        c.input = input;
        c.causal = (bits & 1) != 0;
        c.heads_kv = (bits & 2) != 0 ? 1 : 2;
        c.varlen = (bits & 4) != 0;
        c.batch = c.varlen ? 4 : 1;
        c.queries = 70;
        c.keys = c.causal ? 190 : 233;
        cases.push_back(c);
      }
      FastCase edge;
      edge.d = d;
      edge.input = input;
      edge.output = input == InputFormat::bf16 ? OutputFormat::bf16 : OutputFormat::fp16;
      edge.rows_first = true;
      edge.batch = 2;
      edge.heads_q = 2;
      edge.heads_kv = 1;
      const std::tuple<int, int, bool> edges[] = {{1, 1, false},    {1, 300, true},
                                                  {5, 0, false},    {129, 128, true},
                                                  {64, 257, false}, {150, 70, true}};
      for (const auto& [queries, keys, causal] : edges) {
        edge.queries = queries;
        edge.keys = keys;
        edge.causal = causal;
        cases.push_back(edge);
      }
      edge.queries = 17;
      edge.keys = 600;
      edge.causal = false;
      edge.spread = 12.0;
      edge.output = OutputFormat::fp32;
      cases.push_back(edge);
      add_few_rows(d, input, &cases);
    }
  }
  return cases;
}

}  // namespace flashd::cuda
