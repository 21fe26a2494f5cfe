// SPDX-License-Identifier: Apache-2.0
#include "model/arith/decode.hpp"

#include "tests/unit/oracle.hpp"
#include "tests/unit/tally.hpp"

namespace flashd {
namespace {

using testing::Tally;

template <class Format>
void all_inputs(double (*value)(std::uint16_t)) {
  Tally tally;
  for (std::uint32_t i = 0; i < 65536; ++i) {
    const auto bits = static_cast<std::uint16_t>(i);
    const double exact = value(bits);
    const arith::Number x = arith::decode<Format>(bits);
    const auto describe = [&](auto& o) { o << std::hex << "0x" << i; };
    tally.check(x.finite == std::isfinite(exact), describe);
    tally.check(x.negative == ((bits & 0x8000) != 0), describe);
    if (!std::isfinite(exact)) {
      tally.check(x.significand == 0, describe);
      continue;
    }
    const double decoded = std::ldexp(static_cast<double>(x.significand),
                                      x.exponent - Format::kBias - (Format::kSignificand - 1));
    tally.check((x.negative ? -decoded : decoded) == exact, describe);
    const bool normal = std::fabs(exact) >= std::ldexp(1.0, 1 - Format::kBias);
    tally.check(normal == ((x.significand >> (Format::kSignificand - 1)) == 1), describe);
    tally.check(x.exponent >= 1 && (normal || x.exponent == 1), describe);
  }
  FLASHD_REQUIRE_TALLY(tally, 5 * 65536 - 2 * 2 * 65536 / 32);
}

TEST_CASE("decode gives the value of all 65,536 BF16 inputs") {
  all_inputs<spec::Bf16>(oracle::bf16_value);
}

TEST_CASE("decode gives the value of all 65,536 FP16 inputs") {
  all_inputs<spec::Fp16>(oracle::fp16_value);
}

TEST_CASE("encoding of the oracle inverts its decoding") {
  Tally tally;
  for (std::uint32_t i = 0; i < 65536; ++i) {
    const auto bits = static_cast<std::uint16_t>(i);
    const double b = oracle::bf16_value(bits);
    const double h = oracle::fp16_value(bits);
    if (!std::isnan(b))
      tally.check(oracle::bf16_bits(b) == bits, [&](auto& o) { o << "bf16 " << i; });
    if (!std::isnan(h))
      tally.check(oracle::fp16_bits(h) == bits, [&](auto& o) { o << "fp16 " << i; });
  }
  FLASHD_REQUIRE_TALLY(tally, 128000);
}

#if defined(__FLT16_MANT_DIG__)
TEST_CASE("the FP16 oracle agrees with the compiler's _Float16") {
  Tally tally;
  for (std::uint32_t i = 0; i < 65536; ++i) {
    const auto bits = static_cast<std::uint16_t>(i);
    _Float16 h;
    std::memcpy(&h, &bits, sizeof h);
    const auto x = static_cast<double>(h);
    const double y = oracle::fp16_value(bits);
    tally.check(std::isnan(x) ? std::isnan(y) : x == y, [&](auto& o) { o << bits; });
  }
  FLASHD_REQUIRE_TALLY(tally, 65536);
}
#endif

}  // namespace
}  // namespace flashd
