// SPDX-License-Identifier: Apache-2.0
#include <deque>

#include "Vbias_fine.h"
#include "Vbias_lean.h"
#include "model/arith/bias.hpp"
#include "tests/rtl_units/dut.hpp"
#include "tests/rtl_units/units.hpp"
#include "tests/unit/formats.hpp"

namespace flashd::rtl_units {

namespace {

enum Format { kFp32, kBf16, kFp16 };

struct Vector {
  std::uint32_t bits = 0;
  int format = kFp32;
};

/// The float32 of the same value.
std::uint32_t widened(const Vector& x) {
  const auto low = static_cast<std::uint16_t>(x.bits);
  if (x.format == kBf16) return static_cast<std::uint32_t>(low) << 16;
  if (x.format == kFp32) return x.bits;
  return oracle::bits_of(static_cast<float>(oracle::fp16_value(low)));
}

template <class P, class Model>
class Converter {
 public:
  explicit Converter(Checker* checker) : checker_(checker) {}

  void give(const Vector& x) {
    dut_->bits_i = x.bits;
    dut_->format_i = x.format;
    dut_.tick();
    flight_.push_back(x);
    if (flight_.size() < spec::kLatencyBias) return;
    const Vector y = flight_.front();
    flight_.pop_front();
    const arith::Bias b = arith::make_bias<P>(widened(y));
    constexpr int kBits = spec::kBiasRangeLog2 + 1 + P::kScoreFrac;
    checker_->expect(sign_extend(dut_->value_o, kBits), b.value, "value", "bits %x format %d",
                     y.bits, y.format);
    checker_->expect(dut_->mask_o, b.mask, "mask", "bits %x format %d", y.bits, y.format);
    checker_->expect(dut_->nan_o, !b.finite, "nan", "bits %x format %d", y.bits, y.format);
  }

 private:
  Dut<Model> dut_;
  Checker* checker_;
  std::deque<Vector> flight_;
};

template <class P, class Model>
void run(Random& random, Checker* checker) {
  Converter<P, Model> unit(checker);
  // All BF16 and FP16, with anything in the upper half.
  for (std::uint32_t low = 0; low < 0x10000u; ++low) {
    const auto high = static_cast<std::uint32_t>(random() & 0xFFFF0000u);
    unit.give({high | low, kBf16});
    unit.give({high | low, kFp16});
    unit.give({low << 16, kFp32});
  }
  // Every float32 exponent with fractions next to its ends and random ones.
  for (std::uint32_t field = 0; field < 256; ++field) {
    for (int i = 0; i < 1200; ++i) {
      auto fraction = static_cast<std::uint32_t>(random() & 0x7FFFFFu);
      if (i < 16) fraction = static_cast<std::uint32_t>(i < 8 ? i : 0x7FFFF8 + (i - 8));
      if (i >= 16 && i < 40) fraction = 1u << (i % 23);
      unit.give({field << 23 | fraction, kFp32});
      unit.give({0x80000000u | field << 23 | fraction, kFp32});
    }
  }
  // Around a rounding: (n + 1/2) units of the grid divided by log2(e), one float32 either way.
  for (int i = 0; i < 100000; ++i) {
    const double n = static_cast<double>(random() >> between(random, 42, 63)) + 0.5;
    const double nats = std::ldexp(n, -P::kScoreFrac) / 1.4426950408889634;
    const std::uint32_t near = oracle::bits_of(static_cast<float>(nats));
    unit.give({near + static_cast<std::uint32_t>(between(random, -1, 1)), kFp32});
  }
}

}  // namespace

bool check_bias_convert(std::uint64_t seed) {
  Random random(seed);
  Checker fine("bias_convert fine");
  run<spec::Fine, Vbias_fine>(random, &fine);
  Checker lean("bias_convert lean");
  run<spec::Lean, Vbias_lean>(random, &lean);
  const bool good_fine = fine.finish(2700000);
  const bool good_lean = lean.finish(2700000);
  return good_fine && good_lean;
}

}  // namespace flashd::rtl_units
