// SPDX-License-Identifier: Apache-2.0
#include "model/arith/tile_sum.hpp"

#include <vector>

#include "tests/unit/oracle.hpp"
#include "tests/unit/tally.hpp"

namespace flashd {
namespace {

using testing::Random;
using testing::Tally;

/// p v / 2^E on the grid of T. float64 holds every product and quotient exactly.
template <class P, class Format>
void addends(double (*value)(std::uint16_t), std::uint64_t stream) {
  Tally tally;
  std::uint64_t halves = 0;
  Random random(stream);
  constexpr int kFraction = Format::kSignificand - 1;
  constexpr int kTop = (1 << Format::kExponentBits) - 2;
  for (int i = 0; i < 600000; ++i) {
    arith::Weight w;
    w.shift = static_cast<int>(random.between(1, P::kTileFrac));
    w.mantissa = (1u << (P::kPBits - 1)) |
                 static_cast<std::uint32_t>(random.bits() & ((1u << (P::kPBits - 1)) - 1));
    if (i % 7 == 0) w.mantissa = 1u << (P::kPBits - 1);
    if (i % 7 == 1) w.mantissa = (1u << P::kPBits) - 1;
    if (i % 41 == 0) w = arith::Weight{};
    const int tile = static_cast<int>(random.between(1, kTop));
    int field = static_cast<int>(tile - random.between(0, i % 3 ? 24 : 253));
    if (field < 0) field = 0;
    std::uint16_t fraction = random.bits() & ((1 << kFraction) - 1);
    if (i % 5 == 0) fraction = 0;
    if (i % 5 == 1) fraction = (1 << kFraction) - 1;
    const auto bits =
        static_cast<std::uint16_t>((random.bits() & 0x8000) | (field << kFraction) | fraction);
    const arith::Number v = arith::decode<Format>(bits);
    const std::int32_t got = arith::value_addend<P, Format>(w, v, tile);
    const auto describe = [&](auto& o) {
      o << "p " << w.mantissa << " >> " << w.shift << ", v 0x" << std::hex << bits << std::dec
        << ", E " << tile << ", gave " << got;
    };
    const double p = std::ldexp(static_cast<double>(w.mantissa), -(P::kPBits - 1) - w.shift);
    const double relative = std::ldexp(value(bits), -(tile - Format::kBias));
    const double exact = std::ldexp(p * relative, P::kTileFrac);
    tally.check(got == std::round(exact), describe);
    halves += std::fabs(exact - std::trunc(exact)) == 0.5;
  }
  REQUIRE(halves >= 1000);
  FLASHD_REQUIRE_TALLY(tally, 600000);
}

TEST_CASE("addends of T round halves away from zero, fine") {
  addends<spec::Fine, spec::Bf16>(oracle::bf16_value, 61);
  addends<spec::Fine, spec::Fp16>(oracle::fp16_value, 62);
}

TEST_CASE("addends of T round halves away from zero, lean") {
  addends<spec::Lean, spec::Bf16>(oracle::bf16_value, 63);
  addends<spec::Lean, spec::Fp16>(oracle::fp16_value, 64);
}

TEST_CASE("beyond a distance of 20 every addend is zero, so the cap changes nothing") {
  Tally tally;
  for (int distance = 20; distance <= 253; ++distance) {
    arith::Number v;
    v.significand = 255;
    v.exponent = 1;
    arith::Weight w;
    w.mantissa = 2047;
    tally.check(arith::value_addend<spec::Fine, spec::Bf16>(w, v, 1 + distance) == 0,
                [&](auto& o) { o << distance; });
    tally.check(arith::value_distance(1 + distance, 1) == std::min(distance, 31),
                [&](auto& o) { o << distance; });
  }
  FLASHD_REQUIRE_TALLY(tally, 468);
}

template <class Format>
void clamped_values(double (*value)(std::uint16_t)) {
  Tally tally;
  for (std::uint32_t i = 0; i < 65536; ++i) {
    const auto bits = static_cast<std::uint16_t>(i);
    const arith::Number x = arith::decode<Format>(bits);
    if (!x.finite) continue;
    for (int ve = 1 - Format::kBias; ve <= Format::kBias; ve += Format::kSignificand == 8 ? 3 : 1) {
      arith::Number v = x;
      const bool clamped = arith::clamp_value<Format>(v, ve);
      const double limit = std::ldexp(1.0, ve + 1);
      const bool beyond = std::fabs(value(bits)) >= limit;
      const double largest = limit * (1.0 - std::ldexp(1.0, -Format::kSignificand));
      const double got = std::ldexp(static_cast<double>(v.significand),
                                    v.exponent - Format::kBias - (Format::kSignificand - 1));
      tally.check(clamped == beyond && v.negative == x.negative &&
                      got == (beyond ? largest : std::fabs(value(bits))),
                  [&](auto& o) { o << std::hex << i << std::dec << " VE " << ve; });
    }
  }
  FLASHD_REQUIRE_TALLY(tally, 1800000);
}

TEST_CASE("a value beyond the job's grid becomes the largest one below 2^(VE+1)") {
  clamped_values<spec::Bf16>(oracle::bf16_value);
  clamped_values<spec::Fp16>(oracle::fp16_value);
}

}  // namespace
}  // namespace flashd
