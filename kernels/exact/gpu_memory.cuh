// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime.h>

#include <memory>
#include <string>
#include <vector>

#include "kernels/exact/exact.hpp"

namespace flashd::cuda {

/// Good, or what CUDA says while doing `what`.
inline Status status_of(cudaError_t error, const std::string& what) {
  if (error == cudaSuccess) return {};
  return {Outcome::fault, "the GPU failed while " + what + ": " + cudaGetErrorString(error) + " (" +
                              cudaGetErrorName(error) + ")"};
}

/// Starts a kernel. The status is of this start alone: what cudaGetLastError() would tell may be an
/// earlier call's failure, which was told already or is the caller's.
template <class... Parameters, class... Arguments>
Status start(const char* what, void (*kernel)(Parameters...), std::int64_t blocks, int threads,
             std::size_t shared_bytes, cudaStream_t stream, const Arguments&... arguments) {
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned>(blocks));
  config.blockDim = dim3(static_cast<unsigned>(threads));
  config.dynamicSmemBytes = shared_bytes;
  config.stream = stream;
  return status_of(cudaLaunchKernelEx(&config, kernel, arguments...), what);
}

/// Refuses a job that the GPU's free memory does not hold.
inline Status check_memory(std::uint64_t needed) {
  std::size_t free = 0, total = 0;
  if (Status s = status_of(cudaMemGetInfo(&free, &total), "asking for its free memory"); !s.good())
    return s;
  if (needed <= free) return {};
  return {Outcome::refused, "the job needs " + std::to_string(needed) + " bytes of GPU memory; " +
                                std::to_string(free) + " are free"};
}

/// Arrays of one job in GPU memory; all are freed with it. After the first failure nothing more is
/// done, and status() tells that one.
class GpuMemory {
 public:
  GpuMemory() = default;
  GpuMemory(const GpuMemory&) = delete;
  GpuMemory& operator=(const GpuMemory&) = delete;

  /// Room for so many elements, zeroed; null for none.
  template <class T>
  T* room(std::int64_t elements, const char* name) {
    T* to = allocate<T>(elements, name);
    if (to)
      done(cudaMemset(to, 0, static_cast<std::size_t>(elements) * sizeof(T)), "clearing ", name);
    return to;
  }

  /// Copies elements there; null stays null.
  template <class T>
  T* put(const T* from, std::int64_t elements, const char* name) {
    if (from == nullptr) return nullptr;
    T* to = allocate<T>(elements, name);
    if (to)
      done(cudaMemcpy(to, from, static_cast<std::size_t>(elements) * sizeof(T),
                      cudaMemcpyHostToDevice),
           "copying to ", name);
    return to;
  }

  template <class T>
  void get(T* to, const T* from, std::int64_t elements, const char* name) {
    if (!status_.good() || elements == 0) return;
    done(cudaMemcpy(to, from, static_cast<std::size_t>(elements) * sizeof(T),
                    cudaMemcpyDeviceToHost),
         "copying from ", name);
  }

  const Status& status() const { return status_; }

 private:
  struct Free {
    // What a failed free reports is the failure of an earlier call, which is told already.
    void operator()(void* data) const { static_cast<void>(cudaFree(data)); }
  };

  template <class T>
  T* allocate(std::int64_t elements, const char* name) {
    if (!status_.good() || elements == 0) return nullptr;
    void* data = nullptr;
    if (!done(cudaMalloc(&data, static_cast<std::size_t>(elements) * sizeof(T)), "allocating ",
              name))
      return nullptr;
    arrays_.emplace_back(data);
    return static_cast<T*>(data);
  }

  bool done(cudaError_t error, const char* what, const char* name) {
    if (status_.good()) status_ = status_of(error, std::string(what) + name);
    return status_.good();
  }

  std::vector<std::unique_ptr<void, Free>> arrays_;
  Status status_;
};

}  // namespace flashd::cuda
