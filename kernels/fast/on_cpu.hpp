// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/fast/fast.hpp"

namespace flashd::cuda {

/// The fast kernels on the CPU, pointers of the job being of its memory: the same blocks, tiles,
/// masks, frames, polynomial, and roundings of weights and results, through the same headers. Not
/// the same: the order in which a tensor core adds (here in order of columns and of keys, FP32,
/// fused), and the last units of ex2 and lg2 (here rounded). `hopper` chooses the tiles of the
/// kernel for compute capability 9.0; FastKernel::choose and division take it from there.
Status run_fast_on_cpu(const FastJob& job, FastKernel kernel, bool hopper = true);

}  // namespace flashd::cuda
