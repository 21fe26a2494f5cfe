// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "host/accuracy/bars.hpp"

namespace flashd::accuracy {

/// Errors on one row pattern of 1,048,576 keys of equal score: largest |o - exact| over max|V|.
struct LongRow {
  std::string pattern;
  double fine16 = 0.0;  ///< flashd `fine`, tiles of 16 keys
  double fine64 = 0.0;  ///< flashd `fine`, tiles of 64 keys
  double lean64 = 0.0;
  double gpu = 0.0;
  double running_sum = 0.0;
};

/// V constant, random, a ramp from -1 to 1, and -1 for the first half then +1.
std::vector<LongRow> long_rows();
/// fine within 2^-12 of max|V|, tiles of 16 and 64.
Verdict judge_long_rows(const std::vector<LongRow>& rows);

/// Inputs at the edges of the contract, profile `fine`:
/// Q times 1000 and 2500 (rows are flagged exactly where a product leaves +-2^12 and then stay
/// finite and within max|V|; the others stay accurate); V times 2^100 (the same bits, scaled); V
/// growing 16-fold inside a tile under a causal mask (relative L2 at most twice max(GPU, 3e-4)).
std::vector<Verdict> judge_extremes(int tile);

}  // namespace flashd::accuracy
