// SPDX-License-Identifier: Apache-2.0
// In place of the .cu files where no CUDA compiler was found.
#include "kernels/fast/fast.hpp"

namespace flashd::cuda {

Status launch_fast(const FastJob& job, FastKernel kernel, void*) {
  if (Status status = check_fast(job, kernel); !status.good()) return status;
  return {Outcome::unavailable,
          "this flashd was built without a CUDA compiler, so it has no GPU kernels; install nvcc "
          "and build again"};
}

}  // namespace flashd::cuda
