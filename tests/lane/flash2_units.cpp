// SPDX-License-Identifier: Apache-2.0
/// Floating-point units of the FlashAttention-2 lanes against C++: products and sums on random and
/// on close operands, functions of one operand on every value.
#include <cinttypes>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <random>

#include "Vflash2_units.h"
#include "model/rivals/functions.hpp"
#include "verilated.h"

namespace {

using flashd::rivals::flush_bf16;

float value(std::uint32_t bits) {
  float x = 0.0f;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}
std::uint32_t word(float x) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

struct Tally {
  std::uint64_t compared = 0;
  std::uint64_t wrong = 0;

  void expect(const char* what, std::uint32_t a, std::uint32_t b, std::uint32_t got,
              std::uint32_t wanted) {
    ++compared;
    if (got != wanted && ++wrong <= 10)
      std::printf("%s of %08x and %08x is %08x, expected %08x\n", what, a, b, got, wanted);
  }
};

/// A word of `fraction` + 9 bits that is zero has one form; exponent field 255 does not come in.
struct Format {
  int fraction;
  [[nodiscard]] std::uint32_t field(std::uint32_t x) const { return x >> fraction & 255u; }
  [[nodiscard]] std::uint32_t zeroed(std::uint32_t x) const { return field(x) == 0 ? 0 : x; }
  [[nodiscard]] std::uint32_t finite(std::uint32_t x) const {
    return field(x) == 255 ? x ^ 0x40u << fraction : x;
  }
  [[nodiscard]] float read(std::uint32_t x) const { return value(zeroed(x) << (23 - fraction)); }
};

constexpr Format kBf16{7};
constexpr Format kFp32{23};

/// Second operand: often one whose exponent is near, or the first one's opposite but for the end.
std::uint32_t partner(const Format& format, std::uint32_t a, std::mt19937_64& random) {
  const std::uint64_t r = random();
  const std::uint32_t sign = 1u << (format.fraction + 8);
  auto b = static_cast<std::uint32_t>(r) & (2 * sign - 1);
  const auto place = [&](int field) {
    const int kept = field < 0 ? 0 : field > 254 ? 254 : field;
    return (b & ~(255u << format.fraction)) | static_cast<std::uint32_t>(kept) << format.fraction;
  };
  const int span = format.fraction + 6;
  switch (r >> 61) {
    case 0:
      return b;
    case 1:
      return a ^ sign ^ (b & 3u);
    case 2:
      return place(254 - static_cast<int>(format.field(a)) - 128 + static_cast<int>(b & 7u));
    case 3:
      return place(static_cast<int>(format.field(a)) - 1 + static_cast<int>(b & 1u));
    default:
      return place(static_cast<int>(format.field(a)) - span +
                   static_cast<int>((r >> 40) % static_cast<unsigned>(2 * span)));
  }
}

void pairs(Vflash2_units& units, Tally& tally) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 3000000; ++i) {
    const std::uint32_t a = kBf16.finite(static_cast<std::uint32_t>(random()) & 0xffffu);
    const std::uint32_t b = kBf16.finite(partner(kBf16, a, random));
    std::uint32_t x = static_cast<std::uint32_t>(random());
    if (i % 3 == 0) x &= ~0u << i % 23;
    x = kFp32.finite(x);
    const std::uint32_t y = kFp32.finite(partner(kFp32, x, random));
    units.a_i = static_cast<std::uint16_t>(a);
    units.b_i = static_cast<std::uint16_t>(b);
    units.x_i = x;
    units.y_i = y;
    units.eval();
    const auto check = [&](const char* what, const Format& format, std::uint32_t p, std::uint32_t q,
                           std::uint32_t got, float exact) {
      const std::uint32_t wanted = word(exact) >> (23 - format.fraction);
      if (format.field(wanted) != 255)
        tally.expect(what, p, q, format.zeroed(got), format.zeroed(wanted));
    };
    check("BF16 product", kBf16, a, b, units.product_o, flush_bf16(kBf16.read(a) * kBf16.read(b)));
    const std::uint32_t weight = a & 0x7fffu;
    check("BF16 product of a weight", kBf16, weight, b, units.weighed_o,
          flush_bf16(kBf16.read(weight) * kBf16.read(b)));
    check("BF16 sum", kBf16, a, b, units.sum_o, flush_bf16(kBf16.read(a) + kBf16.read(b)));
    check("FP32 sum", kFp32, x, y, units.total_o, kFp32.read(x) + kFp32.read(y));
  }
}

void functions(Vflash2_units& units, Tally& tally) {
  for (std::uint32_t bits = 0; bits < 0x7f80; ++bits) {
    units.fall_i = static_cast<std::uint16_t>(bits);
    units.eval();
    const float x = kBf16.read(bits);
    const float e = flush_bf16(flashd::rivals::bf16_exp_table()(-x));
    tally.expect("e^-x", bits, 0, kBf16.zeroed(units.exp_o), word(e) >> 16);
    if (x >= 1.0f && x < 0x1p126f)
      tally.expect("1 / x", bits, 0, units.reciprocal_o, word(flush_bf16(1.0f / x)) >> 16);
  }
  for (std::uint32_t steps = 0; steps < 1u << 17; ++steps) {
    units.steps_i = steps;
    units.eval();
    const std::uint32_t field = units.power_o >> 9;
    const double got =
        field == 0 ? 0.0 : std::ldexp(units.power_o & 511u, static_cast<int>(field) - 135);
    const double top = std::exp2(1.0 - ((steps % 1024) + 0.5) / 1024.0);
    const int whole = static_cast<int>(steps / 1024);
    const double wanted =
        whole >= 126 ? 0.0 : std::ldexp(std::floor(top * 256.0 + 0.5), -9 - whole);
    tally.expect("2^-t", steps, 0, word(static_cast<float>(got)), word(static_cast<float>(wanted)));
  }
}

}  // namespace

int main() {
  VerilatedContext context;
  Vflash2_units units(&context);
  Tally tally;
  pairs(units, tally);
  functions(units, tally);
  const bool good = tally.wrong == 0 && tally.compared > 10800000;
  std::printf("%" PRIu64 " results compared, %" PRIu64 " differ\n%s\n", tally.compared, tally.wrong,
              good ? "PASS" : "FAILURE");
  return good ? 0 : 1;
}
