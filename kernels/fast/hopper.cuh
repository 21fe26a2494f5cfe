// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda.h>

#include <cstdint>

#include "kernels/fast/ptx.cuh"

/// PTX instructions of compute capability 9.0 other than WGMMA: barriers in shared memory, TMA,
/// registers of a warpgroup.
namespace flashd::cuda {

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

/// A barrier of 64 bits that `arrivals` threads complete once per phase.
__device__ inline void barrier_init(std::uint32_t barrier, int arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals) : "memory");
}

/// Makes initialised barriers, and what threads wrote to shared memory, visible to TMA and WGMMA.
__device__ inline void fence_async() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

/// Arrives, and lets the phase wait for so many bytes of TMA.
__device__ inline void barrier_expect(std::uint32_t barrier, int bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes)
               : "memory");
}

/// Arrives where `really`; without a branch, which products under way would not outlive.
__device__ inline void barrier_arrive_if(std::uint32_t barrier, bool really) {
  asm volatile(
      "{\n.reg .pred p;\nsetp.ne.b32 p, %1, 0;\n"
      "@p mbarrier.arrive.shared::cta.b64 _, [%0];\n}" ::"r"(barrier),
      "r"(static_cast<int>(really))
      : "memory");
}

/// Waits for the end of the phase of this parity. The loop is PTX for the same reason.
__device__ inline void barrier_wait(std::uint32_t barrier, std::uint32_t parity) {
  asm volatile(
      "{\n.reg .pred p;\n"
      "again:\n"
      "mbarrier.try_wait.parity.shared::cta.b64 p, [%0], %1;\n"
      "@p bra done;\n"
      "bra again;\n"
      "done:\n}" ::"r"(barrier),
      "r"(parity)
      : "memory");
}

/// A box of 64 columns: from column, row, group of heads, entry of a tensor to shared memory, all
/// heads of the group.
__device__ inline void load_box(std::uint32_t to, const CUtensorMap* map, std::uint32_t barrier,
                                int column, int row, int heads, int entry) {
  asm volatile(
      "cp.async.bulk.tensor.5d.shared::cluster.global.tile.mbarrier::complete_tx::bytes "
      "[%0], [%1, {%3, %4, %5, %6, %7}], [%2];" ::"r"(to),
      "l"(reinterpret_cast<std::uint64_t>(map)), "r"(barrier), "r"(column), "r"(0), "r"(row),
      "r"(heads), "r"(entry)
      : "memory");
}

template <int COUNT>
__device__ inline void fewer_registers() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(COUNT));
}

template <int COUNT>
__device__ inline void more_registers() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(COUNT));
}

/// Named barrier of two warpgroups: waits for the other's hand_over().
__device__ inline void take_turn(int barrier) {
  asm volatile("bar.sync %0, 256;" ::"r"(barrier) : "memory");
}

__device__ inline void hand_over(int barrier) {
  asm volatile("bar.arrive %0, 256;" ::"r"(barrier) : "memory");
}

#endif

}  // namespace flashd::cuda
