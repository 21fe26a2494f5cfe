// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "model/rivals/rivals.hpp"

namespace flashd::rivals {

/// What a row of FlashAttention-2 leaves, for its log-sum-exp.
struct Flash2Row {
  bool seen = false;  ///< false: no visible key; the rest is zero
  double m = 0.0;     ///< largest score
  double l = 0.0;     ///< row sum, at least 1
};

struct Flash2Rows {
  Output output;
  std::vector<Flash2Row> states;  ///< [heads_q, queries]
};

/// flash2_fp32 with the states of the rows, m in steps of the score's grid. Throws as that does.
Flash2Rows flash2_fp32_rows(const Job& job);

/// flash2_bf16 with a tree and the lane's functions, with the states of the rows. Throws as that
/// does.
Flash2Rows flash2_bf16_rows(const Job& job);

}  // namespace flashd::rivals
