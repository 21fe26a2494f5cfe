// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/fast/fast.hpp"
#include "kernels/fast/fragments.hpp"
#include "kernels/fast/frame.hpp"
#include "kernels/fast/plan.hpp"
#include "kernels/fast/ptx.cuh"

/// What a thread does with the two rows of which it holds scores and outputs: rows lane / 4 and
/// lane / 4 + 8 of 16. The four threads of a row are neighbours.
namespace flashd::cuda {

/// What a kernel gets; o and lse of all rows, addressed as the job says, once for every part.
struct FastArguments {
  FastJob job;  ///< call_of_parts()
  Schedule schedule;
  float scale = 0.0f;          ///< log2(e) times the job's
  std::int64_t part_rows = 0;  ///< rows of a part; 0 with one
};

inline FastArguments arguments_of(const FastJob& job, int tile_rows) {
  return {call_of_parts(job), schedule_of(job, tile_rows), job.scale * kLog2e,
          job.parts == 1 ? 0 : rows_of(job)};
}

/// A thread's two rows of one sequence, between tiles.
template <FastArithmetic A>
struct RowPair {
  float r[2] = {kMinusInfinity, kMinusInfinity};
  float factor[2] = {1.0f, 1.0f};  ///< for the accumulators, of the last tile
  float sum[2] = {0.0f, 0.0f};     ///< division only: of this thread's columns

  /// Scores of a tile of N keys to weights, in place; moves the frames. Returns whether some row of
  /// the warp needs its accumulators multiplied.
  template <int N>
  __device__ bool weigh(float (&s)[N / 2], float scale) {
    float maximum[2] = {kMinusInfinity, kMinusInfinity};
#pragma unroll
    for (int c = 0; c < N / 2; ++c) maximum[c / 2 % 2] = larger_or_nan(maximum[c / 2 % 2], s[c]);
    float offset[2];
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      maximum[i] = larger_or_nan(maximum[i], __shfl_xor_sync(0xFFFFFFFFu, maximum[i], 1));
      maximum[i] = larger_or_nan(maximum[i], __shfl_xor_sync(0xFFFFFFFFu, maximum[i], 2));
      const Frame frame = A == FastArithmetic::frames ? lazy_frame(r[i], maximum[i] * scale)
                                                      : eager_frame(r[i], maximum[i] * scale);
      r[i] = frame.r;
      factor[i] = frame.factor;
      offset[i] = -origin(frame.r);
      if constexpr (A == FastArithmetic::division) sum[i] *= frame.factor;
    }
#pragma unroll
    for (int c = 0; c < N / 2; ++c) {
      const int i = c / 2 % 2;
      const float x = fused(s[c], scale, offset[i]);
      const bool polynomial = A == FastArithmetic::frames && by_polynomial(8 * (c / 4));
      s[c] = polynomial ? polynomial_power_of_two(x) : power_of_two(x);
      if constexpr (A == FastArithmetic::division) sum[i] += s[c];
    }
    return __any_sync(0xFFFFFFFFu, factor[0] != 1.0f || factor[1] != 1.0f);
  }

  /// Multiplies COUNT accumulators by the last tile's factors.
  template <int COUNT>
  __device__ void rescale(float (&a)[COUNT]) const {
#pragma unroll
    for (int c = 0; c < COUNT; ++c) a[c] *= factor[c / 2 % 2];
  }

  /// Ends both rows; `tensor_sum`: accumulators of the column of ones, rows in places 0 and 2.
  __device__ void finish(const float (&tensor_sum)[4], Finish (&ends)[2]) const {
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      if constexpr (A == FastArithmetic::frames) {
        ends[i] = finish_by_power(r[i], tensor_sum[2 * i]);
      } else {
        float all = sum[i];
        all += __shfl_xor_sync(0xFFFFFFFFu, all, 1);
        all += __shfl_xor_sync(0xFFFFFFFFu, all, 2);
        ends[i] = finish_by_division(r[i], all);
      }
    }
  }
};

/// -inf where a row of the warp does not see a key; first_row is the warp's.
template <int N>
__device__ inline void mask(float (&s)[N / 2], const Sequence& sequence, bool causal, int first_row,
                            int first_key, int lane) {
  const int upper = first_row + lane / 4;
  const int limit[2] = {key_limit(sequence, causal, upper) - first_key,
                        key_limit(sequence, causal, upper + 8) - first_key};
#pragma unroll
  for (int c = 0; c < N / 2; ++c) {
    const int column = 8 * (c / 4) + 2 * (lane % 4) + c % 2;
    if (column >= limit[c / 2 % 2]) s[c] = kMinusInfinity;
  }
}

/// Writes elements `at` and `at` + 1 of O.
__device__ inline void store_pair(const FastJob& job, std::int64_t at, float x, float y) {
  if (job.output == OutputFormat::fp32) {
    *reinterpret_cast<float2*>(static_cast<float*>(job.o) + at) = make_float2(x, y);
  } else {
    const std::uint32_t bits = job.output == OutputFormat::bf16 ? packed<InputFormat::bf16>(x, y)
                                                                : packed<InputFormat::fp16>(x, y);
    *reinterpret_cast<std::uint32_t*>(static_cast<std::uint16_t*>(job.o) + at) = bits;
  }
}

/// Writes the COUNT / 2 columns of the warp's 16 rows.
template <int COUNT>
__device__ inline void store_columns(const FastArguments& arguments, const Work& work,
                                     const Sequence& sequence, int first_row, int lane,
                                     const float (&a)[COUNT], const Finish (&ends)[2]) {
  const FastJob& job = arguments.job;
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    const int row = first_row + lane / 4 + 8 * i;
    if (row >= work.end_row) continue;
    const RowAddress address = address_of(work, sequence, row);
    const std::int64_t at = work.part * arguments.part_rows * job.d +
                            row_offset(job, job.o_strides, work.sequence, address) + 2 * (lane % 4);
    // Without keys the accumulators are not results: V's masked rows may be anything.
    const bool empty = ends[i].factor == 0.0f;
#pragma unroll
    for (int block = 0; block < COUNT / 4; ++block) {
      const float x = empty ? 0.0f : a[4 * block + 2 * i] * ends[i].factor;
      const float y = empty ? 0.0f : a[4 * block + 2 * i + 1] * ends[i].factor;
      store_pair(job, at + 8 * block, x, y);
    }
  }
}

/// Writes the log-sum-exp of the warp's 16 rows.
__device__ inline void store_lse(const FastArguments& arguments, const Work& work,
                                 const Sequence& sequence, int first_row, int lane,
                                 const Finish (&ends)[2]) {
  if (arguments.job.lse == nullptr || lane % 4 != 0) return;
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    const int row = first_row + lane / 4 + 8 * i;
    if (row < work.end_row)
      arguments.job.lse[work.part * arguments.part_rows +
                        lse_offset(arguments.job, work.sequence, address_of(work, sequence, row))] =
          ends[i].lse;
  }
}

}  // namespace flashd::cuda
