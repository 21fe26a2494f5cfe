// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <gsl/span>

#include "model/arith/tile_weight.hpp"
#include "model/arith/weight.hpp"
#include "model/golden/job.hpp"

namespace flashd::golden {

/// What one row did with one tile of which it sees at least one key; spans live during the call.
struct TileTrace {
  std::int64_t head = 0;  ///< query head
  std::int64_t query = 0;
  std::int64_t first_key = 0;              ///< of the tile
  gsl::span<const std::int32_t> scores;    ///< [n], units of 2^-F; of visible keys only
  gsl::span<const std::uint8_t> visible;   ///< [n]
  gsl::span<const arith::Weight> weights;  ///< [n]; of visible keys only
  std::int32_t reference = 0;              ///< R
  std::uint32_t l = 0;
  gsl::span<const std::int32_t> t;  ///< [dv]
  arith::Gain gain;
  arith::TileWeight tile_weight;
  RowHead after;
  gsl::span<const std::int32_t> o;  ///< [dv] after the tile
};

/// Sees every (row, tile) in the order of the keys of a row; rows come in any order.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void tile(const TileTrace& trace) = 0;
};

}  // namespace flashd::golden
