// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <random>

#include "model/reference/decode.hpp"

using namespace flashd;

namespace {

/// Nearest of all finite values of a format by search, ties to the even pattern.
std::uint16_t nearest(float x, InputFormat format) {
  const std::uint16_t infinity = format == InputFormat::bf16 ? 0x7f80 : 0x7c00;
  std::uint16_t low = 0;
  std::uint16_t high = infinity;
  const double wanted = std::fabs(static_cast<double>(x));
  const auto value = [&](std::uint16_t bits) -> double {
    // Inf stands for the next power of two, as rounding sees it.
    if (bits == infinity) return format == InputFormat::bf16 ? 0x1p128 : 65536.0;
    return reference::element_value(bits, format);
  };
  while (high - low > 1) {
    const auto middle = static_cast<std::uint16_t>((low + high) / 2);
    (value(middle) <= wanted ? low : high) = middle;
  }
  const double below = wanted - value(low);
  const double above = value(high) - wanted;
  const std::uint16_t bits = below < above ? low : above < below ? high : low % 2 == 0 ? low : high;
  return bits | (std::signbit(x) ? 0x8000 : 0);
}

}  // namespace

TEST_CASE("Every finite pattern of both formats survives decoding and rounding") {
  for (const InputFormat format : {InputFormat::bf16, InputFormat::fp16}) {
    int wrong = 0;
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
      const float x = reference::element_value(static_cast<std::uint16_t>(bits), format);
      if (std::isnan(x)) {
        wrong += std::isnan(reference::element_value(reference::element_bits(x, format), format))
                     ? 0
                     : 1;
      } else {
        wrong += reference::element_bits(x, format) == bits ? 0 : 1;
      }
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("Rounding picks the nearest value, ties to even") {
  std::mt19937_64 random(1);
  for (const InputFormat format : {InputFormat::bf16, InputFormat::fp16}) {
    int wrong = 0;
    for (int i = 0; i < 200000; ++i) {
      auto bits = static_cast<std::uint32_t>(random());
      if (i % 2 == 0) bits &= 0xfffff000u;  // ties and near-ties
      if (format == InputFormat::fp16)
        bits = (bits & 0x87ffffffu) + 0x30000000u + (i % 3 == 0 ? 0x08000000u : 0u);
      float x = 0.0f;
      std::memcpy(&x, &bits, sizeof x);
      if (!std::isfinite(x)) continue;
      wrong += reference::element_bits(x, format) == nearest(x, format) ? 0 : 1;
    }
    CHECK(wrong == 0);
  }
}
