// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/cuda/fast_jobs.hpp"

namespace flashd::cuda {

/// Copies the arrays to the GPU, runs the kernel, and copies o and lse back.
Status run_fast_on_gpu(FastArrays* arrays, FastKernel kernel);

}  // namespace flashd::cuda
