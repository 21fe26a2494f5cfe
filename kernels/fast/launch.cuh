// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/exact/gpu_memory.cuh"
#include "kernels/fast/fast.hpp"
#include "kernels/fast/frame.hpp"

/// Launches of checked jobs with at least one query on a GPU that the kernel runs on.
namespace flashd::cuda {

Status launch_portable(const FastJob& job, FastArithmetic arithmetic, cudaStream_t stream);
Status launch_hopper(const FastJob& job, FastArithmetic arithmetic, cudaStream_t stream);

/// After one of these, for a job of several parts: their merge into the job's results.
Status launch_merge(const FastJob& job, FastArithmetic arithmetic, cudaStream_t stream);

}  // namespace flashd::cuda
