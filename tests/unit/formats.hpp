// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

/// Formats of inputs and outputs, without model/arith.
namespace flashd::oracle {

inline std::uint32_t bits_of(float x) {
  std::uint32_t b;
  std::memcpy(&b, &x, sizeof b);
  return b;
}

inline float float_of(std::uint32_t b) {
  float x;
  std::memcpy(&x, &b, sizeof x);
  return x;
}

/// BF16 is the upper half of a float32: the hardware's own decoding.
inline double bf16_value(std::uint16_t b) { return float_of(static_cast<std::uint32_t>(b) << 16); }

/// FP16 by the definition of IEEE 754; every value is exact in float64.
inline double fp16_value(std::uint16_t b) {
  const int sign = (b & 0x8000) ? -1 : 1;
  const int field = (b >> 10) & 31;
  const int fraction = b & 1023;
  if (field == 31) return fraction ? std::nan("") : sign * INFINITY;
  if (field == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, field - 25);
}

/// Nearest value with `significand` bits, ties to even, gradual underflow, overflow to infinity:
/// exact float64 steps, for float64 x that no step takes below 2^-1022.
inline double round_float(double x, int significand, int min_exponent, int max_exponent) {
  if (x == 0.0 || !std::isfinite(x)) return x;
  const int top = std::max(std::ilogb(x), min_exponent);
  const int unit = top - (significand - 1);
  const double r = std::ldexp(std::nearbyint(std::ldexp(x, -unit)), unit);
  return std::fabs(r) >= std::ldexp(1.0, max_exponent + 1) ? std::copysign(INFINITY, x) : r;
}

/// Bits of the BF16 nearest to x, ties to even.
inline std::uint16_t bf16_bits(double x) {
  return static_cast<std::uint16_t>(bits_of(static_cast<float>(round_float(x, 8, -126, 127))) >>
                                    16);
}

/// Bits of the FP16 nearest to x, ties to even.
inline std::uint16_t fp16_bits(double x) {
  const int sign = std::signbit(x) ? 0x8000 : 0;
  const double r = std::fabs(round_float(x, 11, -14, 15));
  if (std::isnan(r)) return 0x7E00;
  if (std::isinf(r)) return static_cast<std::uint16_t>(sign | 0x7C00);
  if (r < 0x1p-14) return static_cast<std::uint16_t>(sign | static_cast<int>(std::ldexp(r, 24)));
  const int exponent = std::ilogb(r);
  const int fraction = static_cast<int>(std::ldexp(r, 10 - exponent)) - 1024;
  return static_cast<std::uint16_t>(sign | ((exponent + 15) << 10) | fraction);
}

}  // namespace flashd::oracle
