// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/arith/bits.hpp"
#include "model/arith/spec.hpp"

namespace flashd::arith {

/// A binary format that float32 holds exactly.
struct FloatShape {
  int significand;  ///< bits, leading one included
  int min_exponent; ///< of the smallest normal
  int max_exponent;
};

constexpr FloatShape kFp32Shape{24, -126, 127};
constexpr FloatShape kBf16Shape{8, -126, 127};
constexpr FloatShape kFp16Shape{11, -14, 15};

constexpr std::uint32_t kQuietNan = 0x7FC00000u;
constexpr std::uint32_t kMinusInf = 0xFF800000u;

/// (-1)^negative * magnitude * 2^exponent to the nearest value of the format, ties to even, overflow
/// to Inf, subnormals exact; returned as the bits of a float32.
FLASHD_HD std::uint32_t round_to_float(bool negative, std::uint64_t magnitude, int exponent,
                                       FloatShape shape) {
  const std::uint32_t sign = negative ? 0x80000000u : 0u;
  if (magnitude == 0) return sign;
  const int top = bit_length(magnitude) - 1 + exponent;
  const int unit = (top < shape.min_exponent ? shape.min_exponent : top) - (shape.significand - 1);
  const int drop = unit - exponent;
  std::uint64_t m = magnitude;
  if (drop > 63) {
    m = 0;
  } else if (drop > 0) {
    const std::uint64_t rest = m & ((std::uint64_t{1} << drop) - 1);
    const std::uint64_t half = std::uint64_t{1} << (drop - 1);
    m >>= drop;
    if (rest > half || (rest == half && (m & 1))) ++m;
  } else {
    m <<= -drop;
  }
  if (m == 0) return sign;
  const int e = bit_length(m) - 1 + unit;
  if (e > shape.max_exponent) return sign | 0x7F800000u;
  const int length = bit_length(m);
  if (e < -126) return sign | static_cast<std::uint32_t>(m << (unit + 149));
  // A carry out of the significand leaves a power of two, whose fraction is zero.
  const std::uint32_t fraction =
      length > 24 ? 0u : static_cast<std::uint32_t>(m << (24 - length)) & 0x7FFFFFu;
  return sign | (static_cast<std::uint32_t>(e + 127) << 23) | fraction;
}

/// o * 2^(VE - 30) in the output format.
FLASHD_HD std::uint32_t round_output(std::int32_t o, int v_exponent, FloatShape shape) {
  const bool negative = o < 0;
  const auto wide = static_cast<std::int64_t>(o);
  return round_to_float(negative, static_cast<std::uint64_t>(negative ? -wide : wide),
                        v_exponent - spec::kOFrac, shape);
}

/// L ln 2 in nats as float32 bits; L in units of 2^-16, |L| < 2^35.
FLASHD_HD std::uint32_t round_lse(std::int64_t l) {
  const bool negative = l < 0;
  const auto magnitude = static_cast<std::uint64_t>(negative ? -l : l);
  return round_to_float(negative, magnitude * static_cast<std::uint64_t>(spec::kLn2),
                        -(spec::kLogFrac + spec::kLn2Bits), kFp32Shape);
}

}  // namespace flashd::arith
