// SPDX-License-Identifier: Apache-2.0
#include "model/rivals/functions.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace flashd::rivals {
namespace {

/// Width of the band that holds f(x) - slope x over the segment, and the middle of that band.
struct Band {
  double width;
  double middle;
};

template <class Function>
Band band(Function f, double from, double to, double slope) {
  constexpr int kSamples = 512;
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (int i = 0; i <= kSamples; ++i) {
    const double x = from + (to - from) * i / kSamples;
    const double rest = f(x) - slope * x;
    low = std::min(low, rest);
    high = std::max(high, rest);
  }
  return {high - low, (high + low) / 2};
}

/// The line of least maximum error: the band's width is convex in the slope.
template <class Function>
PiecewiseLinear fit(Function f, const std::array<double, 9>& knots, float low, float high) {
  PiecewiseLinear pwl{};
  pwl.low = low;
  pwl.high = high;
  for (int i = 0; i < 9; ++i) pwl.knot[i] = round_bf16(static_cast<float>(knots[i]));
  for (int i = 0; i < 8; ++i) {
    const double from = knots[i];
    const double to = knots[i + 1];
    const double chord = (f(to) - f(from)) / (to - from);
    double least = chord - 2.0 * std::fabs(chord);
    double most = chord + 2.0 * std::fabs(chord);
    for (int step = 0; step < 100; ++step) {
      const double a = least + (most - least) / 3;
      const double b = most - (most - least) / 3;
      (band(f, from, to, a).width < band(f, from, to, b).width ? most : least) =
          band(f, from, to, a).width < band(f, from, to, b).width ? b : a;
    }
    // The offset belongs to the rounded slope: a slope's rounding error must not shift the line.
    pwl.slope[i] = round_bf16(static_cast<float>((least + most) / 2));
    pwl.offset[i] = round_bf16(static_cast<float>(band(f, from, to, pwl.slope[i]).middle));
  }
  return pwl;
}

}  // namespace

float Bf16Table::round_bf16_once(double x) {
  // To FP32 by rounding to odd, so that the second rounding sees which side of a tie x was on.
  float near = static_cast<float>(x);
  if (std::isnan(x) || std::isinf(near) || static_cast<double>(near) == x) return round_bf16(near);
  std::uint32_t bits = 0;
  std::memcpy(&bits, &near, sizeof bits);
  if ((bits & 1u) == 0) {
    const float other = std::nextafter(near, x > near ? INFINITY : -INFINITY);
    near = std::isinf(other) ? near : other;
  }
  return round_bf16(near);
}

const Bf16Table& bf16_exp() {
  static const Bf16Table table([](double x) { return std::exp(x); });
  return table;
}

const Bf16Table& bf16_sigmoid() {
  static const Bf16Table table([](double x) { return 1.0 / (1.0 + std::exp(-x)); });
  return table;
}

const Bf16Table& bf16_ln() {
  static const Bf16Table table([](double x) { return std::log(x); });
  return table;
}

const Bf16Table& bf16_exp_table() {
  static const Bf16Table table([](double x) {
    const double t = std::floor(std::fabs(x) * (23637.0 / 16384.0) * 512.0);
    if (!(t < 126 * 512)) return 0.0;
    const double whole = std::floor(t / 512.0);
    const double middle = (t - whole * 512.0 + 0.5) / 512.0;
    return std::ldexp(std::nearbyint(std::exp2(1.0 - middle) * 128.0),
                      static_cast<int>(-8 - whole));
  });
  return table;
}

float PiecewiseLinear::operator()(float x) const {
  x = std::min(std::max(x, knot.front()), knot.back());
  int i = 0;
  while (i < 7 && x >= knot[i + 1]) ++i;
  const float y = round_bf16(round_bf16(slope[i] * x) + offset[i]);
  return std::min(std::max(y, low), high);
}

const PiecewiseLinear& pwl_sigmoid() {
  static const PiecewiseLinear pwl = fit([](double x) { return 1.0 / (1.0 + std::exp(-x)); },
                                         {-6, -3, -2, -1, 1, 2, 3, 5, 11}, 0.0f, 1.0f);
  return pwl;
}

const PiecewiseLinear& pwl_ln() {
  static const PiecewiseLinear pwl =
      fit([](double x) { return std::log(x); },
          {1e-5, 1.0 / 128, 1.0 / 64, 1.0 / 32, 1.0 / 16, 1.0 / 8, 1.0 / 4, 1.0 / 2, 1.0},
          -std::numeric_limits<float>::infinity(), 0.0f);
  return pwl;
}

}  // namespace flashd::rivals
