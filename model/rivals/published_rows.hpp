// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "model/rivals/rivals.hpp"

namespace flashd::rivals {

/// What a row of the published FLASH-D leaves: the last score and the last weight, BF16 values.
struct PublishedRow {
  bool seen = false;  ///< false: no visible key; the rest is zero
  float s = 0.0f;
  float w = 0.0f;  ///< at least kSmallestPublishedWeight
};

struct PublishedRows {
  Output output;
  std::vector<PublishedRow> states;  ///< [heads_q, queries]
};

/// flashd_published with piecewise linear functions and a tree, with the states of the rows. Throws
/// as that does.
PublishedRows flashd_published_rows(const Job& job);

}  // namespace flashd::rivals
