// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "model/reference/lanes.hpp"

namespace flashd::rivals {

using reference::Lanes;

/// Nearest BF16 value, ties to even, of FP32 lanes. NaN stays NaN for every NaN that arithmetic on
/// BF16 inputs makes.
FLASHD_INLINE Lanes<float> round_bf16(Lanes<float> x) {
  const auto bits = reinterpret_cast<Lanes<std::uint32_t>>(x);
  const auto rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) & 0xffff0000u;
  return reinterpret_cast<Lanes<float>>(rounded);
}

/// The same for one value.
inline float round_bf16(float x) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &x, sizeof bits);
  bits = (bits + 0x7fffu + ((bits >> 16) & 1u)) & 0xffff0000u;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

/// round_bf16() without subnormals: what would be below 2^-126 after rounding to 8 significant bits
/// becomes +0. Of finite values only.
FLASHD_INLINE Lanes<float> flush_bf16(Lanes<float> x) {
  // 2^-126 (1 - 2^-9) is the tie that goes to 2^-126.
  const auto size = reinterpret_cast<Lanes<std::int32_t>>(x) & 0x7fffffff;
  return reference::select(size < 0x7fc000, Lanes<float>{}, round_bf16(x));
}

/// The same for one value.
inline float flush_bf16(float x) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &x, sizeof bits);
  return (bits & 0x7fffffffu) < 0x7fc000u ? 0.0f : round_bf16(x);
}

/// 2^x for x <= 0 in FP32 as a GPU's special function unit does it: relative error below 2^-22.
///
/// n = nearest integer of x (by adding and subtracting 1.5 2^23), f = x - n, then the polynomial of
/// degree 6 below in Horner form, each product and sum rounded to FP32, times 2^n by an integer add
/// to the exponent. Below -126 the result is 0.
FLASHD_INLINE Lanes<float> exp2_fp32(Lanes<float> x) {
  constexpr float kShift = 12582912.0f;
  const auto clamped = reference::select(x < -126.0f, Lanes<float>{} - 126.0f, x);
  const Lanes<float> n = (clamped + kShift) - kShift;
  const Lanes<float> f = clamped - n;
  Lanes<float> y = Lanes<float>{} + 1.5403530393381608e-4f;
  y = y * f + 1.3333558146428443e-3f;
  y = y * f + 9.6181291076284772e-3f;
  y = y * f + 5.5504108664821580e-2f;
  y = y * f + 2.4022650695910072e-1f;
  y = y * f + 6.9314718055994531e-1f;
  y = y * f + 1.0f;
  const auto exponent = __builtin_convertvector(n, Lanes<std::int32_t>) << 23;
  const auto scaled =
      reinterpret_cast<Lanes<float>>(reinterpret_cast<Lanes<std::int32_t>>(y) + exponent);
  return reference::select(x < -126.0f, Lanes<float>{}, scaled);
}

/// A unary function on all 65,536 BF16 values, result rounded to BF16.
class Bf16Table {
 public:
  /// Tabulates BF16(function(x)), function in float64.
  template <class Function>
  explicit Bf16Table(Function function) : values_(1u << 16) {
    for (std::uint32_t i = 0; i < values_.size(); ++i) {
      const std::uint32_t bits = i << 16;
      float x = 0.0f;
      std::memcpy(&x, &bits, sizeof x);
      values_[i] = round_bf16_once(function(static_cast<double>(x)));
    }
  }
  /// Looks up every lane; `x` holds BF16 values.
  FLASHD_INLINE Lanes<float> operator()(Lanes<float> x) const {
    Lanes<float> y;
    for (int lane = 0; lane < reference::kLanes; ++lane) y[lane] = (*this)(x[lane]);
    return y;
  }
  float operator()(float x) const {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &x, sizeof bits);
    return values_[bits >> 16];
  }

 private:
  static float round_bf16_once(double x);
  std::vector<float> values_;
};

/// BF16(e^x), BF16(1 / (1 + e^-x)), BF16(ln x); ln 0 = -inf, ln of a negative value NaN.
const Bf16Table& bf16_exp();
const Bf16Table& bf16_sigmoid();
const Bf16Table& bf16_ln();

/// e^x for x <= 0 in BF16 as a datapath does it with a table of 512 entries: at most 0.72 units in
/// the last place off (bf16_exp(): 0.5).
///
/// t = floor(|x| 23637 2^-14 2^9), in steps of 2^-9; e = 2^-(t / 512), taken in the middle of the
/// step: 2^(-1 - floor(t / 512)) times the nearest 2^7th of 2^(1 - (t mod 512 + 0.5) / 512). e = 0
/// if t >= 126 * 512 (2^-126 and below); e^0 = 1.
const Bf16Table& bf16_exp_table();

/// A piecewise linear function in BF16: segment i holds x in [knot[i], knot[i + 1]), and
/// y = BF16(BF16(slope[i] * x) + offset[i]) clamped to [low, high]; x is clamped to the outer knots
/// first.
struct PiecewiseLinear {
  std::array<float, 9> knot;    ///< BF16 values
  std::array<float, 8> slope;   ///< BF16 values
  std::array<float, 8> offset;  ///< BF16 values
  float low;
  float high;
  float operator()(float x) const;
};

/// Sigmoid over [-6, 11] in 8 segments with knots -6 -3 -2 -1 1 2 3 5 11: the range in which the
/// published method evaluates it and the knots of its sources. Each segment is the line of least
/// maximum error, its slope and offset rounded to BF16; clamped to [0, 1].
const PiecewiseLinear& pwl_sigmoid();

/// Natural logarithm over [1e-5, 1] in 8 segments: seven octaves 2^-7 .. 1 and [1e-5, 2^-7), which
/// is how the published sources cut it (by the exponent of w). Lines as for the sigmoid; at most 0.
const PiecewiseLinear& pwl_ln();

/// Smallest weight that the published method carries on, BF16(1e-5).
constexpr float kSmallestPublishedWeight = 1.00135803e-05f;

}  // namespace flashd::rivals
