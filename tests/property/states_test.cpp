// SPDX-License-Identifier: Apache-2.0
// Row states: merging two of them, rounding them to outputs, and jobs that are refused.
#include <algorithm>
#include <limits>
#include <stdexcept>

#include <rapidcheck.h>

#include "model/reference/reference.hpp"
#include "tests/property/jobs.hpp"
#include "tests/unit/formats.hpp"
#include "tests/unit/tally.hpp"

namespace flashd::property {
namespace {

/// L of either state errs by 2.4 units of 2^-16, g by 1.18 units of 2^-15, all relative to w.
constexpr double kWeightError = 2 * 2.4 * 0.6932 * 0x1p-16 + 1.18 * 0x1p-15;

/// A row sum relative to 2^base, so that float64 reaches it.
double row_sum(const RowHead& head, int base) {
  return std::ldexp(static_cast<double>(head.mantissa), std::max(-500, head.exponent - base) - 31);
}

TEST_CASE("two states merge to the exact lerp within the stated bound") {
  std::uint64_t elements = 0;
  std::uint64_t one_empty = 0;
  double worst = 0.0;
  REQUIRE(holds("merge of states", [&] {
    Limits limits;
    limits.dim = 32;
    limits.keys = 80;
    const InputFormat format = *rc::gen::element(InputFormat::bf16, InputFormat::fp16);
    OwnedJob a = draw_job(format, Elements::normal, limits);
    OwnedJob b = a;
    fill(&b, Elements::normal, *rc::gen::arbitrary<std::uint64_t>());
    b.q = a.q;
    b.shape.visibility.key_length = *rc::gen::inRange<std::int64_t>(0, a.shape.keys + 1);
    b.shape.scale *= *rc::gen::element(0.25, 1.0, 4.0);
    a.shape.v_exponent = b.shape.v_exponent = 3;
    const golden::Settings settings{*rc::gen::element(Profile::fine, Profile::lean),
                                    *rc::gen::inRange(1, 65)};
    const RowStates x = golden::run(a.view(), settings).state;
    const RowStates y = golden::run(b.view(), settings).state;
    const RowStates z = golden::merge(x, y, a.shape.dv, settings.profile);
    RC_ASSERT(z.v_exponent == 3);
    for (std::size_t row = 0; row < x.head.size(); ++row) {
      const bool has_x = (x.head[row].flags & kRowHasKeys) != 0;
      const bool has_y = (y.head[row].flags & kRowHasKeys) != 0;
      RC_ASSERT(z.head[row].flags == (x.head[row].flags | y.head[row].flags));
      const int base = has_x && has_y ? std::max(x.head[row].exponent, y.head[row].exponent)
                       : has_x        ? x.head[row].exponent
                                      : y.head[row].exponent;
      const double sx = has_x ? row_sum(x.head[row], base) : 0.0;
      const double sy = has_y ? row_sum(y.head[row], base) : 0.0;
      const double w = has_y ? sy / (sx + sy) : 0.0;
      if (has_x || has_y) {
        RC_ASSERT(std::fabs(row_sum(z.head[row], base) / (sx + sy) - 1.0) <= 0x1p-31);
      }
      for (int e = 0; e < a.shape.dv; ++e) {
        const std::size_t at = row * a.shape.dv + e;
        const double ox = x.o[at];
        const double oy = y.o[at];
        if (has_x != has_y) {
          RC_ASSERT(z.o[at] == (has_x ? x.o[at] : y.o[at]));
          ++one_empty;
          continue;
        }
        const double error = std::fabs(z.o[at] - (ox + w * (oy - ox)));
        const double bound = kWeightError * w * std::fabs(oy - ox) + 1.0;
        RC_ASSERT(error <= bound);
        if (w * std::fabs(oy - ox) > 1e6) worst = std::max(worst, error / bound);
        ++elements;
      }
    }
  }));
  INFO("largest error over bound " << worst);
  REQUIRE(worst > 0.05);
  REQUIRE(elements >= 10000);
  REQUIRE(one_empty >= 100);
}

TEST_CASE("the two halves of a job merge to the attention of all keys") {
  testing::Tally tally;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    OwnedJob whole;
    whole.shape.d = 64;
    whole.shape.dv = 32;
    whole.shape.queries = 8;
    whole.shape.keys = 320;
    whole.shape.scale = 0.125;
    fill(&whole, Elements::normal, testing::seed() * 100 + seed);
    const Job all = whole.view();
    const int ve = golden::value_exponent(all);
    Job first = all;
    first.v_exponent = ve;
    Job second = first;
    first.keys = 100;
    second.keys = 220;
    first.k = all.k.first(100 * 64);
    first.v = all.v.first(100 * 32);
    second.k = all.k.subspan(100 * 64);
    second.v = all.v.subspan(100 * 32);
    const golden::Settings settings{Profile::fine, 64};
    const RowStates merged = golden::merge(golden::run(first, settings).state,
                                           golden::run(second, settings).state, 32, Profile::fine);
    const Result r = golden::finish(merged, 32, OutputFormat::fp32, Profile::fine);
    const reference::Output exact = reference::attention(all);
    double error = 0.0;
    double norm = 0.0;
    for (std::size_t i = 0; i < r.o.size(); ++i) {
      error += (r.o[i] - exact.o[i]) * (r.o[i] - exact.o[i]);
      norm += exact.o[i] * exact.o[i];
    }
    const double relative = std::sqrt(error / norm);
    tally.check(relative < 1e-3, [&](auto& o) { o << "relative L2 " << relative; });
    for (std::size_t row = 0; row < 8; ++row) {
      tally.check(
          std::fabs(r.lse[row] - exact.lse[row]) <= 1.2e-3 + 0x1p-16 * std::fabs(exact.lse[row]),
          [&](auto& o) { o << "lse " << r.lse[row] << " exact " << exact.lse[row]; });
    }
  }
  FLASHD_REQUIRE_TALLY(tally, 12 * 9);
}

TEST_CASE("states of another shape or VE are refused") {
  OwnedJob job;
  job.shape.d = job.shape.dv = 4;
  job.shape.queries = 2;
  job.shape.keys = 3;
  fill(&job, Elements::normal, 1);
  const RowStates a = golden::run(job.view(), {}).state;
  RowStates b = a;
  b.v_exponent = a.v_exponent + 1;
  REQUIRE_THROWS_AS(golden::merge(a, b, 4, Profile::fine), std::invalid_argument);
  b = a;
  b.head.pop_back();
  REQUIRE_THROWS_AS(golden::merge(a, b, 4, Profile::fine), std::invalid_argument);
  REQUIRE_THROWS_AS(golden::merge(a, a, 3, Profile::fine), std::invalid_argument);
}

TEST_CASE("finish rounds the state that run returns to every output format") {
  std::uint64_t outputs = 0;
  REQUIRE(holds("finish", [&] {
    const InputFormat format = *rc::gen::element(InputFormat::bf16, InputFormat::fp16);
    Limits limits;
    limits.dim = 48;
    OwnedJob job = draw_job(format, *rc::gen::element(Elements::normal, Elements::any), limits);
    const Profile profile = *rc::gen::element(Profile::fine, Profile::lean);
    const Result r = golden::run(job.view(), {profile, 16});
    const Result again = golden::finish(r.state, job.shape.dv, job.shape.output, profile);
    RC_ASSERT(difference(r, again, false) == "");
    for (const OutputFormat output : {OutputFormat::fp32, OutputFormat::bf16, OutputFormat::fp16}) {
      const Result f = golden::finish(r.state, job.shape.dv, output, profile);
      const int significand = output == OutputFormat::fp32   ? 24
                              : output == OutputFormat::bf16 ? 8
                                                             : 11;
      const bool half = output == OutputFormat::fp16;
      for (std::size_t i = 0; i < f.o.size(); ++i) {
        const double exact = std::ldexp(static_cast<double>(r.state.o[i]), r.state.v_exponent - 30);
        const double expected =
            oracle::round_float(exact, significand, half ? -14 : -126, half ? 15 : 127);
        RC_ASSERT(f.o[i] == static_cast<float>(expected));
      }
      outputs += f.o.size();
    }
  }));
  REQUIRE(outputs >= 50000);
}

TEST_CASE("jobs that do not fit are refused with a sentence") {
  OwnedJob good;
  good.shape.d = 4;
  good.shape.dv = 2;
  good.shape.queries = 2;
  good.shape.keys = 3;
  good.shape.heads_q = 2;
  fill(&good, Elements::normal, 1);
  REQUIRE(std::string(check(good.view(), 256)).empty());
  testing::Tally tally;
  const auto refuse = [&](const char* what, auto&& change) {
    Job job = good.view();
    change(job);
    tally.check(std::string(check(job, 256)).size() > 10, [&](auto& o) { o << what; });
    bool thrown = false;
    try {
      golden::run(job, {});
    } catch (const std::invalid_argument&) {
      thrown = true;
    }
    tally.check(thrown, [&](auto& o) { o << what << " did not throw"; });
  };
  refuse("no heads", [](Job& j) { j.heads_kv = 0; });
  refuse("heads not a multiple", [](Job& j) { j.heads_q = 3, j.heads_kv = 2; });
  refuse("negative queries", [](Job& j) { j.queries = -1; });
  refuse("d 0", [](Job& j) { j.d = 0; });
  refuse("d 257", [](Job& j) { j.d = 257; });
  refuse("dv 257", [](Job& j) { j.dv = 257; });
  refuse("short q", [](Job& j) { j.q = j.q.first(3); });
  refuse("short k", [](Job& j) { j.k = j.k.first(3); });
  refuse("short v", [](Job& j) { j.v = j.v.first(3); });
  refuse("scale NaN", [](Job& j) { j.scale = std::nan(""); });
  refuse("scale Inf", [](Job& j) { j.scale = INFINITY; });
  refuse("key length beyond keys", [](Job& j) { j.visibility.key_length = 4; });
  refuse("key length negative", [](Job& j) { j.visibility.key_length = -1; });
  refuse("window negative",
         [](Job& j) { j.visibility.window_left = -1, j.visibility.window_right = 0; });
  refuse("half a window", [](Job& j) { j.visibility.window_left = 1; });
  refuse("VE out of range", [](Job& j) { j.v_exponent = 128; });
  refuse("cap 0", [](Job& j) { j.soft_cap = 0.0; });
  refuse("cap negative", [](Job& j) { j.soft_cap = -30.0; });
  refuse("cap too large", [](Job& j) { j.soft_cap = 256.1; });
  refuse("cap NaN", [](Job& j) { j.soft_cap = std::nan(""); });
  const std::vector<float> slopes{0.5f, 0.25f, 0.125f};
  const std::vector<float> infinite{0.5f, INFINITY};
  refuse("three slopes of two heads", [&](Job& j) { j.alibi = slopes; });
  refuse("infinite slope", [&](Job& j) { j.alibi = infinite; });
  RowStates state;
  refuse("state of other rows", [&](Job& j) { j.state_in = &state; });
  tally.check(
      [&] {
        try {
          golden::run(good.view(), {Profile::fine, 65});
        } catch (const std::invalid_argument&) {
          return true;
        }
        return false;
      }(),
      [](auto& o) { o << "tile of 65 keys"; });
  FLASHD_REQUIRE_TALLY(tally, 47);
}

}  // namespace
}  // namespace flashd::property
