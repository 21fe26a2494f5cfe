// SPDX-License-Identifier: Apache-2.0
#include "model/golden/kernels.hpp"

#include <cstring>

// One clone per instruction set, chosen when the program is loaded.
#if defined(FLASHD_NO_TARGET_CLONES) || !defined(__x86_64__) || !defined(__GNUC__) || \
    defined(__clang__)
#define FLASHD_CLONES
#elif __GNUC__ < 12  // knows no levels of x86-64 here
#define FLASHD_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FLASHD_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif

namespace flashd::golden {

namespace {

using Floats = float __attribute__((vector_size(sizeof(float) * kGroup)));
using Ints = std::int32_t __attribute__((vector_size(sizeof(float) * kGroup)));
using Longs = std::int64_t __attribute__((vector_size(sizeof(double) * kGroup)));

#define FLASHD_INLINE inline __attribute__((always_inline))

// Unaligned loads and stores; by value they would change the calling convention between clones.
FLASHD_INLINE void load(Floats* x, const float* p) { std::memcpy(x, p, sizeof *x); }

/// Nearest integer, halves away from zero. The largest float below 1/2 is added, not 1/2: a sum
/// that is inexact would otherwise round up across the integer.
FLASHD_INLINE void round_away(const Floats* x, Ints* r) {
  const Ints sign = (Ints)*x & static_cast<std::int32_t>(0x80000000u);
  const Ints bias = sign | 0x3EFFFFFF;
  *r = __builtin_convertvector(*x + (Floats)bias, Ints);
}

}  // namespace

FLASHD_CLONES
void product_sums(const float* q, const float* k, int d, int stride, std::int32_t* sums) {
  for (int j = 0; j < stride; j += kGroup) {
    Ints sum{};
    for (int e = 0; e < d; ++e) {
      Floats x;
      Ints r;
      load(&x, k + static_cast<std::ptrdiff_t>(e) * stride + j);
      x *= q[e];
      round_away(&x, &r);
      sum += r;
    }
    std::memcpy(sums + j, &sum, sizeof sum);
  }
}

FLASHD_CLONES
void product_sums_clamped(const float* q, const float* k, int d, int stride, std::int32_t limit,
                          std::int64_t* sums, std::uint8_t* saturated) {
  // 2^30 is above every limit and still converts to an integer.
  const Floats top = Floats{} + 1073741824.0f;
  for (int j = 0; j < stride; j += kGroup) {
    Longs sum{};
    Ints beyond{};
    for (int e = 0; e < d; ++e) {
      Floats x;
      Ints r;
      load(&x, k + static_cast<std::ptrdiff_t>(e) * stride + j);
      x *= q[e];
      x = x > top ? top : x;
      x = x < -top ? -top : x;
      round_away(&x, &r);
      const Ints high = r > limit;
      const Ints low = r < -limit;
      beyond |= high | low;
      r = (high & limit) | (low & -limit) | (~(high | low) & r);
      sum += __builtin_convertvector(r, Longs);
    }
    for (int i = 0; i < kGroup; ++i) {
      sums[j + i] = sum[i];
      saturated[j + i] = beyond[i] != 0;
    }
  }
}

FLASHD_CLONES
void tile_sums(const TileSumInput& in, std::int32_t* t) {
  for (int e = 0; e < in.stride; e += kGroup) {
    Ints sum{};
    for (int j = 0; j < in.keys; ++j) {
      if (in.p[j] == 0.0f) continue;
      const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(j) * in.stride + e;
      Floats x;
      Ints r;
      load(&x, in.v + at);
      x *= in.p[j];
      round_away(&x, &r);
      sum += r;
    }
    std::memcpy(t + e, &sum, sizeof sum);
  }
}

}  // namespace flashd::golden
