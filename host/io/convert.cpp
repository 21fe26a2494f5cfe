// SPDX-License-Identifier: Apache-2.0
#include "host/io/convert.hpp"

#include <cmath>
#include <cstring>

#include "model/arith/output.hpp"

namespace flashd::host {
namespace {

std::uint32_t float_bits(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

float from_bits(std::uint32_t bits) {
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// FP16 bits of a float32 that FP16 holds exactly; NaN becomes quiet.
std::uint16_t pack_fp16(std::uint32_t bits) {
  const std::uint32_t sign = (bits >> 16) & 0x8000u;
  const std::uint32_t field = (bits >> 23) & 0xffu;
  const std::uint32_t fraction = bits & 0x7fffffu;
  std::uint32_t magnitude = 0;
  if (field == 0xff)
    magnitude = 0x7c00u | (fraction ? 0x200u : 0u);
  else if (field >= 113)
    magnitude = ((field - 112) << 10) | fraction >> 13;
  else if (field != 0)
    magnitude = (fraction | 0x800000u) >> (126 - field);
  return static_cast<std::uint16_t>(sign | magnitude);
}

}  // namespace

std::uint16_t pack(float value, InputFormat format) {
  const std::uint32_t bits = float_bits(value);
  if (format == InputFormat::fp16) return pack_fp16(bits);
  return static_cast<std::uint16_t>(bits >> 16 | (std::isnan(value) ? 0x40u : 0u));
}

std::uint16_t encode(double value, InputFormat format) {
  if (!std::isfinite(value)) return pack(static_cast<float>(value), format);
  int exponent = 0;
  const double fraction = std::frexp(std::fabs(value), &exponent);
  const auto magnitude = static_cast<std::uint64_t>(std::ldexp(fraction, 53));
  const auto& shape = format == InputFormat::bf16 ? arith::kBf16Shape : arith::kFp16Shape;
  const std::uint32_t bits =
      arith::round_to_float(std::signbit(value), magnitude, exponent - 53, shape);
  return pack(from_bits(bits), format);
}

float decode(std::uint16_t bits, InputFormat format) {
  const std::uint32_t word = static_cast<std::uint32_t>(bits) << 16;
  if (format == InputFormat::bf16) return from_bits(word);
  const std::uint32_t sign = word & 0x80000000u;
  const std::uint32_t field = (bits >> 10) & 0x1fu;
  const std::uint32_t fraction = bits & 0x3ffu;
  if (field == 0) {
    const float value = std::ldexp(static_cast<float>(fraction), -24);
    return sign ? -value : value;
  }
  return from_bits(sign | (field == 31 ? 0x7f800000u : (field + 112) << 23) | fraction << 13);
}

}  // namespace flashd::host
