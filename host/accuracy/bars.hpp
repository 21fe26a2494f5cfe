// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "host/accuracy/measure.hpp"

namespace flashd::accuracy {

/// Whether one statement of the accuracy contract held.
struct Verdict {
  explicit Verdict(std::string statement) : bar(std::move(statement)) {}
  std::string bar;  ///< the statement
  bool pass = true;
  std::size_t cases = 0;  ///< how many were judged; a bar without a case is not reported
  double worst = 0.0;     ///< largest measured value over what is allowed; above 1 fails
  std::string where;      ///< case of the worst, with both numbers
};

/// Bars of the contract, from the records of all cases. With BF16 inputs, relative L2:
/// fine <= max(GPU, 3e-4) with FP32 output and <= max(1.02 GPU, GPU + 1e-5) with BF16 output; lean
/// <= max(1.03 GPU, GPU + 3e-5) with BF16 output; fine <= 0.35 GPU in the median of the traces,
/// FP32 output. With FP16 inputs: fine <= 5e-4, FP32 output. Both formats: LSE within 1.2e-3 (fine)
/// or 2.4e-3 (lean) + 2^-16 |LSE|.
std::vector<Verdict> judge(const std::vector<Record>& records);

/// "n01, 512 keys, d 64, seed 3, bf16", or the trace's name with its shape.
std::string describe(const Record& record);

}  // namespace flashd::accuracy
