// SPDX-License-Identifier: Apache-2.0
// Soft-cap, ALiBi and biases of 16 bits: where they stand in the order of a score, and that ALiBi
// and narrow biases are nothing but biases.
#include <map>
#include <tuple>

#include <rapidcheck.h>

#include "model/arith/alibi.hpp"
#include "model/arith/bias.hpp"
#include "model/arith/score.hpp"
#include "model/arith/soft_cap.hpp"
#include "model/reference/reference.hpp"
#include "tests/property/jobs.hpp"
#include "tests/unit/formats.hpp"
#include "tests/unit/tally.hpp"

namespace flashd::property {
namespace {

InputFormat any_format() { return *rc::gen::element(InputFormat::bf16, InputFormat::fp16); }

golden::Settings any_settings() {
  return {*rc::gen::element(Profile::fine, Profile::lean), *rc::gen::inRange(1, 65)};
}

Limits small() {
  Limits limits;
  limits.dim = 40;
  limits.keys = 100;
  return limits;
}

/// Scores of the visible keys of a run.
class Scores : public golden::Observer {
 public:
  using Key = std::tuple<std::int64_t, std::int64_t, std::int64_t>;  ///< head, query, key
  void tile(const golden::TileTrace& t) override {
    for (std::size_t j = 0; j < t.visible.size(); ++j) {
      if (t.visible[j]) scores[{t.head, t.query, t.first_key + static_cast<int>(j)}] = t.scores[j];
    }
  }
  std::map<Key, std::int32_t> scores;
};

/// The score that the contract makes of a product sum on the grid 2^-F.
template <class P>
std::int32_t expected_score(const OwnedJob& job, const Scores::Key& key, std::int32_t plain) {
  const auto& [h, i, j] = key;
  std::int64_t x = plain;
  if (job.shape.soft_cap) x = arith::soft_cap<P>(x, arith::make_soft_cap(*job.shape.soft_cap));
  std::int64_t bias = 0;
  if (!job.bias.empty())
    bias = arith::make_bias<P>(oracle::bits_of(job.bias[job.bias_at(h, i, j)])).value;
  if (!job.alibi.empty()) {
    const std::int64_t term =
        arith::alibi<P>(arith::make_alibi_slope(job.alibi[h]), i + job.diagonal() - j);
    bias = arith::add_bias<P>(bias, term);
  }
  return arith::clamp_score<P>(x + bias).value;
}

TEST_CASE("scale, soft-cap, bias and ALiBi, mask, clamp: in this order") {
  std::uint64_t compared = 0;
  std::uint64_t capped = 0;
  std::uint64_t sloped = 0;
  std::uint64_t hidden = 0;
  REQUIRE(holds("order of a score", [&] {
    const Elements elements = *rc::gen::element(Elements::normal, Elements::steps);
    const OwnedJob job = draw_job(any_format(), elements, small());
    const golden::Settings settings = any_settings();
    OwnedJob plain = job;
    plain.shape.soft_cap.reset();
    plain.bias.clear();
    plain.alibi.clear();
    Scores got, before;
    golden::run(job.view(), settings, &got);
    const Result base = golden::run(plain.view(), settings, &before);
    RC_PRE(base.counts.saturations == 0u);
    for (const auto& [key, score] : before.scores) {
      const auto& [h, i, j] = key;
      const auto at = got.scores.find(key);
      RC_ASSERT((at != got.scores.end()) == job.sees(h, i, j));
      if (at == got.scores.end()) {
        ++hidden;
        continue;
      }
      const std::int32_t expected = settings.profile == Profile::fine
                                        ? expected_score<spec::Fine>(job, key, score)
                                        : expected_score<spec::Lean>(job, key, score);
      RC_ASSERT(at->second == expected);
      ++compared;
      capped += job.shape.soft_cap.has_value();
      sloped += !job.alibi.empty();
    }
    RC_ASSERT(got.scores.size() <= before.scores.size());
  }));
  INFO("scores " << compared << ", capped " << capped << ", with ALiBi " << sloped << ", masked "
                 << hidden);
  REQUIRE(compared >= 50000);
  REQUIRE(capped >= 5000);
  REQUIRE(sloped >= 10000);
  REQUIRE(hidden >= 3000);
}

TEST_CASE("ALiBi with slopes of powers of two equals the array of its biases") {
  std::uint64_t outputs = 0;
  std::uint64_t not_causal = 0;
  REQUIRE(holds("ALiBi as an array", [&] {
    Limits limits = small();
    limits.bias = false;
    limits.alibi = false;
    OwnedJob array = draw_job(any_format(), draw_elements(), limits);
    const Job& s = array.shape;
    OwnedJob sloped = array;
    array.bias.resize(static_cast<std::size_t>(s.heads_q * s.queries * s.keys));
    for (std::int64_t h = 0; h < s.heads_q; ++h) {
      // Every product is a float32, and log2(e) times a power of two has the digits of log2(e).
      const int sign = *rc::gen::element(1, 1, -1);
      const float slope = sign * std::ldexp(1.0f, *rc::gen::inRange(-20, 7));
      sloped.alibi.push_back(slope);
      for (std::int64_t i = 0; i < s.queries; ++i) {
        for (std::int64_t j = 0; j < s.keys; ++j) {
          const auto distance = static_cast<float>(std::abs(i + array.diagonal() - j));
          array.bias[array.bias_at(h, i, j)] = -slope * distance;
        }
      }
    }
    const golden::Settings settings = any_settings();
    const Result a = golden::run(array.view(), settings);
    RC_ASSERT(difference(a, golden::run(sloped.view(), settings)) == "");
    outputs += a.o.size();
    not_causal += s.visibility.causal ? 0 : a.counts.scores;
  }));
  REQUIRE(outputs >= 10000);
  REQUIRE(not_causal >= 10000);
}

TEST_CASE("every 16-bit bias counts as the float32 of its value") {
  testing::Tally tally;
  std::vector<std::uint16_t> all(1 << 16);
  for (std::uint32_t bits = 0; bits < all.size(); ++bits)
    all[bits] = static_cast<std::uint16_t>(bits);
  for (const InputFormat format : {InputFormat::bf16, InputFormat::fp16}) {
    const BiasView view{nullptr, 0, 0, 1, all.data(), format};
    for (std::uint32_t bits = 0; bits < all.size(); ++bits) {
      const auto value = static_cast<float>(decode(format, all[bits]));
      const std::uint32_t word = view.bits(bits);
      const bool nan = (word & 0x7FFFFFFFu) > 0x7F800000u;
      tally.check(std::isnan(value) ? nan : word == oracle::bits_of(value),
                  [&](auto& o) { o << format << " " << bits << ": 0x" << std::hex << word; });
    }
  }
  FLASHD_REQUIRE_TALLY(tally, 2 << 16);
}

TEST_CASE("a job with a 16-bit bias has the bits of the same bias in float32") {
  std::uint64_t outputs = 0;
  REQUIRE(holds("narrow bias", [&] {
    OwnedJob job = draw_job(any_format(), draw_elements(), small());
    RC_PRE(!job.bias.empty());
    const InputFormat format = any_format();
    std::vector<std::uint16_t> narrow;
    for (float& bias : job.bias) {
      narrow.push_back(encode(format, bias));
      bias = static_cast<float>(decode(format, narrow.back()));
    }
    Job view = job.view();
    view.bias->data = nullptr;
    view.bias->data16 = narrow.data();
    view.bias->format16 = format;
    const golden::Settings settings = any_settings();
    const Result a = golden::run(job.view(), settings);
    RC_ASSERT(difference(a, golden::run(view, settings)) == "");
    RC_ASSERT(difference(a, golden::run_scalar(view, settings)) == "");
    outputs += a.o.size();
  }));
  REQUIRE(outputs >= 10000);
}

/// log-sum-exp bound of the contract, plus the roundings of the options: 2.3 units for the cap and
/// one for the rounding of ALiBi, both of 2^-11 in base 2.
double lse_bound(const Job& job, Profile profile, double lse) {
  const double unit = 0x1p-11 * 0.6931471805599453;
  double bound = (profile == Profile::fine ? 1.2e-3 : 2.4e-3) + 0x1p-16 * std::fabs(lse);
  if (job.soft_cap) bound += 2.3 * unit;
  if (!job.alibi.empty()) bound += unit;
  return bound;
}

TEST_CASE("LSE and outputs with soft-cap and ALiBi stay near float64") {
  testing::Tally tally;
  double worst[2] = {0.0, 0.0};
  std::uint64_t seed = 0;
  for (const int d : {16, 64, 128}) {
    for (const double cap : {0.0, 0x1p-10, 1.0, 15.0, 50.0, 256.0}) {
      for (const int slopes : {0, 1, 2}) {
        OwnedJob job;
        job.shape.heads_q = job.shape.heads_kv = 2;
        job.shape.d = job.shape.dv = d;
        job.shape.queries = 5;
        job.shape.keys = 300;
        job.shape.scale = 3.0 / std::sqrt(d);
        if (cap > 0.0) job.shape.soft_cap = cap;
        if (slopes != 0) job.alibi = {slopes == 1 ? 0.25f : 1.37f, 0.0071f};
        job.shape.visibility.causal = slopes == 2;
        fill(&job, Elements::normal, testing::seed() * 100 + ++seed);
        const reference::Output exact = reference::attention(job.view());
        for (const Profile profile : {Profile::fine, Profile::lean}) {
          const Result r = golden::run(job.view(), {profile, 64});
          double error = 0.0;
          double norm = 0.0;
          for (std::size_t i = 0; i < r.o.size(); ++i) {
            error += (r.o[i] - exact.o[i]) * (r.o[i] - exact.o[i]);
            norm += exact.o[i] * exact.o[i];
          }
          error = std::sqrt(error / norm);
          const bool fine = profile == Profile::fine;
          worst[fine] = std::max(worst[fine], error);
          const auto describe = [&](auto& o) {
            o << "d " << d << " cap " << cap << " slopes " << slopes << " error " << error;
          };
          tally.check(error <= (fine ? 1e-3 : 3e-3), describe);
          for (std::size_t row = 0; row < exact.lse.size(); ++row) {
            const double bound = lse_bound(job.shape, profile, exact.lse[row]);
            tally.check(std::fabs(r.lse[row] - exact.lse[row]) <= bound, describe);
          }
        }
      }
    }
  }
  INFO("worst relative L2: lean " << worst[0] << ", fine " << worst[1]);
  REQUIRE(worst[1] > 1e-6);
  FLASHD_REQUIRE_TALLY(tally, 3 * 6 * 3 * 2 * 11);
}

}  // namespace
}  // namespace flashd::property
