// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/golden/job.hpp"

/// WGMMA of 64 rows and 16 summed elements, FP32 accumulators (PTX ISA, "wgmma.mma_async").
namespace flashd::cuda {

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

/// Before the first product of a sequence that reads registers written by other instructions.
__device__ inline void wgmma_fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }

__device__ inline void wgmma_commit() {
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}

/// Waits until at most N groups of products are under way.
template <int N>
__device__ inline void wgmma_wait() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(N) : "memory");
}

/// Keeps the compiler from moving uses of registers across a wait that names none of them.
template <int COUNT>
__device__ inline void hold(float (&r)[COUNT]) {
#pragma unroll
  for (int i = 0; i < COUNT; ++i) asm volatile("" : "+f"(r[i])::"memory");
}

template <int COUNT>
__device__ inline void hold(std::uint32_t (&r)[COUNT]) {
#pragma unroll
  for (int i = 0; i < COUNT; ++i) asm volatile("" : "+r"(r[i])::"memory");
}

// Operands of an instruction can only be written out: their numbers and the accumulators d.
#define FLASHD_NUMBERS_4 "%0, %1, %2, %3"
#define FLASHD_ACCUMULATORS_4(d) "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
#define FLASHD_NUMBERS_32                                                                      \
  "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, " \
  "%20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
#define FLASHD_ACCUMULATORS_32(d)                                                                 \
  "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]), \
      "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]),    \
      "+f"(d[15]), "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]), "+f"(d[21]),  \
      "+f"(d[22]), "+f"(d[23]), "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]),  \
      "+f"(d[29]), "+f"(d[30]), "+f"(d[31])
#define FLASHD_NUMBERS_64                                                                      \
  "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, " \
  "%20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, " \
  "%38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, " \
  "%56, %57, %58, %59, %60, %61, %62, %63"
#define FLASHD_ACCUMULATORS_64(d)                                                                 \
  "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]), \
      "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]),    \
      "+f"(d[15]), "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]), "+f"(d[21]),  \
      "+f"(d[22]), "+f"(d[23]), "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]),  \
      "+f"(d[29]), "+f"(d[30]), "+f"(d[31]), "+f"(d[32]), "+f"(d[33]), "+f"(d[34]), "+f"(d[35]),  \
      "+f"(d[36]), "+f"(d[37]), "+f"(d[38]), "+f"(d[39]), "+f"(d[40]), "+f"(d[41]), "+f"(d[42]),  \
      "+f"(d[43]), "+f"(d[44]), "+f"(d[45]), "+f"(d[46]), "+f"(d[47]), "+f"(d[48]), "+f"(d[49]),  \
      "+f"(d[50]), "+f"(d[51]), "+f"(d[52]), "+f"(d[53]), "+f"(d[54]), "+f"(d[55]), "+f"(d[56]),  \
      "+f"(d[57]), "+f"(d[58]), "+f"(d[59]), "+f"(d[60]), "+f"(d[61]), "+f"(d[62]), "+f"(d[63])

// Both operands by rows in shared memory; A, B, ADD: numbers of the operands behind accumulators.
#define FLASHD_WGMMA_ROWS(KEYS, TYPES, COUNT, A, B, ADD)                          \
  asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, %" ADD                           \
               ", 0;\n"                                                           \
               "wgmma.mma_async.sync.aligned.m64n" KEYS "k16.f32." TYPES          \
               " {" FLASHD_NUMBERS_##COUNT "}, %" A ", %" B ", p, 1, 1, 0, 0;\n}" \
               : FLASHD_ACCUMULATORS_##COUNT(d)                                   \
               : "l"(a), "l"(b), "r"(static_cast<int>(add)))

// Weights from registers, values by columns in shared memory; W: the weights' numbers, B: b's.
#define FLASHD_WGMMA_WEIGHTS(COLUMNS, TYPES, COUNT, W, B)                    \
  asm volatile("wgmma.mma_async.sync.aligned.m64n" COLUMNS "k16.f32." TYPES  \
               " {" FLASHD_NUMBERS_##COUNT "}, {" W "}, %" B ", 1, 1, 1, 1;" \
               : FLASHD_ACCUMULATORS_##COUNT(d)                              \
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b))

/// d += a b, 8 columns: weights from registers, values by columns in shared memory.
template <InputFormat F>
__device__ inline void wgmma_weights_8(float* d, const std::uint32_t (&a)[4], std::uint64_t b) {
  if constexpr (F == InputFormat::bf16) {
    FLASHD_WGMMA_WEIGHTS("8", "bf16.bf16", 4, "%4, %5, %6, %7", "8");
  } else {
    FLASHD_WGMMA_WEIGHTS("8", "f16.f16", 4, "%4, %5, %6, %7", "8");
  }
}

/// d = a b, or d += a b with `add`: 64 keys, both operands by rows in shared memory.
template <InputFormat F>
__device__ inline void wgmma_rows_64(float* d, std::uint64_t a, std::uint64_t b, bool add) {
  if constexpr (F == InputFormat::bf16) {
    FLASHD_WGMMA_ROWS("64", "bf16.bf16", 32, "32", "33", "34");
  } else {
    FLASHD_WGMMA_ROWS("64", "f16.f16", 32, "32", "33", "34");
  }
}

/// d += a b, 64 columns: weights from registers, values by columns in shared memory.
template <InputFormat F>
__device__ inline void wgmma_weights_64(float* d, const std::uint32_t (&a)[4], std::uint64_t b) {
  if constexpr (F == InputFormat::bf16) {
    FLASHD_WGMMA_WEIGHTS("64", "bf16.bf16", 32, "%32, %33, %34, %35", "36");
  } else {
    FLASHD_WGMMA_WEIGHTS("64", "f16.f16", 32, "%32, %33, %34, %35", "36");
  }
}

/// d = a b, or d += a b with `add`: 128 keys, both operands by rows in shared memory.
template <InputFormat F>
__device__ inline void wgmma_rows_128(float* d, std::uint64_t a, std::uint64_t b, bool add) {
  if constexpr (F == InputFormat::bf16) {
    FLASHD_WGMMA_ROWS("128", "bf16.bf16", 64, "64", "65", "66");
  } else {
    FLASHD_WGMMA_ROWS("128", "f16.f16", 64, "64", "65", "66");
  }
}

/// d += a b, 128 columns: weights from registers, values by columns in shared memory.
template <InputFormat F>
__device__ inline void wgmma_weights_128(float* d, const std::uint32_t (&a)[4], std::uint64_t b) {
  if constexpr (F == InputFormat::bf16) {
    FLASHD_WGMMA_WEIGHTS("128", "bf16.bf16", 64, "%64, %65, %66, %67", "68");
  } else {
    FLASHD_WGMMA_WEIGHTS("128", "f16.f16", 64, "%64, %65, %66, %67", "68");
  }
}

#undef FLASHD_NUMBERS_4
#undef FLASHD_ACCUMULATORS_4
#undef FLASHD_NUMBERS_32
#undef FLASHD_ACCUMULATORS_32
#undef FLASHD_NUMBERS_64
#undef FLASHD_ACCUMULATORS_64
#undef FLASHD_WGMMA_ROWS
#undef FLASHD_WGMMA_WEIGHTS

#endif

}  // namespace flashd::cuda
