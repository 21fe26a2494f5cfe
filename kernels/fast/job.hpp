// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "kernels/fast/fast.hpp"
#include "model/golden/job.hpp"

namespace flashd::cuda {

/// Whether the fast kernels take a job of the host: dense K and V, d = dv = 64, 128 or 256, a scale
/// above 0, no mask but a key length and the default causal diagonal, nothing added to scores, no
/// row states. Else one sentence that names the option and the kernel to `use` instead.
Status check_fast_job(const Job& job, const std::string& use = "exact");

/// The sentence of a job that is to give row states.
Status refuse_row_states(const std::string& use = "exact");

/// A job on the first GPU: O as rounded by the kernel, LSE, no row states, and of the counts those
/// that any arithmetic has: scores, rows_nan and rows_empty. `result` is written if all went well.
/// v_exponent, which is of golden's grid, changes nothing.
Status run_fast(const Job& job, FastKernel kernel, Result* result);

/// The same by run_fast_on_cpu(), with the tiles for compute capability 9.0.
Status run_fast_job_on_cpu(const Job& job, FastKernel kernel, Result* result);

/// The call of a checked job, its pointers being of the host, and room for what it returns. Its
/// keys are those that exist; its strides step over the others' rows.
class FastPlan {
 public:
  explicit FastPlan(const Job& job);
  FastPlan(const FastPlan&) = delete;
  FastPlan& operator=(const FastPlan&) = delete;

  Result take();

  FastJob call;
  std::int64_t rows = 0;  ///< heads_q * queries

 private:
  void count(Result& result) const;

  const Job& job_;
  std::vector<float> o_;             ///< values of O, or
  std::vector<std::uint16_t> bits_;  ///< its elements of 16 bits
  std::vector<float> lse_;
};

}  // namespace flashd::cuda
