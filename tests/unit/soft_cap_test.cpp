// SPDX-License-Identifier: Apache-2.0
#include "model/arith/soft_cap.hpp"

#include <vector>

#include "tests/unit/oracle.hpp"
#include "tests/unit/tally.hpp"

namespace flashd {
namespace {

using oracle::Int;
using oracle::Ratio;
using oracle::Real;
using testing::Random;
using testing::Tally;

/// The promised bound, in score units.
constexpr double kBound = 0x1p-9;

/// Caps in nats: both ends, powers of two of 1/cap in score units and either side, users' values.
std::vector<double> some_caps() {
  std::vector<double> caps = {
      256.0, std::nextafter(256.0, 0.0), 0x1p-10, 50.0, 30.0, 20.0, 15.0, 5.0, 1.0, 0.01};
  constexpr double kLn2 = 0.6931471805599453;
  for (int n = -9; n <= 8; n += 4) {
    for (const double factor : {1 - 0x1p-24, 1.0, 1 + 0x1p-24, 1.9999999}) {
      caps.push_back(std::ldexp(kLn2 * factor, n));
    }
  }
  return caps;
}

/// cap tanh(x / cap) in units of 2^-F, in long double: 64 bits, far below the bound.
template <class P>
long double exact(std::int64_t score, double cap_nats) {
  const long double cap = std::ldexp(cap_nats / logl(2.0L), P::kScoreFrac);
  return cap * tanhl(static_cast<long double>(score) / cap);
}

template <class P>
double error_units(std::int64_t score, double cap_nats, const arith::SoftCap& c) {
  const auto got = static_cast<long double>(arith::soft_cap<P>(score, c));
  return static_cast<double>(fabsl(got - exact<P>(score, cap_nats)));
}

/// Every score until far into saturation.
template <class P>
void every_score(const std::vector<double>& caps, std::uint64_t minimum) {
  Tally tally;
  const double bound = std::ldexp(kBound, P::kScoreFrac);
  double worst = 0.0;
  for (const double nats : caps) {
    const arith::SoftCap c = arith::make_soft_cap(nats);
    const auto end = static_cast<std::int64_t>(std::ldexp(13.0 * nats, P::kScoreFrac)) + 8;
    for (std::int64_t x = 0; x <= end; ++x) {
      const double error = error_units<P>(x, nats, c);
      worst = std::max(worst, error);
      const auto describe = [&](auto& o) { o << "cap " << nats << " score " << x; };
      tally.check(error <= bound, describe);
      tally.check(arith::soft_cap<P>(-x, c) == -arith::soft_cap<P>(x, c), describe);
    }
  }
  INFO("largest error: " << worst << " units of 2^-" << P::kScoreFrac);
  CHECK(worst <= 2.3);  // what spec/tables.py adds up, rounded up
  FLASHD_REQUIRE_TALLY(tally, minimum);
}

TEST_CASE("a soft-capped score is within 2^-9, fine, every score of six caps") {
  every_score<spec::Fine>({256.0, 129.3, 50.0, 30.0, 1.0, 0x1p-10}, 20000000);
}

TEST_CASE("a soft-capped score is within 2^-9, lean, every score of three caps") {
  every_score<spec::Lean>({177.5, 15.0, 0.1}, 8000000);
}

template <class P>
void random_scores() {
  Tally tally;
  Random random(61);
  const double bound = std::ldexp(kBound, P::kScoreFrac);
  std::vector<double> caps = some_caps();
  for (int i = 0; i < 2000; ++i) {
    caps.push_back(std::exp2(static_cast<double>(random.between(-10000, 8000)) / 1000.0));
  }
  for (const double nats : caps) {
    REQUIRE(arith::soft_cap_in_range(nats));
    const arith::SoftCap c = arith::make_soft_cap(nats);
    for (int i = 0; i < 500; ++i) {
      auto x = static_cast<std::int64_t>(random.any_length(21 + P::kScoreFrac));
      // Half of them where tanh bends.
      if (i % 2 != 0) {
        x = static_cast<std::int64_t>(std::ldexp(nats, P::kScoreFrac) *
                                      static_cast<double>(random.between(0, 12000)) / 1000.0);
      }
      if (random.coin()) x = -x;
      const auto describe = [&](auto& o) { o << "cap " << nats << " score " << x; };
      tally.check(error_units<P>(x, nats, c) <= bound, describe);
      tally.check(arith::soft_cap<P>(-x, c) == -arith::soft_cap<P>(x, c), describe);
    }
  }
  FLASHD_REQUIRE_TALLY(tally, 2000000);
}

TEST_CASE("a soft-capped score is within 2^-9, fine, all caps") { random_scores<spec::Fine>(); }

TEST_CASE("a soft-capped score is within 2^-9, lean, all caps") { random_scores<spec::Lean>(); }

/// The contract in rationals: y cut to 2^-20 and held below 8, one rounding at the end.
template <class P>
void every_step() {
  Tally tally;
  Random random(64);
  const Int largest = (Int(1) << (spec::TanhTable::kFrac + spec::TanhTable::kOctaves)) - 1;
  for (const double nats : some_caps()) {
    const arith::SoftCap c = arith::make_soft_cap(nats);
    const Ratio inverse = Ratio(Int(c.inverse)) * oracle::power(c.shift - 9 - 21);
    for (int i = 0; i < 4000; ++i) {
      auto x = static_cast<std::int64_t>(random.any_length(21 + P::kScoreFrac));
      // Around the first score that counts as 8 caps.
      if (i % 4 == 0) {
        x = (std::int64_t{1} << (P::kScoreFrac + 12 - c.shift)) + random.between(-3, 3);
      }
      const Ratio quotient = Ratio(Int(x)) * oracle::power(-P::kScoreFrac) * inverse;
      const Int y = std::min(largest, oracle::floor(quotient * oracle::power(20)));
      const Int tanh = arith::tanh_table(static_cast<std::uint32_t>(y));
      const Int wanted =
          oracle::round_half_away(Ratio(tanh * c.cap) * oracle::power(P::kScoreFrac - 20 - 14));
      const auto describe = [&](auto& o) { o << "cap " << nats << " score " << x; };
      tally.check(Int(arith::soft_cap<P>(x, c)) == wanted, describe);
      tally.check(Int(arith::soft_cap<P>(-x, c)) == -wanted, describe);
    }
  }
  FLASHD_REQUIRE_TALLY(tally, 200000);
}

TEST_CASE("every step of a soft-cap rounds as the contract says, fine") {
  every_step<spec::Fine>();
}

TEST_CASE("every step of a soft-cap rounds as the contract says, lean") {
  every_step<spec::Lean>();
}

TEST_CASE("long double is good enough to measure a soft-cap: MPFR agrees") {
  Tally tally;
  Random random(62);
  for (const double nats : some_caps()) {
    const Real cap = ldexp(Real(nats) / log(Real(2)), spec::Fine::kScoreFrac);
    for (int i = 0; i < 300; ++i) {
      const auto x =
          static_cast<std::int64_t>(std::ldexp(nats, spec::Fine::kScoreFrac) *
                                    static_cast<double>(random.between(0, 13000)) / 1000.0);
      const Real truth = cap * tanh(Real(x) / cap);
      tally.check(fabs(truth - Real(exact<spec::Fine>(x, nats))) < 0x1p-30,
                  [&](auto& o) { o << "cap " << nats << " score " << x; });
    }
  }
  FLASHD_REQUIRE_TALLY(tally, 8000);
}

TEST_CASE("the table of tanh is what the generator bounds, all 2^23 arguments") {
  Tally tally;
  using Table = spec::TanhTable;
  constexpr std::uint32_t kInputs = 1u << (Table::kFrac + Table::kOctaves);
  constexpr double kUnits = 2.26;  // as in model/arith/spec.hpp, rounded up
  long double before = 0.0L;
  for (std::uint32_t y = 0; y < kInputs; ++y) {
    // An argument stands for the cell up to the next one.
    const long double after = std::ldexp(
        tanhl(std::ldexp(static_cast<long double>(y + 1), -Table::kFrac)), Table::kResultFrac);
    const auto got = static_cast<long double>(arith::tanh_table(y));
    tally.check(got - before <= kUnits && after - got <= kUnits, [&](auto& o) { o << y; });
    before = after;
  }
  REQUIRE(arith::tanh_table(0) == 0);
  REQUIRE(arith::tanh_table(kInputs - 1) == 1u << Table::kResultFrac);
  FLASHD_REQUIRE_TALLY(tally, std::uint64_t{kInputs});
}

TEST_CASE("the constants of a soft-cap are 1/cap and cap, rounded once") {
  Tally tally;
  Random random(63);
  std::vector<double> caps = some_caps();
  for (int i = 0; i < 50000; ++i) {
    caps.push_back(std::exp2(static_cast<double>(random.between(-1000000, 800000)) / 100000.0));
  }
  const Real ln2 = log(Real(2));
  for (const double nats : caps) {
    const arith::SoftCap c = arith::make_soft_cap(nats);
    const auto describe = [&](auto& o) { o << std::hexfloat << nats; };
    tally.check(c.enabled && c.shift >= 0 && c.shift <= 18, describe);
    tally.check(c.inverse >> (spec::kCapInverseBits - 1) == 1, describe);
    tally.check(c.cap > 0 && c.cap >> spec::kSoftCapCapBits == 0, describe);
    const Real inverse =
        ldexp(ln2 / nats, spec::kCapInverseBits - 1 + arith::kCapInverseOrigin - c.shift);
    tally.check(fabs(Real(c.inverse) - inverse) <= 0.5 + 0x1p-29, describe);
    const Real cap = ldexp(Real(nats) / ln2, spec::kCapFrac);
    tally.check(fabs(Real(c.cap) - cap) <= 0.5 + 0x1p-28, describe);
    const arith::SoftCap back = arith::SoftCap::unpack(c.pack());
    tally.check(back.enabled == c.enabled && back.shift == c.shift && back.inverse == c.inverse &&
                    back.cap == c.cap,
                describe);
  }
  FLASHD_REQUIRE_TALLY(tally, 300000);
}

TEST_CASE("a saturated score is the cap, whatever its size") {
  const arith::SoftCap c = arith::make_soft_cap(30.0);
  const auto cap = static_cast<std::int64_t>(std::round(30.0 / std::log(2.0) * 2048.0));
  for (int n = 20; n < 63; ++n) {
    REQUIRE(arith::soft_cap<spec::Fine>(std::int64_t{1} << n, c) == cap);
    REQUIRE(arith::soft_cap<spec::Fine>(-(std::int64_t{1} << n), c) == -cap);
  }
}

TEST_CASE("no soft-cap is the word 0 and passes scores; caps outside the range are told") {
  const arith::SoftCap none = arith::SoftCap::unpack(0);
  REQUIRE(arith::SoftCap().pack() == 0);
  for (const std::int64_t x : {std::int64_t{0}, std::int64_t{-5}, std::int64_t{1} << 32}) {
    REQUIRE(arith::soft_cap<spec::Fine>(x, none) == x);
  }
  REQUIRE(arith::soft_cap_in_range(0x1p-10));
  REQUIRE(arith::soft_cap_in_range(256.0));
  for (const double bad : {0.0, -1.0, std::nextafter(0x1p-10, 0.0), std::nextafter(256.0, 257.0),
                           std::nan(""), static_cast<double>(INFINITY)}) {
    REQUIRE_FALSE(arith::soft_cap_in_range(bad));
  }
}

}  // namespace
}  // namespace flashd
