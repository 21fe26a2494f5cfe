// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "model/arith/host_device.hpp"

/// 2^x of the fast kernels. The special-function units are the narrowest of a multiprocessor, so a
/// fixed part of the keys takes a polynomial instead.
namespace flashd::cuda {

/// Eight keys of every 32 take the polynomial: a whole block of eight columns, so that a thread
/// knows it while compiling.
FLASHD_HD constexpr bool by_polynomial(int key_in_tile) { return key_in_tile / 8 % 4 == 3; }

FLASHD_HD float from_bits(std::uint32_t bits) {
#if defined(__CUDA_ARCH__)
  return __uint_as_float(bits);
#else
  float x = 0.0f;
  std::memcpy(&x, &bits, sizeof x);
  return x;
#endif
}

FLASHD_HD std::uint32_t to_bits(float x) {
#if defined(__CUDA_ARCH__)
  return __float_as_uint(x);
#else
  std::uint32_t bits = 0;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
#endif
}

FLASHD_HD float fused(float a, float b, float c) {
#if defined(__CUDA_ARCH__)
  return __fmaf_rn(a, b, c);
#else
  return std::fma(a, b, c);
#endif
}

/// 2^x by the special-function unit, at most 2 units of the last place off; its results below
/// 2^-126 are 0. On the CPU: the rounded power.
FLASHD_HD float power_of_two(float x) {
#if defined(__CUDA_ARCH__)
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
#else
  const float y = std::exp2(x);
  return y < 0x1p-126f ? 0.0f : y;
#endif
}

/// log2 x by the special-function unit; on the CPU the rounded logarithm.
FLASHD_HD float log_two(float x) {
#if defined(__CUDA_ARCH__)
  float y;
  asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
#else
  return std::log2(x);
#endif
}

/// 2^x for x from -inf to 127 by Cody and Waite's split x = n + f, |f| <= 1/2, and a polynomial of
/// degree 4 on f; relative error below kPolynomialError. 2^x is exact for whole x, and exactly 0
/// from -127 down. Not for NaN, which the row's maximum has caught before.
FLASHD_HD float polynomial_power_of_two(float x) {
  constexpr float kRound = 12582912.0f;  // 1.5 2^23: adding it leaves the nearest integer
  const float bounded = x > -127.0f ? x : -127.0f;
  const float shifted = bounded + kRound;
  const float f = bounded - (shifted - kRound);
  float p = 9.582852944731712e-3f;
  p = fused(p, f, 5.5906426161527634e-2f);
  p = fused(p, f, 2.4024099111557007e-1f);
  p = fused(p, f, 6.931241750717163e-1f);
  p = fused(p, f, 1.0f);
  return from_bits(to_bits(p) + (to_bits(shifted) << 23));
}

constexpr double kPolynomialError = 3.2e-6;

}  // namespace flashd::cuda
