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

Status launch_exact(const ExactArguments&, const LaunchShape&, void*) { return unavailable(); }

Status run_exact(const Job&, const golden::Settings&, const LaunchShape&, Result*) {
  return unavailable();
}

Status find_gpu(Gpu*) { return unavailable(); }

}  // namespace flashd::cuda
