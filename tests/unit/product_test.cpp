// SPDX-License-Identifier: Apache-2.0
#include "model/arith/product.hpp"

#include <vector>

#include "tests/unit/oracle.hpp"
#include "tests/unit/tally.hpp"

namespace flashd {
namespace {

using testing::Random;
using testing::Tally;

/// Zeros, subnormals, normals and largest values of a format of `significand` bits.
std::vector<std::uint16_t> boundary_inputs(int significand, Random& random) {
  const int fraction = significand - 1;
  const auto mask = static_cast<std::uint16_t>((1 << fraction) - 1);
  const auto fields = 1 << (15 - fraction);
  std::vector<std::uint16_t> list;
  for (int i = 0; i < 40; ++i) {
    const auto field = static_cast<std::uint16_t>(i < 4   ? i
                                                  : i < 8 ? fields - 2 - (i - 4)
                                                          : random.between(0, fields - 2));
    for (const auto f : {std::uint16_t{0}, std::uint16_t{1}, mask,
                         static_cast<std::uint16_t>(random.bits() & mask)}) {
      const auto sign = static_cast<std::uint16_t>(random.coin() ? 0x8000 : 0);
      list.push_back(static_cast<std::uint16_t>(sign | (field << fraction) | f));
    }
  }
  return list;
}

/// Oracle: float64 holds q k exactly, ldexp and round (halves away from zero) are exact, and an
/// underflow to a subnormal or zero rounds to zero on any grid.
template <class Format>
void boundaries_and_random(double (*value)(std::uint16_t), std::uint64_t stream) {
  Tally tally;
  std::uint64_t saturated = 0;
  std::uint64_t halves = 0;
  Random random(stream);
  const std::vector<std::uint16_t> inputs = boundary_inputs(Format::kSignificand, random);
  const auto one = [&](std::uint16_t q, std::uint16_t k, int scale, int grid, bool negate) {
    const double exact = std::ldexp(value(q) * value(k), scale + grid) * (negate ? -1 : 1);
    const double limit = std::ldexp(1.0, 12 + grid) - 1;
    const double rounded = std::round(exact);
    const double expected = std::min(std::max(rounded, -limit), limit);
    const arith::Product p =
        arith::product(arith::decode<Format>(q), arith::decode<Format>(k), negate,
                       arith::product_exponent<Format>(scale, grid), grid);
    const bool beyond = std::fabs(rounded) > limit;
    tally.check(p.value == expected && p.saturated == beyond, [&](auto& o) {
      o << std::hex << q << " * " << k << std::dec << " scale 2^" << scale << " grid " << grid
        << " gave " << p.value << ", expected " << expected;
    });
    saturated += beyond;
    halves += std::fabs(exact) < limit && std::fabs(exact - std::trunc(exact)) == 0.5;
  };
  for (const std::uint16_t q : inputs) {
    for (const std::uint16_t k : inputs) {
      // From everything underflows to everything saturates.
      for (const int scale : {-1074, -40, -12, -3, 0, 2, 24, 1023}) {
        one(q, k, scale, static_cast<int>(random.between(10, 15)), random.coin());
      }
    }
  }
  constexpr int kFraction = Format::kSignificand - 1;
  for (int i = 0; i < 1000000; ++i) {
    const auto near = [&] {
      const auto exponent = static_cast<std::uint16_t>(Format::kBias + random.between(-9, 9));
      return static_cast<std::uint16_t>((random.bits() & 0x8000) | (exponent << kFraction) |
                                        (random.bits() & ((1 << kFraction) - 1)));
    };
    const std::uint16_t q = near();
    const std::uint16_t k = near();
    one(q, k, static_cast<int>(random.between(-6, 3)), static_cast<int>(random.between(10, 15)),
        random.coin());
  }
  INFO("saturated " << saturated << ", halves " << halves);
  REQUIRE(saturated >= 10000);
  REQUIRE(halves >= 1000);
  FLASHD_REQUIRE_TALLY(tally, 1200000);
}

TEST_CASE("BF16 products round halves away from zero and saturate") {
  boundaries_and_random<spec::Bf16>(oracle::bf16_value, 41);
}

TEST_CASE("FP16 products round halves away from zero and saturate") {
  boundaries_and_random<spec::Fp16>(oracle::fp16_value, 42);
}

TEST_CASE("every shift of a product: all BF16 significands against each other") {
  Tally tally;
  for (std::uint32_t a = 1; a < 256; ++a) {
    for (std::uint32_t b = 1; b < 256; b += 2) {
      arith::Number q;
      arith::Number k;
      q.significand = a;
      k.significand = b;
      for (int shift = -20; shift <= 34; ++shift) {
        const double limit = std::ldexp(1.0, 12 + 11) - 1;
        const double rounded = std::round(std::ldexp(static_cast<double>(a * b), shift));
        const arith::Product p = arith::product(q, k, false, shift - q.exponent - k.exponent, 11);
        tally.check(p.value == std::min(rounded, limit) && p.saturated == (rounded > limit),
                    [&](auto& o) { o << a << " * " << b << " * 2^" << shift; });
      }
    }
  }
  FLASHD_REQUIRE_TALLY(tally, 255 * 128 * 55);
}

}  // namespace
}  // namespace flashd
