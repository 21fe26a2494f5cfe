// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include <boost/multiprecision/cpp_int.hpp>
#include <boost/multiprecision/mpfr.hpp>

/// Independent arithmetic of the unit tests: nothing here includes model/arith.
namespace flashd::oracle {

/// MPFR numbers of 40 decimal digits (133 bits).
using Real = boost::multiprecision::number<boost::multiprecision::mpfr_float_backend<40>,
                                           boost::multiprecision::et_off>;
using Int = boost::multiprecision::cpp_int;
using Ratio = boost::multiprecision::cpp_rational;

/// 2^e as an exact rational.
inline Ratio power(int e) {
  const Int p = Int(1) << (e < 0 ? -e : e);
  return e < 0 ? Ratio(Int(1), p) : Ratio(p);
}

inline Int floor(const Ratio& x) {
  const Int n = numerator(x);
  const Int d = denominator(x);
  const Int q = n / d;
  return q * d > n ? Int(q - 1) : q;
}

inline Int round_half_up(const Ratio& x) { return floor(x + Ratio(1, 2)); }

inline Int round_half_away(const Ratio& x) {
  return x < 0 ? Int(-round_half_up(-x)) : round_half_up(x);
}

inline Ratio magnitude(const Ratio& x) { return x < 0 ? Ratio(-x) : x; }

/// Number of bits of x >= 1.
inline int length(const Int& x) { return static_cast<int>(msb(x)) + 1; }

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

}  // namespace flashd::oracle
