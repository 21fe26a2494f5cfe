// SPDX-License-Identifier: Apache-2.0
// Skips and saturation, counted independently of golden.
#include <algorithm>
#include <random>

#include <rapidcheck.h>

#include "model/reference/reference.hpp"
#include "tests/property/jobs.hpp"
#include "tests/unit/tally.hpp"

namespace flashd::property {
namespace {

/// A job of head dimension 1 whose base-2 score of key j is exactly K[j]: Q = 1, scale = ln 2.
OwnedJob integer_scores(const std::vector<int>& scores) {
  OwnedJob job;
  job.shape.d = 1;
  job.shape.dv = 1;
  job.shape.queries = 1;
  job.shape.keys = static_cast<std::int64_t>(scores.size());
  job.shape.scale = 0.6931471805599453;
  job.q = {encode(InputFormat::bf16, 1.0)};
  for (const int s : scores) job.k.push_back(encode(InputFormat::bf16, s));
  job.v.assign(scores.size(), encode(InputFormat::bf16, 1.0));
  return job;
}

TEST_CASE("skipped keys and tiles are counted as the definition says") {
  std::uint64_t keys_skipped = 0;
  std::uint64_t tiles_skipped = 0;
  REQUIRE(holds("skips", [&] {
    const auto seed = *rc::gen::resize(100, rc::gen::arbitrary<std::uint32_t>());
    const auto keys = *rc::gen::inRange(1, 120);
    const auto tile = *rc::gen::inRange(1, 33);
    const Profile profile = *rc::gen::element(Profile::fine, Profile::lean);
    std::mt19937 engine(seed);
    std::vector<int> scores(keys);
    // Integers of at most 8 bits are exact BF16; groups of keys far below the others.
    for (int j = 0; j < keys; ++j) {
      scores[j] = static_cast<int>(engine() % 30);
      if ((j / 20 + seed) % 3 == 0) scores[j] -= 100;
    }
    const OwnedJob job = integer_scores(scores);
    const Result r = golden::run(job.view(), {profile, tile});
    const int frac = profile == Profile::fine ? 18 : 16;
    std::uint64_t skipped = 0;
    std::uint64_t untouched = 0;
    bool close = false;
    double sum = 0.0;
    for (int first = 0; first < keys; first += tile) {
      const int end = std::min(keys, first + tile);
      const int reference = *std::max_element(scores.begin() + first, scores.begin() + end) + 1;
      double l = 0.0;
      for (int j = first; j < end; ++j) {
        // p = 2^(s - R) below 2^-frac is zero.
        if (reference - scores[j] > frac) {
          ++skipped;
        } else {
          l += std::ldexp(1.0, scores[j]);
        }
      }
      const double w = l / (sum + l);
      if (w < 0x1p-32) {
        ++untouched;
      } else {
        sum += l;
      }
      close = close || std::fabs(std::log2(w) + 32.0) < 0.01;
    }
    RC_PRE(!close);
    RC_ASSERT(r.counts.keys_skipped == skipped);
    RC_ASSERT(r.counts.tiles_skipped == untouched);
    RC_ASSERT(r.counts.tiles == static_cast<std::uint64_t>((keys + tile - 1) / tile));
    RC_ASSERT(r.counts.scores == static_cast<std::uint64_t>(keys));
    keys_skipped += skipped;
    tiles_skipped += untouched;
  }));
  REQUIRE(keys_skipped >= 300);
  REQUIRE(tiles_skipped >= 50);
}

TEST_CASE("a tile below 2^-32 leaves the row untouched, whatever its V") {
  OwnedJob job = integer_scores({10, 10, -30, -30});
  const Result two = [&] {
    OwnedJob head = integer_scores({10, 10});
    head.shape.v_exponent = 5;
    return golden::run(head.view(), {Profile::fine, 2});
  }();
  job.shape.v_exponent = 5;
  for (const std::uint16_t v : {encode(InputFormat::bf16, 40.0), nonfinite(InputFormat::bf16, 0),
                                nonfinite(InputFormat::bf16, 2), encode(InputFormat::bf16, 1e30)}) {
    job.v[2] = v;
    job.v[3] = v;
    const Result r = golden::run(job.view(), {Profile::fine, 2});
    REQUIRE(difference(r, two, false) == "");
    REQUIRE(r.counts.tiles_skipped == 1);
  }
}

/// Flags and counts of saturation by exact float64 arithmetic.
struct Expected {
  std::uint64_t count = 0;
  std::vector<std::uint32_t> flags;
};

Expected expected_saturation(const OwnedJob& job, Profile profile) {
  const Job& s = job.shape;
  const int score_frac = profile == Profile::fine ? 11 : 10;
  int extra = 0;
  while ((1 << (2 * extra)) < s.d) ++extra;
  const int grid = score_frac + extra;
  // log2(e) scale = c 2^e, c in [1, 2): the exponent belongs to the products.
  const double base2 = std::fabs(s.scale) * 1.4426950408889634;
  const int exponent = std::ilogb(base2);
  const double c = std::ldexp(base2, -exponent);
  const double product_limit = std::ldexp(1.0, 12 + grid) - 1;
  const double score_limit = std::ldexp(1.0, 17 + score_frac) - 1;
  Expected expected;
  const std::int64_t group = s.heads_q / s.heads_kv;
  for (std::int64_t h = 0; h < s.heads_q; ++h) {
    for (std::int64_t i = 0; i < s.queries; ++i) {
      std::uint32_t flags = 0;
      for (std::int64_t j = 0; j < s.keys; ++j) {
        if (!job.sees(h, i, j)) continue;
        bool product = false;
        double sum = 0.0;
        for (int e = 0; e < s.d; ++e) {
          const double q = decode(s.input, job.q[(h * s.queries + i) * s.d + e]);
          const double k = decode(s.input, job.k[job.k_at(h / group, j) + e]);
          const double x = std::round(std::ldexp(q * k, exponent + grid)) * (s.scale < 0 ? -1 : 1);
          product = product || std::fabs(x) > product_limit;
          sum += std::min(std::max(x, -product_limit), product_limit);
        }
        double score = sum * c * std::ldexp(1.0, -extra);
        const double unit = std::ldexp(1.4426950408889634, score_frac);
        if (s.soft_cap) score = *s.soft_cap * unit * std::tanh(score / (*s.soft_cap * unit));
        if (!job.alibi.empty())
          score -= job.alibi[h] * unit * std::fabs(static_cast<double>(i + job.diagonal() - j));
        if (!job.bias.empty())
          score += std::ldexp(job.bias[job.bias_at(h, i, j)] * 1.4426950408889634, score_frac);
        const bool clamp = std::fabs(score) > score_limit + 0.5;
        if (product) flags |= kRowSatProduct;
        if (clamp) flags |= kRowSatScore;
        expected.count += product || clamp;
      }
      expected.flags.push_back(flags);
    }
  }
  return expected;
}

TEST_CASE("saturated products and scores are flagged and counted") {
  std::uint64_t products = 0;
  std::uint64_t scores = 0;
  REQUIRE(holds("saturation", [&] {
    Limits limits;
    limits.queries = 5;
    limits.keys = 60;
    const InputFormat format = *rc::gen::element(InputFormat::bf16, InputFormat::fp16);
    const OwnedJob job = draw_job(
        format, *rc::gen::element(Elements::loud, Elements::any, Elements::normal), limits);
    const Profile profile = *rc::gen::element(Profile::fine, Profile::lean);
    const Result r = golden::run(job.view(), {profile, *rc::gen::inRange(1, 65)});
    const Expected expected = expected_saturation(job, profile);
    RC_ASSERT(r.counts.saturations == expected.count);
    for (std::size_t row = 0; row < expected.flags.size(); ++row) {
      const std::uint32_t got = r.state.head[row].flags & (kRowSatProduct | kRowSatScore);
      RC_ASSERT(got == expected.flags[row]);
      products += (got & kRowSatProduct) != 0;
      scores += (got & kRowSatScore) != 0;
    }
  }));
  INFO("rows with saturated products " << products << ", scores " << scores);
  REQUIRE(products >= 100);
  REQUIRE(scores >= 20);
}

TEST_CASE("a value beyond VE saturates and is flagged in the rows that merge it") {
  OwnedJob job = integer_scores({0, 0, 0, 0});
  job.shape.queries = 2;
  job.q.push_back(job.q[0]);
  job.shape.visibility.causal = true;
  job.shape.visibility.diagonal = 1;  // row 0 sees keys 0 and 1, row 1 key 2 too
  job.v[2] = encode(InputFormat::bf16, 100.0);
  job.shape.v_exponent = 2;
  const Result r = golden::run(job.view(), {Profile::fine, 2});
  REQUIRE((r.state.head[0].flags & kRowSatValue) == 0);
  REQUIRE((r.state.head[1].flags & kRowSatValue) != 0);
  REQUIRE(std::fabs(r.o[0] - 1.0f) < 1e-3f);
  // 8 is 2^(VE+1); the largest BF16 below it is 7.96875.
  REQUIRE(std::fabs(r.o[1] - (1.0f + 1.0f + 7.96875f) / 3.0f) < 1e-3f);
}

TEST_CASE("Q times 1000 saturates without leaving the range of V") {
  for (const Profile profile : {Profile::fine, Profile::lean}) {
    OwnedJob job;
    job.shape.d = 64;
    job.shape.dv = 16;
    job.shape.queries = 24;
    job.shape.keys = 300;
    job.shape.scale = 0.125;
    fill(&job, Elements::normal, 5);
    for (std::uint16_t& x : job.q)
      x = encode(InputFormat::bf16, 1000 * decode(InputFormat::bf16, x));
    const Result r = golden::run(job.view(), {profile, 64});
    REQUIRE(difference(r, golden::run_scalar(job.view(), {profile, 64})) == "");
    testing::Tally tally;
    for (int e = 0; e < 16; ++e) {
      double low = INFINITY;
      double high = -INFINITY;
      for (int j = 0; j < 300; ++j) {
        const double v = decode(InputFormat::bf16, job.v[job.v_at(0, j) + e]);
        low = std::min(low, v);
        high = std::max(high, v);
      }
      for (int i = 0; i < 24; ++i) {
        const double o = r.o[i * 16 + e];
        tally.check(o >= low - 2e-3 && o <= high + 2e-3, [&](auto& t) { t << o; });
      }
    }
    FLASHD_REQUIRE_TALLY(tally, 24 * 16);
    const Expected expected = expected_saturation(job, profile);
    REQUIRE(r.counts.saturations == expected.count);
  }
}

}  // namespace
}  // namespace flashd::property
