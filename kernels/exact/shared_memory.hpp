// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/exact/arguments.hpp"
#include "model/arith/tile_weight.hpp"
#include "model/arith/weight.hpp"

namespace flashd::cuda {

/// A row of a block in shared memory.
struct BlockRow {
  std::int64_t index = 0;  ///< in the outputs: head * queries + query
  std::int64_t head = 0;
  std::int64_t query = 0;
  KeyRange range;
  std::int64_t centre = 0;  ///< i + K
  arith::AlibiSlope slope;
  RowHead state;
  std::uint32_t bad = 0;  ///< NaN or Inf in Q
  Counts counts;

  // Of the tile at hand.
  std::int32_t largest = 0;  ///< score
  std::uint32_t l = 0;
  std::uint32_t seen = 0;  ///< visible keys
  std::uint32_t skipped = 0;
  std::uint32_t saturated = 0;
  arith::Gain gain;
  arith::TileWeight weight;
  bool first = false;  ///< the row was empty before the tile
};

/// Where the arrays of a block lie, offsets in bytes.
struct SharedLayout {
  std::size_t rows = 0;      ///< BlockRow [rows]
  std::size_t weights = 0;   ///< Weight [rows, tile]
  std::size_t scores = 0;    ///< int32 [rows, tile]
  std::size_t o = 0;         ///< int32 [rows, dv]
  std::size_t exponent = 0;  ///< int32 [dv]: E
  std::size_t q = 0;         ///< uint16 [rows, d]
  std::size_t k = 0;         ///< uint16 [tile, key_pitch(d)]
  std::size_t v = 0;         ///< uint16 [tile, dv]
  std::size_t visible = 0;   ///< uint8 [rows, tile]
  std::size_t bytes = 0;
};

/// Elements from one key to the next in shared memory: an odd number of 32-bit words, so that
/// neighbouring keys lie in different banks.
FLASHD_HD constexpr int key_pitch(int d) { return 2 * (((d + 1) / 2) | 1); }

/// The one place where the shared memory of a block is laid out. Larger elements come first, so
/// that every array is aligned.
FLASHD_HD constexpr SharedLayout shared_layout(int d, int dv, int tile, int rows) {
  SharedLayout at;
  std::size_t end = 0;
  const auto take = [&end](std::size_t elements, std::size_t size) {
    const std::size_t begin = end;
    end += elements * size;
    return begin;
  };
  const auto n = [](int a, int b) {
    return static_cast<std::size_t>(a) * static_cast<std::size_t>(b);
  };
  at.rows = take(n(rows, 1), sizeof(BlockRow));
  at.weights = take(n(rows, tile), sizeof(arith::Weight));
  at.scores = take(n(rows, tile), sizeof(std::int32_t));
  at.o = take(n(rows, dv), sizeof(std::int32_t));
  at.exponent = take(n(dv, 1), sizeof(std::int32_t));
  at.q = take(n(rows, d), sizeof(std::uint16_t));
  at.k = take(n(tile, key_pitch(d)), sizeof(std::uint16_t));
  at.v = take(n(tile, dv), sizeof(std::uint16_t));
  at.visible = take(n(rows, tile), sizeof(std::uint8_t));
  at.bytes = end;
  return at;
}

/// A block of every GPU since sm_80 may have that much: 99 KiB (sm_86, sm_89, sm_120).
constexpr std::size_t kSharedLimit = 99 * 1024;
static_assert(sizeof(BlockRow) % 8 == 0 && sizeof(arith::Weight) == 8);
static_assert(shared_layout(spec::kMaxHeadDim, spec::kMaxHeadDim, kMaxTileKeys, kMaxRows).bytes <=
              kSharedLimit);

}  // namespace flashd::cuda
