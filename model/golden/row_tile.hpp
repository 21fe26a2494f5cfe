// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <gsl/span>

#include "model/arith/alibi.hpp"
#include "model/arith/bias.hpp"
#include "model/arith/scale.hpp"
#include "model/arith/soft_cap.hpp"
#include "model/golden/key_tile.hpp"
#include "model/golden/trace.hpp"

namespace flashd::golden {

/// One query, prepared once for all tiles.
struct QueryRow {
  std::int64_t head = 0;
  std::int64_t query = 0;
  KeyRange range;
  std::int64_t centre = 0;       ///< i + K
  arith::AlibiSlope slope;       ///< 0 without ALiBi
  bool bad = false;              ///< NaN or Inf in Q
  bool vectors = false;          ///< q_scaled is exact
  std::vector<arith::Number> q;  ///< [d]
  std::vector<float> q_scaled;   ///< [d]: Q 2^(scale exponent + G), sign of the scale included
  float q_max = 0.0f;            ///< largest |q_scaled|
};

/// Constants of a job.
struct JobConstants {
  arith::Scale scale;
  arith::SoftCap soft_cap;
  int grid = 0;          ///< G
  int job_exponent = 0;  ///< product_exponent()
  TileShape shape;
  InputFormat input = InputFormat::bf16;
};

JobConstants make_constants(const Job& job, Profile profile, bool vectors);
QueryRow make_query(const Job& job, const JobConstants& constants, std::int64_t head,
                    std::int64_t query);

/// Buffers of one (row, tile); reused, so that nothing is allocated per tile.
struct TileBuffers {
  std::vector<std::int32_t> sums32;
  std::vector<std::int64_t> sums;
  std::vector<std::uint8_t> saturated;
  std::vector<std::uint8_t> visible;
  std::vector<std::int32_t> scores;
  std::vector<arith::Weight> weights;
  std::vector<float> p;
  std::vector<std::int32_t> t;
};

/// One row meets one tile.
struct RowTile {
  const JobConstants& constants;
  const QueryRow& row;
  const KeyTile& tile;
  std::optional<BiasView> bias;  ///< its first element is that of (row, first key of the tile)
  RowHead* head = nullptr;
  gsl::span<std::int32_t> o;  ///< [dv]
};

/// Merges the tile into the row by the contract; adds to `counts`, tells `observer`.
template <class P, class Format>
void merge_tile(const RowTile& in, TileBuffers* buffers, Counts* counts, Observer* observer);

}  // namespace flashd::golden
