// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/arith/bits.hpp"
#include "model/arith/spec.hpp"

namespace flashd::arith {

/// A bias on the score grid 2^-F, base 2.
struct Bias {
  bool mask = false;       ///< -inf or below -65536: the key is not visible
  bool finite = true;      ///< false for NaN and +inf
  std::int64_t value = 0;  ///< |value| < 2^(23+F)
};

/// Float32 bits of a BF16 or else FP16 bias; exact.
FLASHD_HD std::uint32_t widen_bias(std::uint16_t bits, bool bf16) {
  const std::uint32_t narrow = bits;
  if (bf16) return narrow << 16;
  const std::uint32_t sign = (narrow & 0x8000u) << 16;
  const std::uint32_t field = (narrow >> 10) & 0x1Fu;
  const std::uint32_t fraction = narrow & 0x3FFu;
  if (field == 0x1F) return sign | 0x7F800000u | fraction << 13;
  if (field != 0) return sign | (field + 112) << 23 | fraction << 13;
  if (fraction == 0) return sign;
  const int length = bit_length(fraction);  // the value is fraction * 2^-24
  return sign | static_cast<std::uint32_t>(102 + length) << 23 |
         ((fraction << (24 - length)) & 0x7FFFFFu);
}

/// Converts the bits of a float32 in nats: exact product with log2(e) (32 bits), rounded once,
/// halves away from zero. The error is below 2^-F for every |bias| <= 2^17.
template <class P>
FLASHD_HD Bias make_bias(std::uint32_t bits) {
  Bias b;
  const bool negative = (bits >> 31) != 0;
  const auto field = static_cast<int>((bits >> 23) & 0xFFu);
  const std::uint32_t fraction = bits & 0x7FFFFFu;
  if (field == 0xFF) {
    b.mask = negative && fraction == 0;
    b.finite = b.mask;
    return b;
  }
  constexpr std::uint32_t kMaskBits = 0x47800000u;  // 65536.0f: float bits order as magnitudes
  if (negative && (bits & 0x7FFFFFFFu) > kMaskBits) {
    b.mask = true;
    return b;
  }
  const std::uint64_t significand = fraction | (field == 0 ? 0u : 1u << 23);
  const int exponent = (field == 0 ? 1 : field) - 127 - 23;
  constexpr std::int64_t kLimit =
      (std::int64_t{1} << (spec::kBiasRangeLog2 + P::kScoreFrac)) - 1;
  const int shift = exponent - (spec::kLog2eBits - 1) + P::kScoreFrac;
  const std::uint64_t exact = significand * static_cast<std::uint64_t>(spec::kLog2e);
  std::int64_t magnitude = kLimit;
  if (bit_length(exact) + shift <= spec::kBiasRangeLog2 + P::kScoreFrac) {
    magnitude = static_cast<std::int64_t>(shift_round(exact, shift));
    if (magnitude > kLimit) magnitude = kLimit;
  }
  b.value = negative ? -magnitude : magnitude;
  return b;
}

}  // namespace flashd::arith
