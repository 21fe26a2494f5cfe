// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/arith/bits.hpp"
#include "model/arith/interpolate.hpp"

namespace flashd::arith {

/// g = 2^(R - L') = mantissa * 2^(exponent - 15), in (0, 2].
struct Gain {
  std::uint32_t mantissa = 1u << (spec::kGBits - 1);
  int exponent = 0;
};

/// 2^y for y in units of 2^-16, at most 2.
FLASHD_HD Gain make_gain(std::int64_t y) {
  constexpr std::int64_t kOne = 1 << spec::kLogFrac;
  if (y > kOne) y = kOne;
  Gain g;
  g.mantissa = interpolate<spec::GTable>(static_cast<std::uint32_t>(y & (kOne - 1)));
  g.exponent = static_cast<int>(y >> spec::kLogFrac);
  return g;
}

/// w = g l = mantissa * 2^(-13 - shift), at most 1: the FLASH-D weight of the whole tile,
/// sigmoid2(L_tile - L). `merged` is false when w < 2^-32: the row stays untouched.
struct TileWeight {
  std::uint32_t mantissa = 0;
  int shift = 0;
  bool merged = false;
};

template <class P>
FLASHD_HD TileWeight make_tile_weight(const Gain& g, std::uint32_t l) {
  constexpr int kFraction = spec::kWBits - 1;
  const std::uint64_t exact = static_cast<std::uint64_t>(g.mantissa) * l;
  const int top = bit_length(exact) - 1;
  TileWeight w;
  w.mantissa = static_cast<std::uint32_t>(((exact >> (top - kFraction - 1)) + 1) >> 1);
  int exponent = top + g.exponent - (spec::kGBits - 1) - P::kTileFrac;
  if (w.mantissa >> spec::kWBits) {
    w.mantissa >>= 1;
    ++exponent;
  }
  if (exponent >= 0) {
    exponent = 0;
    w.mantissa = 1u << kFraction;
  }
  w.shift = -exponent;
  w.merged = exponent >= spec::kWMinLog2;
  return w;
}

}  // namespace flashd::arith
