// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "model/arith/decode.hpp"
#include "model/golden/job.hpp"
#include "model/golden/kernels.hpp"

namespace flashd::golden {

constexpr int padded(int n) { return (n + kGroup - 1) / kGroup * kGroup; }

/// What a tile's preparation depends on besides its keys.
struct TileShape {
  int d = 0;
  int dv = 0;
  int v_exponent = 0;  ///< VE
  int tile_frac = 0;
  bool vectors = true;  ///< fill the float arrays of the vector kernels
};

/// One tile of keys and values of one KV head, prepared once for all rows that see it.
struct KeyTile {
  std::int64_t first_key = 0;
  int n = 0;
  std::vector<arith::Number> k;         ///< [n, d]
  std::vector<arith::Number> v;         ///< [n, dv], clamped to VE
  std::vector<int> exponent;            ///< [dv]: E, biased, over the tile's valid keys
  std::vector<std::uint8_t> k_bad;      ///< [n] NaN or Inf in the key
  std::vector<std::uint8_t> v_bad;      ///< [n] NaN or Inf in the value
  std::vector<std::uint8_t> v_clamped;  ///< [n] a value was beyond VE
  std::vector<float> k_columns;         ///< [d, padded(n)]
  std::vector<float> v_scaled;          ///< [n, padded(dv)]: v / 2^E on the grid of T
  float k_max = 0.0f;                   ///< largest |K|
};

/// Fills `tile` with keys [first, first + n) of KV head `head` of the job.
void prepare(const Job& job, std::int64_t head, std::int64_t first, int n, const TileShape& shape,
             KeyTile* tile);

}  // namespace flashd::golden
