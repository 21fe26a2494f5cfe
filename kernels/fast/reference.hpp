// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "kernels/fast/fast.hpp"

/// What the fast kernels are measured against, row by row; pointers of the job are of host memory.
namespace flashd::cuda {

/// Values of all 65,536 patterns of a format.
const std::vector<float>& element_values(InputFormat format);

/// One row of a job: of sequence `sequence`, counted from that sequence's first.
struct RowIndex {
  int sequence = 0;
  int head = 0;
  int row = 0;
};

/// Attention of one row: o [d] and log-sum-exp in nats; 0 and -inf if it sees no key.
struct RowResult {
  std::vector<double> o;
  double lse = 0.0;
};

/// In float64 from the exact inputs.
RowResult row_in_float64(const FastJob& job, const RowIndex& index);

/// As a framework computes it without fused attention: scaled queries, scores, weights and output
/// each rounded to the input format, sums in FP32.
RowResult row_in_framework(const FastJob& job, const RowIndex& index);

/// What a kernel left in o and lse; lse is NaN if the job has none.
RowResult row_of_result(const FastJob& job, const RowIndex& index);

/// Rows that exist: all of them, or about `most` spread evenly over sequences, heads and rows, the
/// first and the last row of a head among them.
std::vector<RowIndex> sample_rows(const FastJob& job, std::int64_t most);

/// Largest |o - float64| and its root mean square, over rows; the same of a framework; largest
/// error of lse. NaN wins and stays.
struct FastErrors {
  std::int64_t rows = 0;
  std::int64_t values = 0;
  double largest = 0.0;
  double rms = 0.0;
  double relative = 0.0;  ///< ||o - ref|| / ||ref||
  double framework_largest = 0.0;
  double framework_rms = 0.0;
  double lse = 0.0;
  double largest_value = 0.0;  ///< of |float64|
};

FastErrors measure_rows(const FastJob& job, const std::vector<RowIndex>& rows);

/// FlashAttention's own rule: an error of at most twice a framework's, and a little more.
bool within_rule(const FastErrors& errors, double atol = 1e-5);

}  // namespace flashd::cuda
