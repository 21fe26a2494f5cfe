// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <random>

#include <boost/multiprecision/mpfr.hpp>

#include "model/reference/decode.hpp"
#include "model/rivals/functions.hpp"

using namespace flashd;
using namespace flashd::rivals;
using Real = boost::multiprecision::number<boost::multiprecision::mpfr_float_backend<40>,
                                           boost::multiprecision::et_off>;

namespace {

float value(std::uint32_t bits) { return reference::bf16_value(static_cast<std::uint16_t>(bits)); }

/// Whether y is the BF16 value nearest to x; the neighbours are further away.
bool is_nearest(float y, const Real& x) {
  const std::uint16_t bits = reference::bf16_bits(y);
  const Real error = abs(Real(y) - x);
  for (const int step : {-1, 1}) {
    const float other = value(static_cast<std::uint16_t>(bits + step));
    if (!std::isfinite(other) || std::signbit(other) != std::signbit(y)) continue;
    if (abs(Real(other) - x) < error) return false;
  }
  return true;
}

/// Number of BF16 inputs in [low, high] where the table is not the nearest value.
template <class Function>
int misrounded(const Bf16Table& table, float low, float high, Function exact) {
  int wrong = 0;
  int tried = 0;
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float x = value(bits);
    if (!(x >= low && x <= high)) continue;
    ++tried;
    wrong += is_nearest(table(x), exact(Real(x))) ? 0 : 1;
  }
  CHECK(tried > 1000);
  return wrong;
}

}  // namespace

TEST_CASE("BF16 functions are correctly rounded on every input") {
  CHECK(misrounded(bf16_exp(), -87.0f, 88.0f, [](const Real& x) { return Real(exp(x)); }) == 0);
  CHECK(misrounded(bf16_sigmoid(), -87.0f, 40.0f,
                   [](const Real& x) { return Real(1 / (1 + exp(-x))); }) == 0);
  CHECK(misrounded(bf16_ln(), 1e-37f, 1.0f, [](const Real& x) { return Real(log(x)); }) == 0);
  CHECK(bf16_exp()(0.0f) == 1.0f);
  CHECK(bf16_exp()(-200.0f) == 0.0f);
  CHECK(bf16_ln()(1.0f) == 0.0f);
}

TEST_CASE("The table of e^x is 0.72 units off at most, and exact at 0") {
  double worst = 0.0;
  int tried = 0;
  for (std::uint32_t bits = 0x8080; bits < 0x10000; ++bits) {
    const float x = value(bits);
    if (!(x >= -87.0f)) continue;
    const double exact = std::exp(static_cast<double>(x));
    const double unit = std::ldexp(1.0, std::ilogb(exact) - 7);
    worst = std::max(worst, std::fabs(bf16_exp_table()(x) - exact) / unit);
    ++tried;
  }
  CHECK(tried > 10000);
  CHECK(worst < 0.72);
  CHECK(worst > 0.6);
  CHECK(bf16_exp_table()(0.0f) == 1.0f);
  CHECK(bf16_exp_table()(-200.0f) == 0.0f);
  CHECK(bf16_exp_table()(-3e38f) == 0.0f);
}

TEST_CASE("Flushed values are zero or normal") {
  CHECK(flush_bf16(0x1p-126f) == 0x1p-126f);
  CHECK(flush_bf16(-0x1.fep-127f) == 0.0f);
  CHECK(flush_bf16(0x1.ffp-127f) == 0x1p-126f);
  CHECK(flush_bf16(-0x1.ffp-127f) == -0x1p-126f);
  CHECK(flush_bf16(0x1.fep-127f) == 0.0f);
  CHECK_FALSE(std::signbit(flush_bf16(-0.0f)));
}

TEST_CASE("Lane rounding is rounding to nearest even") {
  std::mt19937_64 random(1);
  int wrong = 0;
  for (int i = 0; i < 300000; ++i) {
    auto bits = static_cast<std::uint32_t>(random());
    if (i % 2 == 0) bits = (bits & 0xffff0000u) | (i % 4 == 0 ? 0x8000u : 0x7fffu);
    float x = 0.0f;
    std::memcpy(&x, &bits, sizeof x);
    if (std::isnan(x)) continue;
    Lanes<float> lanes{};
    lanes[i % 16] = x;
    const float y = value(reference::bf16_bits(x));
    wrong += round_bf16(lanes)[i % 16] == y && round_bf16(x) == y ? 0 : 1;
  }
  CHECK(wrong == 0);
  CHECK(std::isnan(round_bf16(std::nanf(""))));
}

TEST_CASE("exp2 of the GPU model is as good as a special function unit") {
  double worst = 0.0;
  for (int i = 0; i <= 126 * 4096; ++i) {
    const float x = -static_cast<float>(i) / 4096.0f - (i % 7 == 0 ? 1e-5f : 0.0f);
    if (x < -126.0f) continue;
    Lanes<float> lanes{};
    lanes += x;
    const double y = exp2_fp32(lanes)[i % 16];
    worst = std::max(worst, std::fabs(y / std::exp2(static_cast<double>(x)) - 1.0));
  }
  CHECK(worst < 0x1p-22);
  Lanes<float> far{};
  far += -1000.0f;
  CHECK(exp2_fp32(far)[0] == 0.0f);
  CHECK(exp2_fp32(Lanes<float>{})[0] == 1.0f);
}

TEST_CASE("Piecewise linear functions have eight segments and a small error") {
  double sigmoid = 0.0;
  double ln = 0.0;
  double ln_small = 0.0;
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float x = value(bits);
    if (x >= -6.0f && x <= 11.0f) {
      sigmoid = std::max(
          sigmoid, std::fabs(pwl_sigmoid()(x) - 1.0 / (1.0 + std::exp(-static_cast<double>(x)))));
    }
    if (x >= 1.0f / 128 && x <= 1.0f)
      ln = std::max(ln, std::fabs(pwl_ln()(x) - std::log(static_cast<double>(x))));
    if (x >= 1.1e-5f && x < 1.0f / 128) {
      ln_small = std::max(ln_small, std::fabs(pwl_ln()(x) - std::log(static_cast<double>(x))));
    }
  }
  CHECK(sigmoid < 0.02);
  CHECK(sigmoid > 0.004);
  CHECK(ln < 0.06);
  CHECK(ln > 0.02);
  // One segment over nine octaves: this is what forgets the sum.
  CHECK(ln_small < 2.5);
  CHECK(ln_small > 0.5);
  CHECK(pwl_sigmoid()(-100.0f) == pwl_sigmoid()(-6.0f));
  CHECK(pwl_sigmoid()(100.0f) <= 1.0f);
  CHECK(pwl_sigmoid()(-6.0f) >= 0.0f);
  CHECK(pwl_ln()(1.0f) <= 0.0f);
}
