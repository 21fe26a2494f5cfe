// SPDX-License-Identifier: Apache-2.0
#include "model/arith/bias.hpp"

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

/// Fractions of a float32 next to every edge, and random ones.
std::vector<std::uint32_t> fractions(Random& random, int count) {
  std::vector<std::uint32_t> list = {0, 1, 2, 3, 0x3FFFFF, 0x400000, 0x400001, 0x7FFFFE, 0x7FFFFF};
  for (int i = 0; i < count; ++i) list.push_back(static_cast<std::uint32_t>(random.any_length(23)));
  for (int i = 0; i < count; ++i) list.push_back(random.bits() & 0x7FFFFFu);
  return list;
}

template <class P>
void every_exponent() {
  Tally tally;
  Tally close;
  Random random(21);
  const Real log2e = 1 / log(Real(2));
  const Int constant = static_cast<Int>(floor(ldexp(log2e, spec::kLog2eBits - 1) + 0.5));
  const Int limit = (Int(1) << (spec::kBiasRangeLog2 + P::kScoreFrac)) - 1;
  for (std::uint32_t field = 0; field < 255; ++field) {
    for (const std::uint32_t fraction : fractions(random, 120)) {
      for (const bool negative : {false, true}) {
        const std::uint32_t bits = (negative ? 0x80000000u : 0u) | (field << 23) | fraction;
        const double x = oracle::float_of(bits);
        const arith::Bias b = arith::make_bias<P>(bits);
        const auto describe = [&](auto& o) { o << "bias " << x << " gave " << b.value; };
        tally.check(b.finite, describe);
        tally.check(b.mask == (x < -65536.0), describe);
        if (b.mask) continue;
        Int exact = oracle::round_half_away(Ratio(x) * Ratio(constant) *
                                            oracle::power(P::kScoreFrac - (spec::kLog2eBits - 1)));
        if (exact > limit) exact = limit;
        tally.check(Int(b.value) == exact, describe);
        if (std::fabs(x) > 131072.0) continue;
        const Real error = fabs(Real(b.value) - ldexp(Real(x) * log2e, P::kScoreFrac));
        close.check(error <= 0.5 + 0x1p-4, describe);
      }
    }
  }
  FLASHD_REQUIRE_TALLY(tally, 300000);
  FLASHD_REQUIRE_TALLY(close, 60000);
}

TEST_CASE("a bias is within 2^-F of base 2, fine") { every_exponent<spec::Fine>(); }

TEST_CASE("a bias is within 2^-F of base 2, lean") { every_exponent<spec::Lean>(); }

TEST_CASE("a bias masks below -65536 and at -inf; NaN and +inf are not finite") {
  Tally tally;
  const auto make = [](float x) { return arith::make_bias<spec::Fine>(oracle::bits_of(x)); };
  const auto expect = [&](float x, bool mask, bool finite) {
    const arith::Bias b = make(x);
    tally.check(b.mask == mask && b.finite == finite, [&](auto& o) { o << x; });
  };
  expect(-INFINITY, true, true);
  expect(std::nextafterf(-65536.0f, -INFINITY), true, true);
  expect(-3.4e38f, true, true);
  expect(-65536.0f, false, true);
  expect(65536.0f, false, true);
  expect(3.4e38f, false, true);
  expect(0.0f, false, true);
  expect(-0.0f, false, true);
  expect(INFINITY, false, false);
  Random random(22);
  for (int i = 0; i < 20000; ++i) {
    const auto nan = static_cast<std::uint32_t>((random.bits() & 0x807FFFFFu) | 0x7F800001u);
    const arith::Bias b = arith::make_bias<spec::Lean>(nan);
    tally.check(!b.mask && !b.finite, [&](auto& o) { o << std::hex << nan; });
  }
  REQUIRE(make(0.0f).value == 0);
  REQUIRE(make(-0.0f).value == 0);
  FLASHD_REQUIRE_TALLY(tally, 20009);
}

}  // namespace
}  // namespace flashd
