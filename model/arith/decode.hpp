// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/arith/spec.hpp"

namespace flashd::arith {

/// A finite input element: (-1)^negative * significand * 2^(exponent - bias - (significand bits - 1)).
/// exponent is the biased field, 1 for zeros and subnormals, whose significand has no leading one.
/// NaN and Inf have `finite` false and count as zero from here on.
struct Number {
  bool negative = false;
  bool finite = true;
  int exponent = 1;
  std::uint32_t significand = 0;
};

/// Format: spec::Bf16 or spec::Fp16.
template <class Format>
FLASHD_HD Number decode(std::uint16_t bits) {
  constexpr int kFraction = Format::kSignificand - 1;
  const std::uint32_t field = (bits >> kFraction) & ((1u << Format::kExponentBits) - 1u);
  const std::uint32_t fraction = bits & ((1u << kFraction) - 1u);
  Number x;
  x.negative = (bits >> 15) != 0;
  x.finite = field != (1u << Format::kExponentBits) - 1u;
  if (x.finite) {
    x.exponent = field == 0 ? 1 : static_cast<int>(field);
    x.significand = fraction | (field == 0 ? 0u : 1u << kFraction);
  }
  return x;
}

}  // namespace flashd::arith
