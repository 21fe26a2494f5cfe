// SPDX-License-Identifier: Apache-2.0
#include "model/arith/scale.hpp"

#include <limits>

#include "tests/unit/oracle.hpp"
#include "tests/unit/tally.hpp"

namespace flashd {
namespace {

using oracle::Real;
using testing::Random;
using testing::Tally;

double random_scale(Random& random, int i) {
  constexpr double kEdges[] = {1.0,
                               0.125,
                               0.0883883476483184,
                               0.6931471805599453,
                               std::numeric_limits<double>::min(),
                               std::numeric_limits<double>::max(),
                               std::numeric_limits<double>::denorm_min(),
                               0.72134752044448168,
                               0.3465735902799726};
  constexpr int kCount = sizeof kEdges / sizeof kEdges[0];
  double x;
  if (i < kCount) {
    x = kEdges[i];
  } else {
    std::uint64_t bits = random.bits() & 0x7FFFFFFFFFFFFFFFull;
    if (i % 2)
      bits = (bits & 0xFFFFFFFFFFFFFull) | (std::uint64_t(random.between(1003, 1043)) << 52);
    std::memcpy(&x, &bits, sizeof x);
    if (!std::isfinite(x)) x = 1.5;
  }
  return random.coin() ? -x : x;
}

TEST_CASE("the scale is log2(e) scale, rounded to 22 bits") {
  Tally tally;
  Random random(31);
  const Real log2e = 1 / log(Real(2));
  for (int i = 0; i < 100000; ++i) {
    const double x = random_scale(random, i);
    const arith::Scale s = arith::make_scale(x);
    const auto describe = [&](auto& o) { o << std::hexfloat << x << " mantissa " << s.mantissa; };
    if (x == 0.0) {
      tally.check(s.mantissa == 0, describe);
      continue;
    }
    tally.check(s.negative == std::signbit(x), describe);
    tally.check(s.mantissa >> (spec::kScaleBits - 1) == 1, describe);
    // Half a unit, and what float64 loses of log2(e) and the product before the rounding.
    const Real exact = ldexp(fabs(Real(x)) * log2e, spec::kScaleBits - 1 - s.exponent);
    tally.check(fabs(Real(s.mantissa) - exact) <= 0.5 + 0x1p-29, describe);
  }
  FLASHD_REQUIRE_TALLY(tally, 290000);
}

TEST_CASE("a power of two in the scale moves the exponent alone") {
  Tally tally;
  Random random(32);
  for (int i = 0; i < 20000; ++i) {
    const double x = random_scale(random, 2 * i + 11);
    const arith::Scale s = arith::make_scale(x);
    for (int n = -40; n <= 40; n += 4) {
      const arith::Scale t = arith::make_scale(std::ldexp(x, n));
      tally.check(
          t.mantissa == s.mantissa && t.negative == s.negative && t.exponent == s.exponent + n,
          [&](auto& o) { o << std::hexfloat << x << " n " << n; });
    }
  }
  FLASHD_REQUIRE_TALLY(tally, 420000);
}

TEST_CASE("a zero scale has mantissa 0") {
  REQUIRE(arith::make_scale(0.0).mantissa == 0);
  REQUIRE(arith::make_scale(-0.0).mantissa == 0);
}

TEST_CASE("the product grid is finer than the score grid by ceil(log2 sqrt d)") {
  Tally tally;
  for (int d = 1; d <= 256; ++d) {
    int extra = 0;
    while ((std::int64_t{1} << (2 * extra)) < d) ++extra;
    tally.check(arith::grid_extra(d) == extra, [&](auto& o) { o << d; });
    tally.check(arith::product_grid<spec::Fine>(d) == 11 + extra, [&](auto& o) { o << d; });
    tally.check(arith::product_grid<spec::Lean>(d) == 11 + extra, [&](auto& o) { o << d; });
  }
  FLASHD_REQUIRE_TALLY(tally, 768);
}

}  // namespace
}  // namespace flashd
