// SPDX-License-Identifier: Apache-2.0
#include "model/arith/alibi.hpp"

#include <vector>

#include "model/arith/bias.hpp"
#include "tests/unit/oracle.hpp"
#include "tests/unit/tally.hpp"

namespace flashd {
namespace {

using oracle::Int;
using oracle::Ratio;
using oracle::Real;
using testing::Random;
using testing::Tally;

/// Slopes of every float32 exponent, with fractions next to the ends and random ones.
std::vector<float> slopes(Random& random, int per_exponent) {
  std::vector<float> list;
  for (std::uint32_t field = 0; field < 255; ++field) {
    for (int i = 0; i < per_exponent; ++i) {
      auto fraction = static_cast<std::uint32_t>(random.bits() & 0x7FFFFFu);
      if (i < 4) fraction = i < 2 ? static_cast<std::uint32_t>(i) : 0x7FFFFCu + i;
      const std::uint32_t sign = random.coin() ? 0x80000000u : 0u;
      list.push_back(oracle::float_of(sign | field << 23 | fraction));
    }
  }
  return list;
}

TEST_CASE("a slope is log2(e) slope, rounded to 32 bits") {
  Tally tally;
  Random random(71);
  const Real log2e = 1 / log(Real(2));
  for (const float x : slopes(random, 200)) {
    const arith::AlibiSlope s = arith::make_alibi_slope(x);
    const auto describe = [&](auto& o) { o << std::hexfloat << x << " mantissa " << s.mantissa; };
    const Real exact = fabs(Real(x)) * log2e;
    tally.check(arith::AlibiSlope::unpack(s.pack()).pack() == s.pack(), describe);
    if (s.mantissa == 0) {
      // Nothing, or less than half a unit of the grid at the largest distance.
      tally.check(exact < ldexp(Real(1), -60) && s.pack() == 0, describe);
      continue;
    }
    tally.check(s.negative == std::signbit(x), describe);
    tally.check(s.mantissa >> 31 == 1, describe);
    tally.check(s.drop >= 0 && s.drop < 128, describe);
    if (s.drop == 0) {
      tally.check(exact >= ldexp(Real(1), spec::kAlibiMaxLog2) * (1 - 0x1p-32), describe);
      continue;
    }
    // Half a unit, and what float64 loses of log2(e) and the product.
    tally.check(
        fabs(Real(s.mantissa) - ldexp(exact, 31 + s.drop - spec::kAlibiMaxLog2)) <= 0.5 + 0x1p-19,
        describe);
  }
  REQUIRE(arith::make_alibi_slope(0.0f).pack() == 0);
  REQUIRE(arith::make_alibi_slope(-0.0f).pack() == 0);
  FLASHD_REQUIRE_TALLY(tally, 200000);
}

std::int64_t some_distance(Random& random, int i) {
  constexpr std::int64_t kLargest = std::int64_t{1} << 32;
  if (i == 0) return 0;
  if (i == 1) return kLargest;
  if (i == 2) return kLargest - 1;
  if (i == 3) return 1;
  return static_cast<std::int64_t>(random.any_length(32));
}

template <class P>
void every_slope() {
  Tally tally;
  Tally close;
  Random random(72);
  const Real log2e = 1 / log(Real(2));
  const Int limit = (Int(1) << (spec::kBiasRangeLog2 + P::kScoreFrac)) - 1;
  for (const float x : slopes(random, 12)) {
    const arith::AlibiSlope s = arith::make_alibi_slope(x);
    for (int i = 0; i < 60; ++i) {
      const std::int64_t distance = some_distance(random, i);
      const std::int64_t value = arith::alibi<P>(s, distance);
      const auto describe = [&](auto& o) { o << "slope " << x << " distance " << distance; };
      Int exact =
          oracle::round_half_away(Ratio(Int(s.mantissa) * distance) *
                                  oracle::power(spec::kAlibiMaxLog2 - s.drop - 31 + P::kScoreFrac));
      if (exact > limit) exact = limit;
      tally.check(Int(value) == (s.negative ? exact : Int(-exact)), describe);
      tally.check(arith::alibi<P>(s, -distance) == value, describe);
      // Against the mathematics: half a unit and 2^-32 of the value.
      const Real real = ldexp(-Real(x) * distance * log2e, P::kScoreFrac);
      if (fabs(real) >= Real(limit)) continue;
      close.check(fabs(Real(value) - real) <= 0.5 + fabs(real) * 0x1.0001p-32, describe);
    }
  }
  FLASHD_REQUIRE_TALLY(tally, 360000);
  FLASHD_REQUIRE_TALLY(close, 90000);
}

TEST_CASE("ALiBi is the exact product on the score grid, fine") { every_slope<spec::Fine>(); }

TEST_CASE("ALiBi is the exact product on the score grid, lean") { every_slope<spec::Lean>(); }

/// The slopes of the ALiBi paper and distances of long contexts, all heads of 8, 12 and 16.
TEST_CASE("the paper's slopes are exact to the grid up to 2^20 keys") {
  Tally tally;
  const Real log2e = 1 / log(Real(2));
  for (const int heads : {8, 12, 16}) {
    for (int head = 1; head <= heads; ++head) {
      const auto slope = static_cast<float>(std::exp2(-8.0 * head / heads));
      const arith::AlibiSlope s = arith::make_alibi_slope(slope);
      for (std::int64_t distance = 0; distance <= 1 << 20; distance += 997) {
        const Real real = ldexp(-Real(slope) * distance * log2e, spec::Fine::kScoreFrac);
        tally.check(fabs(Real(arith::alibi<spec::Fine>(s, distance)) - real) <= 0.9,
                    [&](auto& o) { o << slope << " distance " << distance; });
      }
    }
  }
  FLASHD_REQUIRE_TALLY(tally, 36000);
}

TEST_CASE("a product that rounds up to the limit's successor saturates") {
  Tally tally;
  Random random(74);
  // Mantissas with a multiple less than 2^29 below 2^64: within half a unit of 2^34 units.
  for (int i = 0; i < 20000; ++i) {
    arith::AlibiSlope s;
    s.mantissa = static_cast<std::uint32_t>(random.bits() | 0x80000001u);
    s.drop = 64 + spec::Fine::kScoreFrac - 8 - (spec::kBiasRangeLog2 + spec::Fine::kScoreFrac);
    s.negative = random.coin();
    const std::uint64_t distance = ~std::uint64_t{0} / s.mantissa;
    if (~std::uint64_t{0} - distance * s.mantissa >= 1u << 29) continue;
    const std::int64_t limit = arith::bias_limit<spec::Fine>();
    tally.check(arith::alibi<spec::Fine>(s, static_cast<std::int64_t>(distance)) ==
                    (s.negative ? limit : -limit),
                [&](auto& o) { o << s.mantissa << " distance " << distance; });
  }
  FLASHD_REQUIRE_TALLY(tally, 2000);
}

template <class P>
void sums() {
  Tally tally;
  Random random(73);
  const std::int64_t limit = (std::int64_t{1} << (spec::kBiasRangeLog2 + P::kScoreFrac)) - 1;
  REQUIRE(arith::bias_limit<P>() == limit);
  REQUIRE(arith::make_bias<P>(oracle::bits_of(3e38f)).value == limit);
  const auto one = [&](std::int64_t a, std::int64_t b) {
    const Int wanted = std::max(Int(-limit), std::min(Int(limit), Int(Int(a) + b)));
    tally.check(Int(arith::add_bias<P>(a, b)) == wanted, [&](auto& o) { o << a << " + " << b; });
  };
  for (int i = 0; i < 50000; ++i) {
    const std::int64_t a = random.between(-limit, limit);
    one(a, random.between(-limit, limit));
    one(a, (a > 0 ? limit : -limit) - a + random.between(-2, 2));
  }
  for (const std::int64_t a : {-limit, std::int64_t{0}, limit}) {
    for (const std::int64_t b : {-limit, std::int64_t{0}, limit}) one(a, b);
  }
  FLASHD_REQUIRE_TALLY(tally, 100009);
}

TEST_CASE("bias and ALiBi add and saturate once more, fine") { sums<spec::Fine>(); }

TEST_CASE("bias and ALiBi add and saturate once more, lean") { sums<spec::Lean>(); }

}  // namespace
}  // namespace flashd
