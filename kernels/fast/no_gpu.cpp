// SPDX-License-Identifier: Apache-2.0
// In place of the .cu files where no CUDA compiler was found.
#include "kernels/fast/fast.hpp"
#include "kernels/fast/job.hpp"

namespace flashd::cuda {

namespace {

Status unavailable() {
  return {Outcome::unavailable,
          "this flashd was built without a CUDA compiler, so it has no GPU kernels; install nvcc "
          "and build again"};
}

}  // namespace

Status launch_fast(const FastJob& job, FastKernel kernel, void*) {
  const Status status = check_fast(job, kernel);
  return status.good() ? unavailable() : status;
}

Status run_fast(const Job& job, FastKernel, Result* result) {
  if (!result) return {Outcome::refused, "result is null; expected a place for it"};
  const Status status = check_fast_job(job);
  return status.good() ? unavailable() : status;
}

}  // namespace flashd::cuda
