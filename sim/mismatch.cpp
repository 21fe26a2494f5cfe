// SPDX-License-Identifier: Apache-2.0
#include "sim/mismatch.hpp"

#include <cmath>
#include <cstdio>
#include <cstring>

#include "model/arith/spec.hpp"

namespace flashd::sim {

namespace {

int score_frac(Profile p) {
  return p == Profile::fine ? spec::Fine::kScoreFrac : spec::Lean::kScoreFrac;
}
int tile_frac(Profile p) {
  return p == Profile::fine ? spec::Fine::kTileFrac : spec::Lean::kTileFrac;
}
int p_bits(Profile p) { return p == Profile::fine ? spec::Fine::kPBits : spec::Lean::kPBits; }

}  // namespace

std::string hex(std::uint64_t value, int bits) {
  char text[24];
  const int digits = (bits + 3) / 4;
  if (bits < 64) value &= (std::uint64_t{1} << bits) - 1;
  std::snprintf(text, sizeof text, "0x%0*llx", digits, static_cast<unsigned long long>(value));
  return text;
}

std::string real(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

std::string Decoder::score(std::int64_t value) const {
  const int frac = score_frac(profile);
  return hex(static_cast<std::uint64_t>(value), spec::kScoreRangeLog2 + frac + 1) + "  score " +
         real(std::ldexp(static_cast<double>(value), -frac)) + " (base 2)";
}

std::string Decoder::weight(std::uint64_t mantissa, int shift) const {
  if (mantissa == 0) return "0x0  p = 0 (skipped)";
  const double p = std::ldexp(static_cast<double>(mantissa), -(p_bits(profile) - 1) - shift);
  return hex(mantissa, p_bits(profile)) + " >> " + std::to_string(shift) + "  p = " + real(p);
}

std::string Decoder::tile_sum(std::int64_t value) const {
  return hex(static_cast<std::uint64_t>(value), 32) +
         "  T = " + real(std::ldexp(static_cast<double>(value), -tile_frac(profile))) + " x 2^E";
}

std::string Decoder::l(std::uint64_t value) const {
  return hex(value, 32) +
         "  l = " + real(std::ldexp(static_cast<double>(value), -tile_frac(profile)));
}

std::string Decoder::reference(std::int64_t value) const {
  return hex(static_cast<std::uint64_t>(value), spec::kSumExponent) +
         "  R = " + std::to_string(value);
}

std::string Decoder::row_sum(std::int64_t exponent, std::uint32_t mantissa) const {
  return hex(mantissa, 32) + " x 2^" + std::to_string(exponent - 31) + "  log2 S = " +
         real(mantissa == 0
                  ? -INFINITY
                  : std::log2(static_cast<double>(mantissa)) + static_cast<double>(exponent) - 31);
}

std::string Decoder::flags(std::uint32_t flags) const {
  constexpr const char* kNames[] = {"has-keys",    "nan-score", "nan-value",
                                    "sat-product", "sat-score", "sat-value"};
  std::string text = hex(flags, 6) + " ";
  for (int i = 0; i < 6; ++i) {
    if ((flags >> i) & 1u) text += std::string(" ") + kNames[i];
  }
  return text;
}

std::string Decoder::gain(std::uint32_t mantissa, int exponent) const {
  return hex(mantissa, spec::kGBits) + " x 2^" + std::to_string(exponent - (spec::kGBits - 1)) +
         "  g = " + real(std::ldexp(static_cast<double>(mantissa), exponent - (spec::kGBits - 1)));
}

std::string Decoder::tile_weight(std::uint32_t mantissa, int shift) const {
  return hex(mantissa, spec::kWBits) + " >> " + std::to_string(shift) +
         "  w = " + real(std::ldexp(static_cast<double>(mantissa), -(spec::kWBits - 1) - shift));
}

std::string Decoder::raw_output(std::int32_t o) const {
  return hex(static_cast<std::uint32_t>(o), 32) +
         "  o = " + real(std::ldexp(static_cast<double>(o), v_exponent - spec::kOFrac));
}

std::string Decoder::float32(std::uint32_t bits) const {
  float f;
  std::memcpy(&f, &bits, sizeof f);
  return hex(bits, 32) + "  " + real(f);
}

}  // namespace flashd::sim
