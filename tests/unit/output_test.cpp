// SPDX-License-Identifier: Apache-2.0
#include "model/arith/output.hpp"

#include "tests/unit/oracle.hpp"
#include "tests/unit/tally.hpp"

namespace flashd {
namespace {

using oracle::Real;
using testing::Random;
using testing::Tally;

struct Shape {
  arith::FloatShape shape;
  int significand, min_exponent, max_exponent;
};

const Shape kShapes[] = {{arith::kFp32Shape, 24, -126, 127},
                         {arith::kBf16Shape, 8, -126, 127},
                         {arith::kFp16Shape, 11, -14, 15}};

#if defined(__FLT16_MANT_DIG__)
double hardware_fp16(double x) { return static_cast<double>(static_cast<_Float16>(x)); }
#else
double hardware_fp16(double x) { return oracle::round_float(x, 11, -14, 15); }
#endif

/// Output integers: random lengths, and patterns that end in exact ties of every format.
std::int32_t random_output(Random& random, int i) {
  auto x = static_cast<std::uint32_t>(random.any_length(32));
  if (i % 3 == 0) {
    const auto drop = static_cast<int>(random.between(1, 31));
    x = ((x >> drop) << drop) | (1u << (drop - 1));
    if (i % 9 == 3) ++x;
    if (i % 9 == 6) --x;
  }
  if (i < 64) x = static_cast<std::uint32_t>(INT32_MIN) + static_cast<std::uint32_t>(i - 32);
  std::int32_t r;
  std::memcpy(&r, &x, sizeof r);
  return r;
}

TEST_CASE("round_output rounds to nearest even in every format and for every VE") {
  Tally tally;
  std::uint64_t subnormal = 0;
  std::uint64_t overflow = 0;
  Random random(101);
  for (int ve = -126; ve <= 127; ++ve) {
    for (int i = 0; i < 3000; ++i) {
      const std::int32_t o = random_output(random, i);
      // 32 bits times a power of two above 2^-157: exact in float64.
      const double exact = std::ldexp(static_cast<double>(o), ve - 30);
      for (const Shape& s : kShapes) {
        const double expected =
            oracle::round_float(exact, s.significand, s.min_exponent, s.max_exponent);
        const std::uint32_t got = arith::round_output(o, ve, s.shape);
        const auto describe = [&](auto& out) {
          out << o << " VE " << ve << " significand " << s.significand << " gave "
              << oracle::float_of(got) << ", expected " << expected;
        };
        tally.check(oracle::bits_of(static_cast<float>(expected)) == got, describe);
        if (s.significand == 24) {
          tally.check(oracle::bits_of(static_cast<float>(exact)) == got, describe);
        }
        if (s.significand == 11)
          tally.check(hardware_fp16(exact) == oracle::float_of(got), describe);
        subnormal += expected != 0.0 && std::fabs(expected) < std::ldexp(1.0, s.min_exponent);
        overflow += std::isinf(expected);
      }
    }
  }
  REQUIRE(subnormal >= 10000);
  REQUIRE(overflow >= 10000);
  FLASHD_REQUIRE_TALLY(tally, 254 * 3000 * 5);
}

TEST_CASE("magnitudes of up to 63 bits round as MPFR does") {
  Tally tally;
  Random random(102);
  for (int i = 0; i < 200000; ++i) {
    std::uint64_t m = random.any_length(63);
    if (i % 4 == 0) {
      const auto drop = static_cast<int>(random.between(1, 62));
      m = ((m >> drop) << drop) | (std::uint64_t{1} << (drop - 1));
      if (i % 12 == 4) ++m;
      if (i % 12 == 8) --m;
      m &= (std::uint64_t{1} << 63) - 1;
    }
    const auto exponent = static_cast<int>(random.between(-230, 100));
    const bool negative = random.coin();
    Real exact = ldexp(Real(m), exponent);
    if (negative) exact = -exact;
    // mpfr_get_flt rounds once to nearest even, gradual underflow and overflow included.
    const float expected = mpfr_get_flt(exact.backend().data(), MPFR_RNDN);
    const std::uint32_t got = arith::round_to_float(negative, m, exponent, arith::kFp32Shape);
    tally.check(got == (oracle::bits_of(expected) | (negative ? 0x80000000u : 0u)), [&](auto& o) {
      o << m << " * 2^" << exponent << " gave " << oracle::float_of(got) << ", expected "
        << expected;
    });
  }
  FLASHD_REQUIRE_TALLY(tally, 200000);
}

TEST_CASE("LSE is L ln 2 as float32") {
  Tally tally;
  Random random(103);
  const Real ln2 = log(Real(2));
  const Real constant = floor(ldexp(ln2, 28) + 0.5);
  for (int i = 0; i < 200000; ++i) {
    auto l = static_cast<std::int64_t>(random.any_length(35));
    if (random.coin()) l = -l;
    const std::uint32_t bits = arith::round_lse(l);
    const float got = oracle::float_of(bits);
    const auto describe = [&](auto& o) { o << "L " << l << " gave " << got; };
    const Real product = ldexp(Real(l) * constant, -44);
    tally.check(oracle::bits_of(mpfr_get_flt(product.backend().data(), MPFR_RNDN)) == bits,
                describe);
    // The constant is off by at most 2^-28.4 of ln 2: one twentieth of a float32 unit on top.
    const Real exact = ldexp(Real(l) * ln2, -16);
    tally.check(fabs(Real(got) - exact) <= fabs(exact) * Real(0x1.1p-24), describe);
  }
  REQUIRE(arith::round_lse(0) == 0u);
  REQUIRE(arith::kMinusInf == oracle::bits_of(-INFINITY));
  REQUIRE(std::isnan(oracle::float_of(arith::kQuietNan)));
  FLASHD_REQUIRE_TALLY(tally, 400000);
}

}  // namespace
}  // namespace flashd
