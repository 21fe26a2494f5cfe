// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>

#include "model/arith/bits.hpp"
#include "model/arith/spec.hpp"

namespace flashd::arith {

/// log2(e) * scale as (-1)^negative * mantissa * 2^(exponent - (kScaleBits - 1)), mantissa in
/// [2^21, 2^22), or 0. The exponent goes into Q at load, the mantissa multiplies the product sum.
struct Scale {
  bool negative = false;
  int exponent = 0;
  std::uint32_t mantissa = 0;
};

/// Host only. Multiplies after the split, so (2^-n scale) changes the exponent alone.
inline Scale make_scale(double scale) {
  Scale s;
  int exponent = 0;
  const double m = std::frexp(std::fabs(scale), &exponent);
  if (m == 0.0) return s;
  s.negative = std::signbit(scale);
  constexpr double kLog2e = 1.4426950408889634;
  int carry = 0;
  const double x = std::frexp(m * kLog2e, &carry);
  s.mantissa = static_cast<std::uint32_t>(std::floor(std::ldexp(x, spec::kScaleBits) + 0.5));
  s.exponent = exponent + carry - 1;
  if (s.mantissa == 1u << spec::kScaleBits) {
    s.mantissa >>= 1;
    ++s.exponent;
  }
  return s;
}

/// Fraction bits by which the product grid is finer than the score grid: ceil(log2 sqrt d).
FLASHD_HD int grid_extra(int d) { return (ceil_log2(static_cast<std::uint32_t>(d)) + 1) / 2; }

/// Fraction bits G of the product grid of a head of true dimension d.
template <class P>
FLASHD_HD int product_grid(int d) {
  return P::kScoreFrac + grid_extra(d);
}

}  // namespace flashd::arith
