// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <new>

#include "kernels/exact/body.hpp"
#include "kernels/exact/gpu_memory.cuh"
#include "kernels/exact/plan.hpp"

namespace flashd::cuda {

namespace {

/// Blocks take groups of rows in turn: a grid may be smaller than the work.
template <class P, class Format>
__global__ void __launch_bounds__(kMaxThreads)
    exact_kernel(const __grid_constant__ ExactArguments a, int rows, std::int64_t blocks) {
  extern __shared__ unsigned long long shared[];
  const DeviceThreads threads;
  ExactBlock<P, Format, DeviceThreads> block(a, threads, rows,
                                             reinterpret_cast<unsigned char*>(shared));
  for (std::int64_t b = blockIdx.x; b < blocks; b += gridDim.x) block.run(b);
}

using Kernel = void (*)(ExactArguments, int, std::int64_t);

Kernel select(Profile profile, InputFormat input) {
  if (profile == Profile::fine)
    return input == InputFormat::bf16 ? &exact_kernel<spec::Fine, spec::Bf16>
                                      : &exact_kernel<spec::Fine, spec::Fp16>;
  return input == InputFormat::bf16 ? &exact_kernel<spec::Lean, spec::Bf16>
                                    : &exact_kernel<spec::Lean, spec::Fp16>;
}

/// Bytes that run() takes on the GPU; sizes were checked.
std::uint64_t bytes_needed(const Job& job, const ExactPlan& plan) {
  const ExactArguments& a = plan.arguments;
  const auto rows = static_cast<std::uint64_t>(plan.rows);
  const auto dv = static_cast<std::uint64_t>(a.dv);
  std::uint64_t bytes = 2 * (job.q.size() + job.k.size() + job.v.size());
  bytes += static_cast<std::uint64_t>(a.queries) * sizeof(KeyRange);
  bytes += static_cast<std::uint64_t>(plan.bias_elements) * (a.bias16 ? 2 : 4);
  bytes += static_cast<std::uint64_t>(plan.table_entries) * 4;
  bytes += rows * (8 * dv + sizeof(RowHead) + 4) + sizeof(Counts);
  if (a.head_in) bytes += rows * (4 * dv + sizeof(RowHead));
  return bytes;
}

Status run(const Job& job, const LaunchShape& shape, ExactPlan& plan) {
  const ExactArguments& host = plan.arguments;
  if (Status s = check_memory(bytes_needed(job, plan)); !s.good()) return s;
  const std::int64_t outputs = plan.rows * host.dv;
  GpuMemory gpu;
  ExactArguments a = host;
  a.q = gpu.put(host.q, static_cast<std::int64_t>(job.q.size()), "q");
  a.k = gpu.put(host.k, static_cast<std::int64_t>(job.k.size()), "k");
  a.v = gpu.put(host.v, static_cast<std::int64_t>(job.v.size()), "v");
  a.ranges = gpu.put(host.ranges, host.queries, "ranges");
  a.page_table = gpu.put(host.page_table, plan.table_entries, "page_table");
  a.bias = gpu.put(host.bias, plan.bias_elements, "bias");
  a.bias16 = gpu.put(host.bias16, plan.bias_elements, "bias16");
  a.slopes = gpu.put(host.slopes, host.heads_q, "slopes");
  a.head_in = gpu.put(host.head_in, plan.rows, "head_in");
  a.o_in = gpu.put(host.o_in, outputs, "o_in");
  a.head = gpu.room<RowHead>(plan.rows, "head");
  a.o_state = gpu.room<std::int32_t>(outputs, "o_state");
  a.o = gpu.room<std::uint32_t>(outputs, "o");
  a.lse = gpu.room<std::uint32_t>(plan.rows, "lse");
  a.counts = gpu.room<Counts>(1, "counts");
  if (!gpu.status().good()) return gpu.status();
  if (Status s = launch_exact(a, shape, nullptr); !s.good()) return s;
  if (Status s = status_of(cudaDeviceSynchronize(), "running the exact kernel"); !s.good())
    return s;
  gpu.get(host.head, a.head, plan.rows, "head");
  gpu.get(host.o_state, a.o_state, outputs, "o_state");
  gpu.get(host.o, a.o, outputs, "o");
  gpu.get(host.lse, a.lse, plan.rows, "lse");
  gpu.get(host.counts, a.counts, 1, "counts");
  return gpu.status();
}

}  // namespace

Status launch_exact(const ExactArguments& a, const LaunchShape& shape, void* stream) {
  try {
    if (Status status = check_exact(a, shape); !status.good()) return status;
    const std::int64_t blocks = a.heads_kv * blocks_of_head(a, shape.rows);
    if (blocks == 0) return {};
    const Kernel kernel = select(a.profile, a.input);
    const std::size_t bytes = shared_layout(a.d, a.dv, a.tile, shape.rows).bytes;
    if (Status s =
            status_of(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                           static_cast<int>(bytes)),
                      "asking for shared memory");
        !s.good())
      return s;
    return start("starting the exact kernel", kernel,
                 std::min<std::int64_t>(blocks, std::int64_t{0x7FFFFFFF}), shape.threads, bytes,
                 static_cast<cudaStream_t>(stream), a, shape.rows, blocks);
  } catch (const std::bad_alloc&) {
    return {Outcome::refused, "no memory is left"};
  }
}

Status run_exact(const Job& job, const golden::Settings& settings, const LaunchShape& shape,
                 Result* result) {
  if (!result) return {Outcome::refused, "result is null; expected a place for it"};
  try {
    if (Status status = check_exact_job(job, settings, shape); !status.good()) return status;
    Gpu gpu;
    if (Status status = find_gpu(&gpu); !status.good()) return status;
    ExactPlan plan(job, settings);
    if (plan.rows > 0) {
      if (Status status = run(job, shape, plan); !status.good()) return status;
    }
    *result = plan.take();
  } catch (const std::bad_alloc&) {
    return {Outcome::refused, "this job needs more memory than the machine has"};
  }
  return {};
}

namespace {

/// What a kernel of before has left behind, which every later call tells again.
bool is_fault(cudaError_t error) {
  for (const cudaError_t fault :
       {cudaErrorIllegalAddress, cudaErrorMisalignedAddress, cudaErrorInvalidAddressSpace,
        cudaErrorIllegalInstruction, cudaErrorInvalidPc, cudaErrorHardwareStackError,
        cudaErrorLaunchFailure, cudaErrorLaunchTimeout, cudaErrorAssert, cudaErrorECCUncorrectable})
    if (error == fault) return true;
  return false;
}

}  // namespace

Status find_gpu(Gpu* gpu) {
  if (!gpu) return {Outcome::refused, "gpu is null; expected a place for it"};
  const auto absent = [](const std::string& reason) {
    return Status{Outcome::unavailable, "no GPU can be used: " + reason};
  };
  const auto failed = [&absent](cudaError_t error) {
    return is_fault(error) ? status_of(error, "describing itself")
                           : absent(cudaGetErrorString(error));
  };
  try {
    if (Status s = status_of(cudaDriverGetVersion(&gpu->driver), "telling its driver"); !s.good())
      return s;
    if (gpu->driver == 0) return absent("no NVIDIA driver is installed");
    int count = 0;
    if (const cudaError_t error = cudaGetDeviceCount(&count); error != cudaSuccess)
      return failed(error);
    if (count == 0) return absent("the system has none");
    int device = 0;  // the caller's, on which kernels are started
    if (const cudaError_t error = cudaGetDevice(&device); error != cudaSuccess)
      return failed(error);
    cudaDeviceProp properties{};
    if (const cudaError_t error = cudaGetDeviceProperties(&properties, device);
        error != cudaSuccess)
      return failed(error);
    gpu->name = properties.name;
    gpu->major = properties.major;
    gpu->minor = properties.minor;
    gpu->memory = properties.totalGlobalMem;
    gpu->multiprocessors = properties.multiProcessorCount;
    if (Status s = status_of(cudaRuntimeGetVersion(&gpu->runtime), "telling its run time");
        !s.good())
      return s;
    if (gpu->major < 8)
      return absent(gpu->name + " has compute capability " + std::to_string(gpu->major) + "." +
                    std::to_string(gpu->minor) + "; the kernels need 8.0 or more");
    return {};
  } catch (const std::bad_alloc&) {
    return {Outcome::refused, "no memory is left"};
  }
}

}  // namespace flashd::cuda
