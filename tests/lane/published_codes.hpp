// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>

#include "model/rivals/functions.hpp"

/// Short codes of the values inside flashd_lane_published; see flashd_published_pkg.sv.
namespace flashd::lane::published {

constexpr std::uint32_t kCodes = 1u << 12;

/// The x of a code {neg, e[3:0], m[6:0]}; all x below 2^-10 share e = 0.
inline float x_value(std::uint32_t code) {
  const int e = static_cast<int>((code >> 7) & 15u);
  const float magnitude =
      e == 0 ? 0.0f : std::ldexp(static_cast<float>(128 + (code & 127u)), e - 11 - 7);
  return (code >> 11) != 0 ? -magnitude : magnitude;
}

/// {e[3:0], m[6:0]} of a weight that is 0 or in [2^-14, 1] with 8 significant bits.
inline std::uint32_t weight_code(float w) {
  if (w == 0.0f) return 0;
  int exponent = 0;
  const float fraction = std::frexp(w, &exponent);  // [1/2, 1)
  const int e = exponent - 1 + 15;
  if (e < 1 || e > 15) throw std::logic_error("a weight does not fit its code");
  return static_cast<std::uint32_t>(e) << 7 |
         (static_cast<std::uint32_t>(fraction * 256.0f) & 127u);
}

/// The weight of x by the model.
inline std::uint32_t weight_code_of(float x) { return weight_code(rivals::pwl_sigmoid()(x)); }

/// -256 ln of the weight that x leaves behind, by the model: a whole number below 4096.
inline std::uint32_t ln_code_of(float x) {
  const float w = std::max(rivals::pwl_sigmoid()(x), rivals::kSmallestPublishedWeight);
  const float ln = -256.0f * rivals::pwl_ln()(w);
  if (ln != std::floor(ln) || ln < 0.0f || ln > 4095.0f) {
    throw std::logic_error("a logarithm does not fit its code");
  }
  return static_cast<std::uint32_t>(ln);
}

}  // namespace flashd::lane::published
