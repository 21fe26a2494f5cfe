// SPDX-License-Identifier: Apache-2.0
#include "host/io/convert.hpp"

#include <cmath>
#include <limits>

#include <catch2/catch_test_macros.hpp>

namespace {

using flashd::InputFormat;
using flashd::host::decode;
using flashd::host::encode;
using flashd::host::pack;

/// Value from the fields of IEEE 754, without the code under test.
double value_of(std::uint32_t bits, int significand, int bias) {
  const int fraction_bits = significand - 1;
  const int field = static_cast<int>(bits >> fraction_bits) & ((1 << (16 - significand)) - 1);
  const auto fraction = static_cast<double>(bits & ((1u << fraction_bits) - 1u));
  const double magnitude =
      field == 0 ? std::ldexp(fraction, 1 - bias - fraction_bits)
                 : std::ldexp(fraction + (1 << fraction_bits), field - bias - fraction_bits);
  return bits >> 15 ? -magnitude : magnitude;
}

struct Shape {
  InputFormat format;
  int significand, bias;
  std::uint32_t infinity;
};
constexpr Shape kShapes[] = {{InputFormat::bf16, 8, 127, 0x7f80},
                             {InputFormat::fp16, 11, 15, 0x7c00}};

}  // namespace

TEST_CASE("every finite value is decoded and encoded exactly") {
  for (const Shape& s : kShapes) {
    int wrong = 0;
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
      if ((bits & 0x7fff) >= s.infinity) continue;
      const auto half = static_cast<std::uint16_t>(bits);
      const double value = value_of(bits, s.significand, s.bias);
      const bool sign = std::signbit(decode(half, s.format)) == (bits >> 15 != 0);
      if (decode(half, s.format) != value || !sign || encode(value, s.format) != half ||
          pack(static_cast<float>(value), s.format) != half)
        ++wrong;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("values between two neighbours round to the nearest, ties to even") {
  for (const Shape& s : kShapes) {
    int wrong = 0;
    for (std::uint32_t bits = 0; bits + 1 < s.infinity; ++bits) {
      const double low = value_of(bits, s.significand, s.bias);
      const double high = value_of(bits + 1, s.significand, s.bias);
      const double middle = (low + high) / 2;
      const std::uint32_t even = bits % 2 == 0 ? bits : bits + 1;
      for (const double sign : {1.0, -1.0}) {
        const std::uint32_t mark = sign < 0 ? 0x8000 : 0;
        if (encode(sign * middle, s.format) != (even | mark)) ++wrong;
        if (encode(sign * std::nextafter(middle, low), s.format) != (bits | mark)) ++wrong;
        if (encode(sign * std::nextafter(middle, high), s.format) != ((bits + 1) | mark)) ++wrong;
      }
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("overflow, infinity, NaN and values below the smallest subnormal") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const Shape& s : kShapes) {
    const double largest = value_of(s.infinity - 1, s.significand, s.bias);
    const double unit = largest - value_of(s.infinity - 2, s.significand, s.bias);
    CHECK(encode(largest + unit / 2, s.format) == s.infinity);
    CHECK(encode(std::nextafter(largest + unit / 2, 0), s.format) == s.infinity - 1);
    CHECK(encode(1e300, s.format) == s.infinity);
    CHECK(encode(-kInfinity, s.format) == (s.infinity | 0x8000));
    const std::uint16_t nan = encode(std::nan(""), s.format);
    CHECK((nan & 0x7fff) > s.infinity);
    CHECK(std::isnan(decode(nan, s.format)));
    CHECK(std::isinf(decode(static_cast<std::uint16_t>(s.infinity), s.format)));
    CHECK(encode(5e-324, s.format) == 0);
    CHECK(encode(-5e-324, s.format) == 0x8000);
  }
}

TEST_CASE("rounding from float64 happens once") {
  // 1 + 2^-8 + 2^-40: through float32 it would become a tie and round down to 1.
  CHECK(encode(1.0 + 0x1p-8 + 0x1p-40, InputFormat::bf16) == 0x3f81);
  CHECK(encode(1.0 + 0x1p-11 + 0x1p-40, InputFormat::fp16) == 0x3c01);
}
