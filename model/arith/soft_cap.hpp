// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>

#include "model/arith/bits.hpp"
#include "model/arith/spec.hpp"

namespace flashd::arith {

/// Job constants of the soft-cap cap tanh(x / cap), cap in score units (log2(e) x nats):
/// 1/cap = inverse 2^(shift - 9 - (kCapInverseBits - 1)), cap = integer 2^-kCapFrac.
struct SoftCap {
  bool enabled = false;  ///< false: scores pass unchanged
  int shift = 0;         ///< 0 to 18
  std::uint32_t inverse = 0;
  std::uint32_t cap = 0;

  /// The word of device memory; fields as in the spec's `words`. A word of 0 is no soft-cap.
  std::uint64_t pack() const {
    return static_cast<std::uint64_t>(inverse) << spec::kSoftCapInverseLow |
           static_cast<std::uint64_t>(shift) << spec::kSoftCapShiftLow |
           static_cast<std::uint64_t>(cap) << spec::kSoftCapCapLow |
           static_cast<std::uint64_t>(enabled) << spec::kSoftCapEnableLow;
  }

  static SoftCap unpack(std::uint64_t word) {
    SoftCap c;
    c.inverse = static_cast<std::uint32_t>(
        field(word, spec::kSoftCapInverseLow, spec::kSoftCapInverseBits));
    c.shift = static_cast<int>(field(word, spec::kSoftCapShiftLow, spec::kSoftCapShiftBits));
    c.cap = static_cast<std::uint32_t>(field(word, spec::kSoftCapCapLow, spec::kSoftCapCapBits));
    c.enabled = field(word, spec::kSoftCapEnableLow, spec::kSoftCapEnableBits) != 0;
    return c;
  }

 private:
  static std::uint64_t field(std::uint64_t word, int low, int bits) {
    return (word >> low) & ((std::uint64_t{1} << bits) - 1);
  }
};

/// Binary point of a cap's inverse: the largest cap, 256 nats, has 1/cap in [2^-9, 2^-8).
constexpr int kCapInverseOrigin = spec::kCapMaxLog2 + 1;

/// Whether a cap in nats can be had: 2^-10 to 256.
inline bool soft_cap_in_range(double cap_nats) {
  return cap_nats >= std::ldexp(1.0, spec::kCapMinLog2) &&
         cap_nats <= std::ldexp(1.0, spec::kCapMaxLog2);
}

/// Host only; the cap in nats must be in range.
inline SoftCap make_soft_cap(double cap_nats) {
  constexpr double kLog2e = 1.4426950408889634;
  const double cap = cap_nats * kLog2e;
  SoftCap c;
  c.enabled = true;
  c.cap = static_cast<std::uint32_t>(std::floor(std::ldexp(cap, spec::kCapFrac) + 0.5));
  int exponent = 0;
  const double m = std::frexp(1.0 / cap, &exponent);
  c.inverse = static_cast<std::uint32_t>(std::floor(std::ldexp(m, spec::kCapInverseBits) + 0.5));
  if (c.inverse == 1u << spec::kCapInverseBits) {
    c.inverse >>= 1;
    ++exponent;
  }
  c.shift = exponent - 1 + kCapInverseOrigin;
  return c;
}

/// tanh on [0, 8) from the quadratic table of spec/quadratic.py, kResultFrac fraction bits; y has
/// kFrac fraction bits below which it was cut off.
FLASHD_HD std::uint32_t tanh_table(std::uint32_t y) {
  using Table = spec::TanhTable;
  int octave = 0;
  while (octave + 1 < Table::kOctaves && (y >> (Table::kFrac + octave + 1)) != 0) ++octave;
  const std::uint32_t z = y >> octave;
  const std::uint32_t i = (z >> Table::kOffsetBits) +
                          (static_cast<std::uint32_t>(octave) << (Table::kSegmentsLog2 - 1));
  const std::uint32_t offset = z & ((1u << Table::kOffsetBits) - 1u);
  const std::uint32_t u = offset >> (Table::kOffsetBits - Table::kSquareBits);
  const std::uint32_t parabola = u * ((1u << Table::kSquareBits) - 1u - u);
  return (Table::base(i) + ((Table::slope(i) * offset) >> Table::kOffsetBits) +
          ((Table::curve(i) * parabola) >> Table::kCurveDrop)) >>
         Table::kGuard;
}

/// cap tanh(score / cap) for a score of the grid 2^-F, of any size; odd. Within 2^-9 score units
/// of the exact value for every cap in range.
template <class P>
FLASHD_HD std::int64_t soft_cap(std::int64_t score, const SoftCap& c) {
  if (!c.enabled) return score;
  using Table = spec::TanhTable;
  constexpr int kYBits = Table::kFrac + Table::kOctaves;
  // Score / 2^(9 - shift) in units of 2^-(F+9) is an integer; at or beyond 8 tanh is one.
  constexpr int kFirstBits = P::kScoreFrac + kCapInverseOrigin + Table::kOctaves;
  constexpr int kDrop =
      P::kScoreFrac + kCapInverseOrigin + spec::kCapInverseBits - 1 - Table::kFrac;
  constexpr int kResultDrop = Table::kResultFrac + spec::kCapFrac - P::kScoreFrac;
  const bool negative = score < 0;
  const std::uint64_t magnitude =
      negative ? ~static_cast<std::uint64_t>(score) + 1 : static_cast<std::uint64_t>(score);
  std::uint64_t y = (std::uint64_t{1} << kYBits) - 1;
  // A shift beyond 18, which no cap has, saturates all but 0 sooner or later.
  if ((magnitude >> (c.shift < kFirstBits ? kFirstBits - c.shift : 0)) == 0) {
    const std::uint64_t quotient = ((magnitude << c.shift) * c.inverse) >> kDrop;
    if (quotient < y) y = quotient;
  }
  const std::uint64_t product =
      static_cast<std::uint64_t>(tanh_table(static_cast<std::uint32_t>(y))) * c.cap;
  const auto result = static_cast<std::int64_t>(shift_round(product, -kResultDrop));
  return negative ? -result : result;
}

}  // namespace flashd::arith
