// SPDX-License-Identifier: Apache-2.0
#include <new>

#include "kernels/exact/gpu_memory.cuh"
#include "kernels/fast/job.hpp"

namespace flashd::cuda {

namespace {

/// Bytes that run() takes on the GPU; sizes were checked.
std::uint64_t bytes_needed(const Job& job, const FastPlan& plan) {
  const auto rows = static_cast<std::uint64_t>(plan.rows);
  const std::uint64_t element = job.output == OutputFormat::fp32 ? 4 : 2;
  return 2 * (job.q.size() + job.k.size() + job.v.size()) +
         rows * (element * static_cast<std::uint64_t>(job.dv) + sizeof(float)) +
         sizeof(float) * static_cast<std::uint64_t>(workspace_elements(plan.call));
}

/// Elements of `o` in host memory, from an array of the GPU.
template <class T>
void fetch(GpuMemory& gpu, void* o, const void* from, std::int64_t elements) {
  gpu.get(static_cast<T*>(o), static_cast<const T*>(from), elements, "o");
}

Status run(const Job& job, FastKernel kernel, FastPlan& plan) {
  if (Status s = check_memory(bytes_needed(job, plan)); !s.good()) return s;
  const FastJob& host = plan.call;
  const std::int64_t outputs = plan.rows * job.dv;
  const bool wide = host.output == OutputFormat::fp32;
  GpuMemory gpu;
  FastJob call = host;
  call.q = gpu.put(host.q, static_cast<std::int64_t>(job.q.size()), "q");
  call.k = gpu.put(host.k, static_cast<std::int64_t>(job.k.size()), "k");
  call.v = gpu.put(host.v, static_cast<std::int64_t>(job.v.size()), "v");
  call.o = wide ? static_cast<void*>(gpu.room<float>(outputs, "o"))
                : gpu.room<std::uint16_t>(outputs, "o");
  call.lse = gpu.room<float>(plan.rows, "lse");
  call.workspace = gpu.room<float>(workspace_elements(call), "workspace");
  if (!gpu.status().good()) return gpu.status();
  if (Status s = launch_fast(call, kernel, nullptr); !s.good()) return s;
  if (Status s = status_of(cudaDeviceSynchronize(), "running the fast kernel"); !s.good()) return s;
  if (wide)
    fetch<float>(gpu, host.o, call.o, outputs);
  else
    fetch<std::uint16_t>(gpu, host.o, call.o, outputs);
  gpu.get(host.lse, call.lse, plan.rows, "lse");
  return gpu.status();
}

}  // namespace

Status run_fast(const Job& job, FastKernel kernel, Result* result) {
  if (!result) return {Outcome::refused, "result is null; expected a place for it"};
  try {
    if (Status status = check_fast_job(job); !status.good()) return status;
    FastPlan plan(job);
    if (Status status = check_fast(plan.call, kernel); !status.good()) return status;
    Gpu gpu;
    if (Status status = find_gpu(&gpu); !status.good()) return status;
    plan.call.parts = fitting_parts(plan.call, kernel, gpu);
    if (plan.rows > 0) {
      if (Status status = run(job, kernel, plan); !status.good()) return status;
    }
    *result = plan.take();
    return {};
  } catch (const std::bad_alloc&) {
    return {Outcome::refused, "this job needs more memory than the machine has"};
  }
}

}  // namespace flashd::cuda
