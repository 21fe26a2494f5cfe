// SPDX-License-Identifier: Apache-2.0
#include "model/arith/log2.hpp"
#include "model/arith/tile_weight.hpp"
#include "model/arith/weight.hpp"

#include "tests/unit/oracle.hpp"
#include "tests/unit/tally.hpp"

namespace flashd {
namespace {

using oracle::Real;
using testing::Random;
using testing::Tally;

/// Largest errors in units of the last place: the contract promises one unit for p; the others are
/// what the generator states in model/arith/spec.hpp, rounded up.
constexpr double kWeightUnits = 0.605;
constexpr double kLog2Units = 2.04;
constexpr double kGainUnits = 1.18;

TEST_CASE("constants of the spec are the rounded logarithms") {
  const Real ln2 = log(Real(2));
  REQUIRE(Real(spec::kLog2e) == floor(ldexp(1 / ln2, spec::kLog2eBits - 1) + 0.5));
  REQUIRE(Real(spec::kLn2) == floor(ldexp(ln2, spec::kLn2Bits) + 0.5));
}

template <class P>
void every_weight() {
  constexpr int kEntries = 1 << P::kScoreFrac;
  Tally tally;
  double worst = 0.0;
  for (int f = 0; f < kEntries; ++f) {
    const Real exact = ldexp(exp2(Real(f) / kEntries), P::kPBits - 1);
    for (int shift = 1; shift <= P::kTileFrac + 2; ++shift) {
      // References of both signs, far from and near to zero.
      for (const int reference : {0, 1, -3, 131072, -131000}) {
        const std::int32_t score = (reference - shift) * kEntries + f;
        const arith::Weight w = arith::make_weight<P>(score, reference);
        const auto describe = [&](auto& o) { o << "fraction " << f << " shift " << shift; };
        if (shift > P::kTileFrac) {
          tally.check(w.mantissa == 0 && arith::weight_addend<P>(w) == 0, describe);
          continue;
        }
        tally.check(w.shift == shift, describe);
        tally.check(w.mantissa >> (P::kPBits - 1) == 1, describe);
        const double off = std::fabs((Real(w.mantissa) - exact).template convert_to<double>());
        worst = std::max(worst, off);
        tally.check(off <= kWeightUnits, describe);
        // The addend is the mantissa's nearest neighbour on the tile's grid.
        const double grid =
            std::ldexp(static_cast<double>(w.mantissa), P::kTileFrac - (P::kPBits - 1) - shift);
        tally.check(arith::weight_addend<P>(w) == std::round(grid), describe);
        tally.check(arith::tile_reference<P>(score) == reference - shift + 1, describe);
      }
    }
  }
  INFO("largest error of p: " << worst << " units");
  CHECK(worst <= 1.0);
  FLASHD_REQUIRE_TALLY(tally, std::uint64_t{5} * kEntries * (5 * P::kTileFrac + 2));
}

TEST_CASE("p is within one unit of 2^f, fine, all fractions and shifts") {
  every_weight<spec::Fine>();
}

TEST_CASE("p is within one unit of 2^f, lean, all fractions and shifts") {
  every_weight<spec::Lean>();
}

TEST_CASE("L is log2 of the row sum for all 2^18 mantissa patterns") {
  Tally tally;
  Random random(11);
  constexpr int kUsed = 18;
  for (std::uint32_t x = 0; x < (1u << kUsed); ++x) {
    const std::uint32_t low = 0x80000000u | (x << (31 - kUsed));
    arith::RowSum s;
    s.exponent = static_cast<std::int32_t>(random.between(-(1 << 18), (1 << 18) - 1));
    s.mantissa = low;
    const auto describe = [&](auto& o) { o << s.mantissa << " exponent " << s.exponent; };
    const Real exact = ldexp(log2(ldexp(Real(low), -31)) + s.exponent, spec::kLogFrac);
    const std::int64_t l = arith::log2_sum(s);
    tally.check(fabs(Real(l) - exact) <= kLog2Units, describe);
    // Bits below the used ones do not matter.
    s.mantissa |= static_cast<std::uint32_t>(random.bits()) & ((1u << (31 - kUsed)) - 1u);
    tally.check(arith::log2_sum(s) == l, describe);
  }
  FLASHD_REQUIRE_TALLY(tally, 2u << kUsed);
}

TEST_CASE("g is 2^y for all 2^16 fractions, and clamps at 2") {
  Tally tally;
  constexpr std::int64_t kOne = 1 << spec::kLogFrac;
  for (std::int64_t f = 0; f < kOne; ++f) {
    const Real exact = ldexp(exp2(ldexp(Real(f), -spec::kLogFrac)), spec::kGBits - 1);
    for (const int e : {0, -1, -7, -33, -200000}) {
      const arith::Gain g = arith::make_gain(e * kOne + f);
      const auto describe = [&](auto& o) { o << "fraction " << f << " exponent " << e; };
      if (e == 0 || e == -33) {
        tally.check(fabs(Real(g.mantissa) - exact) <= kGainUnits, describe);
      }
      tally.check(g.mantissa == arith::make_gain(f).mantissa, describe);
      tally.check(g.exponent == e && g.mantissa >> (spec::kGBits - 1) == 1, describe);
    }
    for (const std::int64_t y : {kOne + f, kOne * 2 + f, kOne * 300000 + f}) {
      const arith::Gain g = arith::make_gain(y);
      tally.check(g.mantissa == 1u << (spec::kGBits - 1) && g.exponent == 1,
                  [&](auto& o) { o << "beyond 2: " << y; });
    }
  }
  FLASHD_REQUIRE_TALLY(tally, 15u << spec::kLogFrac);
}

}  // namespace
}  // namespace flashd
