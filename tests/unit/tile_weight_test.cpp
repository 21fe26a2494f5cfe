// SPDX-License-Identifier: Apache-2.0
#include "model/arith/tile_weight.hpp"

#include "model/arith/log2.hpp"
#include "model/arith/row_sum.hpp"
#include "tests/unit/oracle.hpp"
#include "tests/unit/tally.hpp"

namespace flashd {
namespace {

using oracle::Int;
using oracle::Ratio;
using oracle::Real;
using testing::Random;
using testing::Tally;

template <class P>
std::uint32_t random_sum(Random& random) {
  const std::int64_t low = std::int64_t{1} << (P::kTileFrac - 1);
  const auto octave = static_cast<int>(random.between(0, 6));
  return static_cast<std::uint32_t>(random.between(low << octave, (low << (octave + 1))));
}

template <class P>
void rounded_products() {
  Tally tally;
  std::uint64_t ones = 0;
  std::uint64_t untouched = 0;
  Random random(81);
  for (int i = 0; i < 150000; ++i) {
    arith::Gain g;
    g.exponent = static_cast<int>(random.between(-40, 1));
    g.mantissa =
        g.exponent == 1 ? 32768u : 32768u | static_cast<std::uint32_t>(random.bits() & 32767u);
    const std::uint32_t l = random_sum<P>(random);
    const arith::TileWeight w = arith::make_tile_weight<P>(g, l);
    const auto describe = [&](auto& o) {
      o << "g " << g.mantissa << " * 2^" << g.exponent << ", l " << l << " gave " << w.mantissa
        << " >> " << w.shift;
    };
    const Ratio exact = Ratio(Int(g.mantissa) * l) * oracle::power(g.exponent - 15 - P::kTileFrac);
    // 14 bits, half up, then at most 1.
    int top = 0;
    while (exact >= oracle::power(top + 1)) ++top;
    while (exact < oracle::power(top)) --top;
    Ratio rounded =
        Ratio(oracle::round_half_up(exact * oracle::power(13 - top))) * oracle::power(top - 13);
    if (rounded >= 1) rounded = 1;
    tally.check(Ratio(Int(w.mantissa)) * oracle::power(-13 - w.shift) == rounded, describe);
    tally.check(w.mantissa >> 13 == 1 && w.shift >= 0, describe);
    tally.check(w.merged == (rounded >= oracle::power(-32)), describe);
    ones += rounded == 1;
    untouched += !w.merged;
  }
  REQUIRE(ones >= 1000);
  REQUIRE(untouched >= 1000);
  FLASHD_REQUIRE_TALLY(tally, 450000);
}

TEST_CASE("w is g l rounded to 14 bits, at most 1, fine") { rounded_products<spec::Fine>(); }

TEST_CASE("w is g l rounded to 14 bits, at most 1, lean") { rounded_products<spec::Lean>(); }

/// The whole chain S' = S + l 2^R, L = log2 S', g = 2^(R - L), w = g l against l 2^R / S' in MPFR.
template <class P>
void chain() {
  Tally tally;
  Random random(82);
  double worst_g = 0.0;
  double worst_w = 0.0;
  for (int i = 0; i < 60000; ++i) {
    const std::uint32_t l = random_sum<P>(random);
    const auto reference = static_cast<std::int32_t>(random.between(-131072, 131073));
    arith::RowSum old;
    old.exponent = reference + static_cast<std::int32_t>(random.between(-40, 36));
    old.mantissa = 0x80000000u | static_cast<std::uint32_t>(random.bits());
    const arith::RowSum sum = arith::add(old, arith::tile_row_sum<P>(l, reference));
    const arith::Gain g =
        arith::make_gain(reference * (std::int64_t{1} << spec::kLogFrac) - arith::log2_sum(sum));
    const arith::TileWeight w = arith::make_tile_weight<P>(g, l);
    const auto describe = [&](auto& o) {
      o << "l " << l << " R " << reference << " S " << old.mantissa;
    };
    const Real whole = ldexp(Real(sum.mantissa), sum.exponent - 31 - reference);
    const Real exact_g = 1 / whole;
    const Real exact_w = ldexp(Real(l), -P::kTileFrac) / whole;
    const Real got_g = ldexp(Real(g.mantissa), g.exponent - 15);
    const Real got_w = ldexp(Real(w.mantissa), -13 - w.shift);
    const double error_g = fabs(got_g / exact_g - 1).template convert_to<double>();
    const double error_w = fabs(got_w / exact_w - 1).template convert_to<double>();
    worst_g = std::max(worst_g, error_g);
    worst_w = std::max(worst_w, error_w);
    // L: table 2.04 units of 2^-16 and the cut mantissa 0.36, times ln 2; g: 1.18 units of 2^-15.
    tally.check(error_g <= 2.4 * 0.6932 * 0x1p-16 + 1.18 * 0x1p-15, describe);
    // w: half a unit of 14 bits on top.
    tally.check(error_w <= 2.4 * 0.6932 * 0x1p-16 + 1.18 * 0x1p-15 + 0x1.01p-14, describe);
  }
  INFO("relative error of g " << worst_g << ", of w " << worst_w);
  REQUIRE(worst_g > 1e-6);
  FLASHD_REQUIRE_TALLY(tally, 120000);
}

TEST_CASE("the sigmoid of a tile against the exact quotient") {
  chain<spec::Fine>();
  chain<spec::Lean>();
}

}  // namespace
}  // namespace flashd
