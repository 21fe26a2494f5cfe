// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "model/golden/job.hpp"

namespace flashd::reference {

/// Value of a BF16 bit pattern; exact.
inline float bf16_value(std::uint16_t bits) {
  const std::uint32_t wide = static_cast<std::uint32_t>(bits) << 16;
  float value = 0.0f;
  std::memcpy(&value, &wide, sizeof value);
  return value;
}

/// Value of an IEEE half bit pattern, subnormals included; exact.
inline float fp16_value(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 0x1f;
  const int fraction = bits & 0x3ff;
  float magnitude = 0.0f;
  if (exponent == 0x1f) {
    magnitude = fraction == 0 ? INFINITY : NAN;
  } else if (exponent == 0) {
    magnitude = std::ldexp(static_cast<float>(fraction), -24);
  } else {
    magnitude = std::ldexp(static_cast<float>(fraction + 0x400), exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

/// Value of an element of Q, K or V; exact.
inline float element_value(std::uint16_t bits, InputFormat format) {
  return format == InputFormat::bf16 ? bf16_value(bits) : fp16_value(bits);
}

/// Nearest BF16 bit pattern, ties to even; NaN stays a quiet NaN.
inline std::uint16_t bf16_bits(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<std::uint16_t>((bits >> 16) | 0x40u);
  return static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

/// Nearest IEEE half bit pattern, ties to even, overflow to Inf; NaN stays a quiet NaN.
inline std::uint16_t fp16_bits(float value) {
  const std::uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  const float magnitude = std::fabs(value);
  if (std::isnan(value)) return sign | 0x7e00;
  if (magnitude >= 65520.0f) return sign | 0x7c00;
  if (magnitude == 0.0f) return sign;
  int exponent = 0;
  std::frexp(magnitude, &exponent);  // magnitude in [2^(exponent-1), 2^exponent)
  const int grid = exponent < -13 ? -24 : exponent - 11;
  const double steps = std::ldexp(static_cast<double>(magnitude), -grid);
  double rounded = std::floor(steps);
  const double rest = steps - rounded;
  if (rest > 0.5 || (rest == 0.5 && std::fmod(rounded, 2.0) == 1.0)) rounded += 1.0;
  // The pattern of a half is monotonic in its magnitude, so a carry into the exponent is right.
  const int biased = grid == -24 ? 0 : grid + 24;
  return sign | static_cast<std::uint16_t>(biased * 0x400 + static_cast<int>(rounded));
}

/// Bits of `value` in the given input format.
inline std::uint16_t element_bits(float value, InputFormat format) {
  return format == InputFormat::bf16 ? bf16_bits(value) : fp16_bits(value);
}

}  // namespace flashd::reference
