// SPDX-License-Identifier: Apache-2.0
#include "model/arith/row_sum.hpp"

#include "model/arith/spec.hpp"
#include "tests/unit/oracle.hpp"
#include "tests/unit/tally.hpp"

namespace flashd {
namespace {

using arith::RowSum;
using oracle::Int;
using oracle::Ratio;
using testing::Random;
using testing::Tally;

/// The value in units of 2^(origin - 31).
Ratio value(const RowSum& s, int origin) {
  return Ratio(Int(s.mantissa)) * oracle::power(s.exponent - origin);
}

bool normal(const RowSum& s) { return (s.mantissa >> 31) == 1; }

std::uint32_t random_mantissa(Random& random, int i) {
  switch (i % 5) {
    case 0:
      return 0x80000000u;
    case 1:
      return 0xFFFFFFFFu - static_cast<std::uint32_t>(random.any_length(4));
    case 2:
      return 0x80000000u | static_cast<std::uint32_t>(random.any_length(31));
    default:
      return 0x80000000u | static_cast<std::uint32_t>(random.bits());
  }
}

TEST_CASE("adding row sums rounds the smaller one half up, then a carry half up") {
  Tally tally;
  Random random(71);
  for (int distance = 0; distance <= 40; ++distance) {
    for (int i = 0; i < 3000; ++i) {
      RowSum a;
      RowSum b;
      a.exponent = static_cast<std::int32_t>(random.between(-200000, 200000));
      b.exponent = a.exponent - distance;
      a.mantissa = random_mantissa(random, i);
      b.mantissa = random_mantissa(random, i / 5);
      const RowSum sum = arith::add(a, b);
      const auto describe = [&](auto& o) {
        o << a.mantissa << " + " << b.mantissa << " >> " << distance << " gave " << sum.mantissa;
      };
      Int expected = Int(a.mantissa) + oracle::round_half_up(value(b, a.exponent));
      int exponent = a.exponent;
      if (expected >= (Int(1) << 32)) {
        expected = oracle::round_half_up(Ratio(expected, 2));
        ++exponent;
      }
      tally.check(Int(sum.mantissa) == expected && sum.exponent == exponent, describe);
      tally.check(normal(sum), describe);
      const RowSum other = arith::add(b, a);
      tally.check(other.mantissa == sum.mantissa && other.exponent == sum.exponent, describe);
      const Ratio exact = value(a, sum.exponent) + value(b, sum.exponent);
      tally.check(oracle::magnitude(exact - Ratio(Int(sum.mantissa))) <= Ratio(3, 4), describe);
    }
  }
  FLASHD_REQUIRE_TALLY(tally, 492000);
}

TEST_CASE("adding a row sum far below the other changes nothing") {
  Tally tally;
  Random random(72);
  for (int i = 0; i < 20000; ++i) {
    RowSum a;
    RowSum b;
    a.exponent = static_cast<std::int32_t>(random.between(-131072, 131072));
    b.exponent = a.exponent - static_cast<std::int32_t>(random.between(33, 300000));
    a.mantissa = random_mantissa(random, i);
    b.mantissa = random_mantissa(random, i / 7);
    const RowSum sum = arith::add(b, a);
    tally.check(sum.mantissa == a.mantissa && sum.exponent == a.exponent,
                [&](auto& o) { o << a.mantissa << " distance " << a.exponent - b.exponent; });
  }
  FLASHD_REQUIRE_TALLY(tally, 20000);
}

template <class P>
void tile_sums() {
  Tally tally;
  Random random(73);
  const std::uint32_t low = 1u << (P::kTileFrac - 1);
  for (int i = 0; i < 60000; ++i) {
    const auto l =
        static_cast<std::uint32_t>(i < 1000 ? low + static_cast<std::uint32_t>(i)
                                            : random.between(low, std::int64_t{128} * low));
    const auto reference = static_cast<std::int32_t>(random.between(-131073, 131073));
    const RowSum s = arith::tile_row_sum<P>(l, reference);
    // l 2^(R - tile_frac), exactly.
    const Ratio exact = Ratio(Int(l)) * oracle::power(31 - P::kTileFrac);
    tally.check(normal(s) && value(s, reference) == exact,
                [&](auto& o) { o << l << " R " << reference << " gave " << s.mantissa; });
  }
  FLASHD_REQUIRE_TALLY(tally, 60000);
}

TEST_CASE("a tile's sum is normalised exactly") {
  tile_sums<spec::Fine>();
  tile_sums<spec::Lean>();
}

TEST_CASE("a million equal tiles drift by less than 2^-13") {
  // Each addition errs by at most 3/4 of 2^-31, so 2^20 of one sign stay below 2^-11.4.
  Tally tally;
  Random random(74);
  double worst = 0.0;
  for (int i = 0; i < 10; ++i) {
    RowSum one;
    one.mantissa = random_mantissa(random, i);
    RowSum sum = one;
    for (int n = 1; n < 1 << 20; ++n) sum = arith::add(sum, one);
    const double exact = std::ldexp(static_cast<double>(one.mantissa), 20 - 31);
    const double got = std::ldexp(static_cast<double>(sum.mantissa), sum.exponent - 31);
    worst = std::max(worst, std::fabs(got / exact - 1.0));
    tally.check(std::fabs(got / exact - 1.0) < 0x1p-13,
                [&](auto& o) { o << one.mantissa << " drift " << got / exact - 1.0; });
  }
  UNSCOPED_INFO("worst drift " << worst);
  FLASHD_REQUIRE_TALLY(tally, 10);
}

}  // namespace
}  // namespace flashd
