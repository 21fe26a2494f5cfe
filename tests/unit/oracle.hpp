// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <boost/multiprecision/mpfr.hpp>

#include "tests/unit/formats.hpp"

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

}  // namespace flashd::oracle
