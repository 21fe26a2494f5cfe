// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/golden/job.hpp"

/// The kernel's body: device code under nvcc, plain C++ elsewhere.
#if defined(__CUDACC__)
#define FLASHD_BODY __device__ inline
#else
#define FLASHD_BODY inline
#endif

namespace flashd::cuda {

#if defined(__CUDACC__)

/// The threads of the running block. each() hands out items and waits for all threads.
class DeviceThreads {
 public:
  template <class Body>
  __device__ void each(int items, const Body& body) const {
    for (int i = static_cast<int>(threadIdx.x); i < items; i += static_cast<int>(blockDim.x))
      body(i);
    __syncthreads();
  }

  // Of any order of the threads, the same result; several threads may do them at once.
  __device__ static void add(std::uint32_t* to, std::uint32_t x) { atomicAdd(to, x); }
  __device__ static void set(std::uint32_t* to, std::uint32_t bits) { atomicOr(to, bits); }
  __device__ static void raise(std::int32_t* to, std::int32_t x) { atomicMax(to, x); }
  /// Across blocks.
  __device__ static void add(std::uint64_t* to, std::uint64_t x) {
    static_assert(sizeof(unsigned long long) == sizeof(std::uint64_t), "atomicAdd takes 64 bits");
    if (x != 0) atomicAdd(reinterpret_cast<unsigned long long*>(to), x);
  }
};

#else

/// The same items in the same threads, one thread after another: from the first to the last, or
/// from the last to the first, which changes results of a phase whose threads are not independent.
class HostThreads {
 public:
  HostThreads(int threads, bool reversed) : threads_(threads), reversed_(reversed) {}

  template <class Body>
  void each(int items, const Body& body) const {
    for (int turn = 0; turn < threads_; ++turn) {
      const int thread = reversed_ ? threads_ - 1 - turn : turn;
      for (int i = thread; i < items; i += threads_) body(i);
    }
  }

  static void add(std::uint32_t* to, std::uint32_t x) { *to += x; }
  static void set(std::uint32_t* to, std::uint32_t bits) { *to |= bits; }
  static void raise(std::int32_t* to, std::int32_t x) {
    if (x > *to) *to = x;
  }
  static void add(std::uint64_t* to, std::uint64_t x) { *to += x; }

 private:
  int threads_;
  bool reversed_;
};

#endif

}  // namespace flashd::cuda
