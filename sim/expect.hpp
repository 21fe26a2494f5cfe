// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "model/golden/golden.hpp"
#include "sim/plan.hpp"

namespace flashd::sim {

/// What golden did with one (row, tile) of which the row sees at least one key.
struct TileExpectation {
  std::int64_t first_key = 0;
  std::vector<std::int32_t> scores;    ///< [keys of the tile]
  std::vector<std::uint8_t> visible;   ///< [keys of the tile]
  std::vector<arith::Weight> weights;  ///< [keys of the tile]
  std::int32_t reference = 0;
  std::uint32_t l = 0;
  std::vector<std::int32_t> t;  ///< [dv]
  arith::Gain gain;
  arith::TileWeight tile_weight;
  RowHead after;
};

/// Golden's view of the rows of one KV head.
struct HeadExpectation {
  std::int64_t first_head = 0;                      ///< query head of result row 0
  Result result;                                    ///< rows [group, queries]
  std::vector<std::vector<TileExpectation>> tiles;  ///< [group * queries], by key
};

/// Golden's results, computed one KV head at a time when first asked for.
class Expectations {
 public:
  Expectations(const Job& job, const Plan& plan, Profile profile)
      : job_(job), plan_(plan), profile_(profile) {}

  /// Null if the row sees no key of the tile (bias included).
  const TileExpectation* tile(const Block& block, const Row& row, std::int64_t first_key);
  const HeadExpectation& head(std::int64_t kv_head);
  /// Index of a row in the results of its HeadExpectation.
  std::size_t index(const HeadExpectation& head, const Row& row) const;
  /// Forgets KV heads below this one.
  void release(std::int64_t kv_head);
  /// Counts of all heads computed so far.
  const Counts& counts() const { return counts_; }

 private:
  const Job& job_;
  const Plan& plan_;
  Profile profile_;
  Counts counts_;
  std::map<std::int64_t, std::unique_ptr<HeadExpectation>> heads_;
};

}  // namespace flashd::sim
