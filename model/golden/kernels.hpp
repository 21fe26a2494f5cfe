// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace flashd::golden {

/// Keys and elements are processed in groups of this many; arrays are padded to it with zeros.
constexpr int kGroup = 16;
constexpr int kMaxTile = 64;

/// Product sums of one query against a tile of keys, bit for bit sum(arith::product), by exact
/// float32 products: 8x8 and 11x11 bit significands fit 24 bits, underflow rounds to 0 anyway.
/// q [d]: Q times 2^(scale exponent + G); k [d, stride]: keys as columns; sums [stride].
/// Needs max|q| max|k| below the product limit and, times d, below 2^31.
void product_sums(const float* q, const float* k, int d, int stride, std::int32_t* sums);

/// The same for any magnitude: products clamped to +-limit, 64-bit sums, saturated [stride] 0 or 1.
void product_sums_clamped(const float* q, const float* k, int d, int stride, std::int32_t limit,
                          std::int64_t* sums, std::uint8_t* saturated);

/// Tile sums t [stride] of `keys` weights: t += round(p v), halves away from zero.
/// p [keys]: the weight as a float; v [keys, stride]: values on the grid of T.
struct TileSumInput {
  const float* p;
  const float* v;
  int keys;
  int stride;
};
void tile_sums(const TileSumInput& in, std::int32_t* t);

}  // namespace flashd::golden
