// SPDX-License-Identifier: Apache-2.0
#include "host/accuracy/extremes.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>

#include "model/distributions/distributions.hpp"
#include "model/distributions/normal.hpp"
#include "model/golden/golden.hpp"
#include "model/reference/decode.hpp"
#include "model/rivals/rivals.hpp"

namespace flashd::accuracy {
namespace {

using distributions::Distribution;
using distributions::Inputs;

constexpr std::int64_t kMillion = std::int64_t{1} << 20;
constexpr double kLongRowBar = 1.0 / 4096.0;

/// V of one key and channel.
using Pattern = std::function<float(std::int64_t key, int channel)>;

Inputs equal_scores(const Pattern& pattern) {
  Inputs inputs;
  inputs.shape = {1, 1, 1, kMillion, 16};
  const auto round = [](float x) { return reference::bf16_bits(x); };
  const distributions::Stream stream(1, 100, 0);
  for (int c = 0; c < 16; ++c) inputs.q.push_back(round(static_cast<float>(stream.normal(c))));
  for (std::int64_t key = 0; key < kMillion; ++key) {
    for (int c = 0; c < 16; ++c) {
      inputs.k.push_back(round(static_cast<float>(stream.normal(16 + c))));
      inputs.v.push_back(round(pattern(key, c)));
    }
  }
  return inputs;
}

template <class Values>
double worst_element(const Job& job, const Values& o, const std::vector<double>& exact) {
  double worst = 0.0;
  double largest = 0.0;
  for (const std::uint16_t bits : job.v) {
    largest = std::max<double>(largest, std::fabs(reference::bf16_value(bits)));
  }
  for (std::size_t i = 0; i < exact.size(); ++i) {
    keep_largest(worst, std::fabs(o[i] - exact[i]));
  }
  return worst / largest;
}

template <class Values>
double relative(const Values& o, const std::vector<double>& exact) {
  double error = 0.0;
  double size = 0.0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    error += (o[i] - exact[i]) * (o[i] - exact[i]);
    size += exact[i] * exact[i];
  }
  return std::sqrt(error / size);
}

void set(Verdict& verdict, double measured, double allowed, const char* what) {
  char text[160];
  std::snprintf(text, sizeof text, "%s %.3e, allowed %.3e", what, measured, allowed);
  const double ratio = measured / allowed;
  ++verdict.cases;
  if (!(ratio <= 1.0)) verdict.pass = false;
  if (verdict.where.empty() || ratio > verdict.worst || std::isnan(ratio)) {
    verdict.worst = ratio;
    verdict.where = text;
  }
}

/// A bar on a count that must be zero.
void expect_none(Verdict& verdict, int count, const char* what) {
  ++verdict.cases;
  if (count == 0 && !verdict.where.empty()) return;
  verdict.pass = verdict.pass && count == 0;
  verdict.worst = std::max(verdict.worst, count == 0 ? 0.0 : 1.0 + count);
  verdict.where = std::to_string(count) + " " + what;
}

/// Rows of a job without a mask in which a single product q k, by the power of two of the scale,
/// leaves +-2^12: those that must be flagged.
std::vector<bool> rows_beyond(const Job& job) {
  const double power = std::exp2(std::floor(std::log2(job.scale * 1.4426950408889634)));
  std::vector<bool> beyond(static_cast<std::size_t>(job.queries), false);
  for (std::int64_t row = 0; row < job.queries; ++row) {
    for (std::int64_t i = 0; i < job.keys * job.d; ++i) {
      const double product = static_cast<double>(reference::bf16_value(job.k[i])) *
                             reference::bf16_value(job.q[row * job.d + i % job.d]);
      if (std::fabs(product) * power >= 4096.0) beyond[row] = true;
    }
  }
  return beyond;
}

Verdict judge_large_q(int tile, float factor) {
  const std::string times = std::to_string(static_cast<int>(factor));
  Verdict verdict("Q times " + times +
                  ": rows flagged where products leave +-2^12, others accurate");
  distributions::Draw draw = distributions::draw(Distribution::n01, {1, 1, 64, 512, 64}, 1);
  for (float& x : draw.q) x *= factor;
  const Inputs inputs = distributions::round_to(draw, InputFormat::bf16);
  const Job job = inputs.job();
  const flashd::Result result = golden::run(job, {Profile::fine, tile});
  const reference::Output exact = reference::attention(job);
  const std::vector<bool> beyond = rows_beyond(job);
  double largest = 0.0;
  for (const std::uint16_t bits : job.v) {
    largest = std::max<double>(largest, std::fabs(reference::bf16_value(bits)));
  }
  int flagged = 0;
  int wrong_flags = 0;
  double lse = 0.0;
  double bound = 0.0;
  std::vector<double> o, o_exact;
  for (std::int64_t row = 0; row < job.queries; ++row) {
    const bool saturated = (result.state.head[row].flags & (kRowSatProduct | kRowSatScore)) != 0;
    flagged += saturated ? 1 : 0;
    wrong_flags += saturated != beyond[row] ? 1 : 0;
    for (int c = 0; c < job.dv; ++c) {
      const double x = result.o[row * job.dv + c];
      // 1e9 where a NaN or Inf came out, so that it cannot pass.
      bound = std::max(bound, std::isfinite(x) ? std::fabs(x) / largest : 1e9);
      if (saturated) continue;
      o.push_back(x);
      o_exact.push_back(exact.o[row * job.dv + c]);
    }
    if (!saturated) {
      const double error = std::fabs(result.lse[row] - exact.lse[row]);
      lse = std::max(lse, error / (kLseFine + std::fabs(exact.lse[row]) / 65536.0));
    }
  }
  // A weight's relative error may move an output of size max|V| by 2^-9.
  set(verdict, bound, 1.0 + 1.0 / 512, "largest |o| over max|V|");
  expect_none(verdict, wrong_flags, "rows with a wrong flag");
  if (!o.empty()) {
    set(verdict, lse, 1.0, "LSE error over its bound, unflagged rows,");
    set(verdict, relative(o, o_exact), 5e-4, "relative L2, unflagged rows,");
  }
  verdict.where += "; " + std::to_string(flagged) + " of 64 rows flagged";
  return verdict;
}

Verdict judge_large_v(int tile) {
  Verdict verdict{"V times 2^100: the same bits, scaled"};
  distributions::Draw draw = distributions::draw(Distribution::n01, {1, 1, 64, 512, 64}, 2);
  const Inputs small = distributions::round_to(draw, InputFormat::bf16);
  for (float& x : draw.v) x = std::ldexp(x, 100);
  const Inputs large = distributions::round_to(draw, InputFormat::bf16);
  const flashd::Result a = golden::run(small.job(), {Profile::fine, tile});
  const flashd::Result b = golden::run(large.job(), {Profile::fine, tile});
  int differing = 0;
  for (std::size_t i = 0; i < a.o.size(); ++i) {
    differing += b.o[i] == std::ldexp(a.o[i], 100) ? 0 : 1;
  }
  expect_none(verdict, differing, "elements that differ");
  return verdict;
}

Verdict judge_growing_v(int tile) {
  Verdict verdict{"V growing 16-fold inside a tile, causal: relative L2 <= 2 max(GPU, 3e-4)"};
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    distributions::Draw draw = distributions::draw(Distribution::n01, {1, 1, 512, 512, 64}, seed);
    for (std::size_t i = 0; i < draw.v.size(); ++i) {
      const auto place = static_cast<int>(i / 64 % static_cast<std::size_t>(tile));
      draw.v[i] *= std::exp2(4.0f * static_cast<float>(place) / static_cast<float>(tile));
    }
    const Inputs inputs = distributions::round_to(draw, InputFormat::bf16);
    Job job = inputs.job();
    job.visibility.causal = true;
    const reference::Output exact = reference::attention(job);
    const double gpu = relative(rivals::flash2_gpu(job).o, exact.o);
    const double ours = relative(golden::run(job, {Profile::fine, tile}).o, exact.o);
    set(verdict, ours, 2.0 * std::max(gpu, 3e-4), "relative L2");
  }
  return verdict;
}

}  // namespace

std::vector<LongRow> long_rows() {
  const distributions::Stream stream(1, 101, 0);
  const std::vector<std::pair<std::string, Pattern>> patterns = {
      {"constant", [](std::int64_t, int c) { return 0.37f + 0.05f * static_cast<float>(c); }},
      {"random",
       [&](std::int64_t key, int c) { return static_cast<float>(stream.normal(key * 16 + c)); }},
      {"ramp",
       [](std::int64_t key, int c) {
         const float place = 2.0f * static_cast<float>(key) / static_cast<float>(kMillion) - 1.0f;
         return c % 2 == 0 ? place : -place;
       }},
      {"-1 then +1", [](std::int64_t key, int) { return key < kMillion / 2 ? -1.0f : 1.0f; }}};
  std::vector<LongRow> rows;
  for (const auto& [name, pattern] : patterns) {
    const Inputs inputs = equal_scores(pattern);
    const Job job = inputs.job();
    const std::vector<double> exact = reference::attention(job).o;
    const auto ours = [&](Profile profile, int tile) {
      return worst_element(job, golden::run(job, {profile, tile}).o, exact);
    };
    LongRow row;
    row.pattern = name;
    row.fine16 = ours(Profile::fine, 16);
    row.fine64 = ours(Profile::fine, 64);
    row.lean64 = ours(Profile::lean, 64);
    row.gpu = worst_element(job, rivals::flash2_gpu(job).o, exact);
    row.running_sum = worst_element(job, rivals::running_sum(job).o, exact);
    rows.push_back(row);
  }
  return rows;
}

Verdict judge_long_rows(const std::vector<LongRow>& rows) {
  Verdict verdict{"fine, 1,048,576 equal scores, tiles of 16 and 64: within 2^-12 of max|V|"};
  for (const LongRow& row : rows) {
    set(verdict, row.fine16, kLongRowBar, (row.pattern + ", tile 16: worst element").c_str());
    set(verdict, row.fine64, kLongRowBar, (row.pattern + ", tile 64: worst element").c_str());
  }
  return verdict;
}

std::vector<Verdict> judge_extremes(int tile) {
  return {judge_large_q(tile, 1000.0f), judge_large_q(tile, 2500.0f), judge_large_v(tile),
          judge_growing_v(tile)};
}

}  // namespace flashd::accuracy
