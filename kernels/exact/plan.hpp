// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "kernels/exact/exact.hpp"

namespace flashd::cuda {

/// Arguments with the shape of a job and nothing else.
ExactArguments shape_of(const Job& job, int tile);

/// A job as arguments in host memory, with the arrays that the job does not have itself. Not to be
/// moved: `arguments` points into it and into the job.
class ExactPlan {
 public:
  /// The job must pass check_exact_job().
  ExactPlan(const Job& job, const golden::Settings& settings);
  ExactPlan(const ExactPlan&) = delete;
  ExactPlan& operator=(const ExactPlan&) = delete;

  /// The result, once the arrays that `arguments` names are filled.
  Result take();

  ExactArguments arguments;
  std::int64_t rows = 0;           ///< heads_q * queries
  std::int64_t bias_elements = 0;  ///< that the strides reach
  std::int64_t table_entries = 0;  ///< of the page table that the key length needs
  Counts counts;

 private:
  std::vector<KeyRange> ranges_;
  std::vector<arith::AlibiSlope> slopes_;
  std::vector<std::uint32_t> o_, lse_;
  RowStates state_;
};

}  // namespace flashd::cuda
