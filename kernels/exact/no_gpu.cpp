// SPDX-License-Identifier: Apache-2.0
// In place of on_gpu.cu where no CUDA compiler was found.
#include "kernels/exact/exact.hpp"

namespace flashd::cuda {

namespace {

Status unavailable() {
  return {Outcome::unavailable,
          "this flashd was built without a CUDA compiler, so it has no GPU kernels; install nvcc "
          "and build again"};
}

}  // namespace

Status launch_exact(const ExactArguments& arguments, const LaunchShape& shape, void*) {
  const Status status = check_exact(arguments, shape);
  return status.good() ? unavailable() : status;
}

Status run_exact(const Job& job, const golden::Settings& settings, const LaunchShape& shape,
                 Result* result) {
  if (!result) return {Outcome::refused, "result is null; expected a place for it"};
  const Status status = check_exact_job(job, settings, shape);
  return status.good() ? unavailable() : status;
}

Status find_gpu(Gpu* gpu) {
  if (!gpu) return {Outcome::refused, "gpu is null; expected a place for it"};
  return unavailable();
}

}  // namespace flashd::cuda
