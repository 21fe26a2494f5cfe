// SPDX-License-Identifier: Apache-2.0
#include "tests/cuda/fast_gpu.hpp"

#include "kernels/exact/gpu_memory.cuh"

namespace flashd::cuda {

Status run_fast_on_gpu(FastArrays* arrays, FastKernel kernel) {
  const auto count = [](const auto& array) { return static_cast<std::int64_t>(array.size()); };
  const auto given = [](const auto& array) { return array.empty() ? nullptr : array.data(); };
  GpuMemory gpu;
  FastJob job = arrays->job;
  job.q = gpu.put(given(arrays->q), count(arrays->q), "q");
  job.k = gpu.put(given(arrays->k), count(arrays->k), "k");
  job.v = gpu.put(given(arrays->v), count(arrays->v), "v");
  job.cu_queries = gpu.put(given(arrays->cu_queries), count(arrays->cu_queries), "cu_queries");
  job.cu_keys = gpu.put(given(arrays->cu_keys), count(arrays->cu_keys), "cu_keys");
  // What clear_results() has filled these with shows what is not written.
  unsigned char* o = gpu.put(given(arrays->o), count(arrays->o), "o");
  job.o = o;
  job.lse = gpu.put(given(arrays->lse), count(arrays->lse), "lse");
  job.workspace = gpu.put(given(arrays->workspace), count(arrays->workspace), "workspace");
  if (!gpu.status().good()) return gpu.status();
  if (Status s = launch_fast(job, kernel, nullptr); !s.good()) return s;
  if (Status s = status_of(cudaDeviceSynchronize(), "running the fast kernel"); !s.good()) return s;
  gpu.get(arrays->o.data(), o, count(arrays->o), "o");
  gpu.get(arrays->lse.data(), job.lse, count(arrays->lse), "lse");
  return gpu.status();
}

}  // namespace flashd::cuda
