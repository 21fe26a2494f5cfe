// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>

#include "model/arith/bits.hpp"
#include "model/arith/spec.hpp"

namespace flashd::arith {

/// log2(e) |slope| = mantissa 2^(23 - drop - 31), mantissa in [2^31, 2^32), or 0.
struct AlibiSlope {
  bool negative = false;
  int drop = 0;  ///< 0 to 127; a slope of 2^23 or more per key has drop 0: it saturates anyway
  std::uint32_t mantissa = 0;

  /// The word of device memory; fields as in the spec's `words`. A word of 0 is a slope of 0.
  std::uint64_t pack() const {
    return static_cast<std::uint64_t>(mantissa) << spec::kAlibiMantissaLow |
           static_cast<std::uint64_t>(drop) << spec::kAlibiDropLow |
           static_cast<std::uint64_t>(negative) << spec::kAlibiNegativeLow;
  }

  static AlibiSlope unpack(std::uint64_t word) {
    AlibiSlope s;
    s.mantissa = static_cast<std::uint32_t>((word >> spec::kAlibiMantissaLow) &
                                            ((std::uint64_t{1} << spec::kAlibiMantissaBits) - 1));
    s.drop = static_cast<int>((word >> spec::kAlibiDropLow) &
                              ((std::uint64_t{1} << spec::kAlibiDropBits) - 1));
    s.negative = ((word >> spec::kAlibiNegativeLow) & 1u) != 0;
    return s;
  }
};

/// Host only; slope in nats per key, finite (the caller refuses NaN and Inf). Slopes below about
/// 2^-105, which add nothing at any distance, become 0.
inline AlibiSlope make_alibi_slope(float slope_nats) {
  AlibiSlope s;
  constexpr double kLog2e = 1.4426950408889634;
  int exponent = 0;
  const double m = std::frexp(std::fabs(static_cast<double>(slope_nats)) * kLog2e, &exponent);
  if (m == 0.0) return s;
  std::uint64_t mantissa =
      static_cast<std::uint64_t>(std::floor(std::ldexp(m, spec::kAlibiMantissaBits) + 0.5));
  if (mantissa >> spec::kAlibiMantissaBits) {
    mantissa >>= 1;
    ++exponent;
  }
  const int drop = spec::kAlibiMaxLog2 - (exponent - 1);
  if (drop >= 1 << spec::kAlibiDropBits) return s;
  s.negative = std::signbit(slope_nats);
  s.drop = drop < 0 ? 0 : drop;
  s.mantissa = static_cast<std::uint32_t>(mantissa);
  return s;
}

/// Largest magnitude of a bias on the score grid.
template <class P>
FLASHD_HD constexpr std::int64_t bias_limit() {
  return (std::int64_t{1} << (spec::kBiasRangeLog2 + P::kScoreFrac)) - 1;
}

/// -slope |distance| on the score grid, |distance| at most 2^32: exact product, one rounding,
/// halves away from zero, saturated as make_bias.
template <class P>
FLASHD_HD std::int64_t alibi(const AlibiSlope& s, std::int64_t distance) {
  const auto keys = static_cast<std::uint64_t>(distance < 0 ? -distance : distance);
  const std::uint64_t exact = keys * s.mantissa;
  const int shift = spec::kAlibiMaxLog2 - (spec::kAlibiMantissaBits - 1) + P::kScoreFrac - s.drop;
  std::int64_t magnitude = bias_limit<P>();
  if (bit_length(exact) + shift <= spec::kBiasRangeLog2 + P::kScoreFrac) {
    magnitude = static_cast<std::int64_t>(shift_round(exact, shift));
    if (magnitude > bias_limit<P>()) magnitude = bias_limit<P>();
  }
  return s.negative ? magnitude : -magnitude;
}

/// Sum of two biases on the score grid, saturated as each of them.
template <class P>
FLASHD_HD std::int64_t add_bias(std::int64_t a, std::int64_t b) {
  const std::int64_t sum = a + b;
  if (sum > bias_limit<P>()) return bias_limit<P>();
  return sum < -bias_limit<P>() ? -bias_limit<P>() : sum;
}

}  // namespace flashd::arith
