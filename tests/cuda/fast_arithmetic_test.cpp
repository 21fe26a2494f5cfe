// SPDX-License-Identifier: Apache-2.0
// The fast kernels' scalar arithmetic: polynomial, frames, and that frames are FLASH-D's merge.
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "kernels/fast/frame.hpp"

namespace {

using namespace flashd::cuda;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

}  // namespace

TEST_CASE("the polynomial is within its bound") {
  double worst = 0.0;
  std::int64_t compared = 0;
  for (float x = -125.99f; x < 8.5f; x += 1.0f / 16384.0f, ++compared) {
    const double exact = std::exp2(static_cast<double>(x));
    worst = std::max(worst, std::fabs(polynomial_power_of_two(x) / exact - 1.0));
  }
  INFO("largest relative error " << worst << " of " << compared);
  CHECK(compared > 2000000);
  CHECK(worst < kPolynomialError);
  CHECK(worst > kPolynomialError / 2);  // the bound says something
}

TEST_CASE("the polynomial is exact where it must be") {
  for (int n = -126; n <= 100; ++n)
    CHECK(polynomial_power_of_two(static_cast<float>(n)) == std::ldexp(1.0f, n));
  for (const float x : {-127.0f, -127.5f, -1000.0f, -3e38f, -kInf})
    CHECK(polynomial_power_of_two(x) == 0.0f);
  // Between: never negative, never large.
  for (float x = -127.0f; x < -125.9f; x += 1.0f / 1024.0f) {
    CHECK(polynomial_power_of_two(x) >= 0.0f);
    CHECK(polynomial_power_of_two(x) <= 0x1p-125f);
  }
}

TEST_CASE("a quarter of the keys takes the polynomial") {
  int count = 0;
  for (int key = 0; key < 128; ++key) {
    count += by_polynomial(key) ? 1 : 0;
    CHECK(by_polynomial(key) == by_polynomial(key - key % 8));
  }
  CHECK(count == 32);
  CHECK_FALSE(by_polynomial(0));  // the first key of a tile carries a row's NaN
}

TEST_CASE("frames move where a tile outgrows them, and only there") {
  const Frame first = lazy_frame(kMinusInfinity, 3.5f);
  CHECK((first.r == 3.5f && first.factor == 0.0f));
  const Frame stays = lazy_frame(3.5f, 3.5f + kFrameRoom);
  CHECK((stays.r == 3.5f && stays.factor == 1.0f));
  const Frame moves = lazy_frame(3.5f, 13.5f);
  CHECK((moves.r == 13.5f && moves.factor == 0x1p-10f));
  const Frame empty = lazy_frame(kMinusInfinity, kMinusInfinity);
  CHECK((empty.r == kMinusInfinity && empty.factor == 1.0f));
  const Frame eager = eager_frame(3.5f, 4.5f);
  CHECK((eager.r == 4.5f && eager.factor == 0.5f));
  const Frame eager_empty = eager_frame(kMinusInfinity, kMinusInfinity);
  CHECK((eager_empty.r == kMinusInfinity && eager_empty.factor == 0.0f));
}

TEST_CASE("NaN and Inf stay with a row") {
  for (const auto frame : {&lazy_frame, &eager_frame}) {
    CHECK(std::isnan(frame(1.0f, kNan).r));
    CHECK(std::isnan(frame(kNan, 1.0f).r));
    CHECK(std::isnan(frame(kNan, kMinusInfinity).r));
    CHECK(frame(1.0f, kInf).r == kInf);
  }
  for (const auto finish : {&finish_by_power, &finish_by_division}) {
    CHECK(std::isnan(finish(kNan, 1.0f).lse));
    CHECK(std::isnan(finish(kNan, kNan).factor));
    const Finish none = finish(kMinusInfinity, 0.0f);
    CHECK((none.factor == 0.0f && none.lse == kMinusInfinity));
  }
}

TEST_CASE("both ends of a row agree") {
  double worst = 0.0;
  for (float sum = 0.004f; sum < 1e6f; sum *= 1.01f) {
    const Finish power = finish_by_power(5.0f, sum);
    const Finish division = finish_by_division(5.0f, sum);
    worst = std::max(worst, std::fabs(double{power.factor} / double{division.factor} - 1.0));
    CHECK(power.lse == division.lse);
  }
  CHECK(worst < 2e-6);
}

TEST_CASE("the sigmoid weight is stable both ways") {
  CHECK(sigmoid_weight(3.0, 3.0) == 0.5);
  CHECK(sigmoid_weight(0.0, 5000.0) == 1.0);
  CHECK(sigmoid_weight(5000.0, 0.0) == 0.0);
  CHECK(std::fabs(sigmoid_weight(-2000.0, -2001.0) - 1.0 / 3.0) < 1e-15);
  CHECK(merged_log_sum(-3000.0, -3000.0) == -2999.0);
  for (double a = -40.0; a < 40.0; a += 0.37)
    CHECK(std::fabs(sigmoid_weight(a, 1.0) + sigmoid_weight(1.0, a) - 1.0) < 1e-15);
}

TEST_CASE("frames are the sigmoid merge") {
  // Rows of 12 tiles of 16 keys, some with rising scores so that frames move, in float64 beside
  // the same decisions of the frame.
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  int moved = 0, compared = 0;
  for (int row = 0; row < 500; ++row) {
    const double slope = row % 4 == 0 ? 3.0 : row % 4 == 1 ? -3.0 : 0.0;
    double o = 0.0, lambda = -INFINITY;  // the published state
    double a = 0.0, sum = 0.0;           // the frame's
    float r = kMinusInfinity;
    for (int tile = 0; tile < 12; ++tile) {
      double x[16], v[16], maximum = -INFINITY;
      for (int j = 0; j < 16; ++j) {
        x[j] = 4.0 * normal(random) + slope * tile;
        v[j] = normal(random);
        maximum = std::max(maximum, x[j]);
      }
      double l = 0.0, t = 0.0;
      for (int j = 0; j < 16; ++j) {
        l += std::exp2(x[j] - maximum);
        t += std::exp2(x[j] - maximum) * v[j];
      }
      const double tile_lambda = maximum + std::log2(l);
      o = tile == 0 ? t / l : o + sigmoid_weight(lambda, tile_lambda) * (t / l - o);
      lambda = tile == 0 ? tile_lambda : merged_log_sum(lambda, tile_lambda);
      const Frame frame = lazy_frame(r, static_cast<float>(maximum));
      const double factor = tile == 0 ? 0.0 : std::exp2(double{r} - double{frame.r});
      moved += tile > 0 && frame.r != r ? 1 : 0;
      a *= factor;
      sum *= factor;
      r = frame.r;
      for (int j = 0; j < 16; ++j) {
        a += std::exp2(x[j] - double{r}) * v[j];
        sum += std::exp2(x[j] - double{r});
      }
      CHECK(std::fabs(a / sum - o) < 1e-12);
      CHECK(std::fabs(double{r} + std::log2(sum) - lambda) < 1e-12);
      ++compared;
    }
  }
  CHECK(compared == 6000);
  CHECK(moved > 300);
  CHECK(moved < 3000);
}
