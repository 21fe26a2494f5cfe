// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/fast/exponential.hpp"
#include "model/arith/host_device.hpp"

/// FLASH-D by tiles as the fast kernels compute it, one row. Scores are in base 2: x = log2(e)
/// scale q.k.
///
/// The published merge of a tile t into a row (o, lambda), lambda the log-sum-exp so far, is
///   o <- o + w (o_t - o),  w = sigmoid2(lambda_t - lambda),
/// o_t = T / l the tile's own attention. Times 2^(lambda' - r), with lambda' the log-sum-exp after
/// it and any r, both factors cancel, 1 - w = 2^(lambda - lambda') and w / l 2^m = 2^(m - lambda'):
///   A <- A + sum_j 2^(x_j - r) v_j,  A = 2^(lambda - r) o.
/// So in the frame of a fixed r a merge is a sum, which a tensor core's accumulator does by itself,
/// and o = 2^(r - lambda) A needs no division. r is changed only where a tile's weights outgrow
/// the frame. A column of ones beside V gives L = 2^(lambda - r) in the same product.
namespace flashd::cuda {

/// A tile whose maximum exceeds r by more than this moves the frame. With 0 a row's largest weight
/// is 1, which rounds to itself; 8 would save multiplications but nearly doubled the error of rows
/// that few keys dominate.
constexpr float kFrameRoom = 0.0f;

constexpr float kMinusInfinity = -__builtin_huge_valf();

/// The larger; NaN if one of them is.
FLASHD_HD float larger_or_nan(float a, float b) {
#if defined(__CUDA_ARCH__)
  float y;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(y) : "f"(a), "f"(b));
  return y;
#else
  return a != a || a > b ? a : b;
#endif
}

/// Whether a tile with largest score `maximum` moves the frame r; yes for NaN, which then stays.
FLASHD_HD bool leaves_frame(float maximum, float r) { return !(maximum <= r + kFrameRoom); }

/// What is taken off scores: r, or 0 as long as no key was seen.
FLASHD_HD float origin(float r) { return r == kMinusInfinity ? 0.0f : r; }

/// How a row goes on with a tile.
struct Frame {
  float r = kMinusInfinity;
  float factor = 1.0f;  ///< of what was accumulated before: 2^(r before - r)
};

/// FLASH-D: the frame stays as long as the tile fits.
FLASHD_HD Frame lazy_frame(float r, float maximum) {
  if (!leaves_frame(maximum, r)) return {r, 1.0f};
  const float next = larger_or_nan(maximum, r);
  return {next, power_of_two(r - origin(next))};
}

/// FlashAttention-2: the frame is the running maximum.
FLASHD_HD Frame eager_frame(float r, float maximum) {
  const float next = larger_or_nan(maximum, r);
  return {next, power_of_two(r - origin(next))};
}

/// End of a row: what its accumulators are multiplied by, and its log-sum-exp in nats.
struct Finish {
  float factor = 0.0f;
  float lse = kMinusInfinity;
};

constexpr float kLn2 = 0.69314718055994530942f;
constexpr float kLog2e = 1.44269504088896340736f;
constexpr float kNaN = __builtin_nanf("");

/// Largest magnitude of a frame. Within it r, which is rounded, is at most 1 off the score that it
/// stands for, so the row's largest weight is from 1/2 to 2; beyond it weights overflow, and of
/// +inf nothing is left at all.
constexpr float kMostFrame = 0x1p24f;

FLASHD_HD bool beyond_frames(float r) { return !(r <= kMostFrame && r >= -kMostFrame); }

/// o = 2^(r - lambda) A with lambda = r + log2 L. A row without keys gives 0, -inf; one whose frame
/// is beyond kMostFrame, or NaN, gives NaN.
FLASHD_HD Finish finish_by_power(float r, float sum) {
  if (r == kMinusInfinity) return {};
  if (beyond_frames(r)) return {kNaN, kNaN};
  const float log_sum = log_two(sum);
  return {power_of_two(-log_sum), (r + log_sum) * kLn2};
}

/// o = A / L; else as above.
FLASHD_HD Finish finish_by_division(float r, float sum) {
  if (r == kMinusInfinity) return {};
  if (beyond_frames(r)) return {kNaN, kNaN};
  return {1.0f / sum, (r + log_two(sum)) * kLn2};
}

/// A row whose keys were cut into parts, each with its own attention o_p and log-sum-exp: the
/// published merge o <- o + w (o_p - o). With x = lambda_p - lambda the weight is
///   sigmoid2(x) = 2^(min(x, 0) - log2(1 + 2^-|x|)),
/// so it needs no division either, and the first part is taken as it is.
struct PartsBySigmoid {
  float lambda = kMinusInfinity;  ///< base 2, of the parts so far
  float weight = 0.0f;            ///< of the last part

  /// A part's log-sum-exp, in nats; without keys (-inf) it changes nothing.
  FLASHD_HD void take(float lse) {
    const float part = lse * kLog2e;
    weight = part == kMinusInfinity ? 0.0f : 1.0f;
    if (part == kMinusInfinity) return;
    if (lambda == kMinusInfinity) {
      lambda = part;
      return;
    }
    const float x = part - lambda;
    const float log_sum = log_two(1.0f + power_of_two(x > 0.0f ? -x : x));
    weight = power_of_two((x > 0.0f ? 0.0f : x) - log_sum);
    lambda = larger_or_nan(lambda, part) + log_sum;
  }
  FLASHD_HD float merge(float o, float part) const { return fused(weight, part - o, o); }
  FLASHD_HD float finish(float o) const { return o; }
  FLASHD_HD float lse() const { return lambda * kLn2; }
};

/// The same with a running maximum and one division at the end.
struct PartsByDivision {
  float r = kMinusInfinity;
  float sum = 0.0f;
  float factor = 1.0f;
  float weight = 0.0f;

  FLASHD_HD void take(float lse) {
    const float part = lse * kLog2e;
    const Frame frame = eager_frame(r, part);
    r = frame.r;
    factor = frame.factor;
    weight = power_of_two(part - origin(r));
    sum = fused(sum, factor, weight);
  }
  FLASHD_HD float merge(float o, float part) const { return fused(o, factor, weight * part); }
  FLASHD_HD float finish(float o) const { return sum == 0.0f ? 0.0f : o / sum; }
  FLASHD_HD float lse() const { return sum == 0.0f ? kMinusInfinity : (r + log_two(sum)) * kLn2; }
};

/// w = 2^b / (2^a + 2^b), finite for any difference of a and b.
FLASHD_HD double sigmoid_weight(double a, double b) {
  const double x = b - a;
  if (x >= 0.0) return 1.0 / (1.0 + std::exp2(-x));
  const double e = std::exp2(x);
  return e / (1.0 + e);
}

/// log2(2^a + 2^b).
FLASHD_HD double merged_log_sum(double a, double b) {
  const double high = a > b ? a : b;
  const double low = a > b ? b : a;
  return high + std::log2(1.0 + std::exp2(low - high));
}

/// Which arithmetic a kernel has; the machinery around it is the same.
enum class FastArithmetic {
  frames,    ///< FLASH-D: lazy frames, shared exponentials, column of ones, no division
  division,  ///< FlashAttention-2: running maximum, sum by additions, one division
};

}  // namespace flashd::cuda
