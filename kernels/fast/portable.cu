// SPDX-License-Identifier: Apache-2.0
// The kernel for compute capability 8.0 and more: four warps of 16 rows each, K and V through
// cp.async into two stages, mma.sync.
#include "kernels/fast/launch.cuh"
#include "kernels/fast/rows.cuh"
#include "kernels/fast/swizzle.hpp"

namespace flashd::cuda {

namespace {

/// Rows first to first + ROWS to a swizzled tile; offset(row) is a row's first element, rows from
/// `end` on are zeros.
template <int D, int ROWS, int THREADS, class Offset>
__device__ void copy_rows(std::uint32_t to, const std::uint16_t* from, int first, int end,
                          const Offset& offset) {
  constexpr int kChunks = D / kChunkElements;
#pragma unroll
  for (int i = 0; i < ROWS * kChunks / THREADS; ++i) {
    const int item = i * THREADS + static_cast<int>(threadIdx.x);
    const int row = item / kChunks;
    const int column = item % kChunks * kChunkElements;
    const bool valid = first + row < end;
    const std::uint16_t* source = valid ? from + offset(first + row) + column : from;
    copy_async(to + tile_offset(ROWS, row, column), source, valid);
  }
}

/// s = Q K^T for the warp's 16 rows.
template <int D, InputFormat F>
__device__ void score(float (&s)[PortableTile<D>::kKeys / 2], std::uint32_t q, std::uint32_t k,
                      int warp, int lane) {
  using T = PortableTile<D>;
#pragma unroll
  for (float& x : s) x = 0.0f;
  const Place left = load_left_place(lane);
  const Place right = load_right_place(lane);
#pragma unroll
  for (int column = 0; column < D; column += 16) {
    std::uint32_t a[4];
    load_matrices(a,
                  q + tile_offset(T::kRows, warp * T::kWarpRows + left.row, column + left.column));
#pragma unroll
    for (int key = 0; key < T::kKeys; key += 16) {
      std::uint32_t b[4];
      load_matrices(b, k + tile_offset(T::kKeys, key + right.row, column + right.column));
      multiply<F>(s + key / 2, a, b[0], b[1]);
      multiply<F>(s + key / 2 + 4, a, b[2], b[3]);
    }
  }
}

/// a += P V and, for frames, the row sums by a column of ones.
template <int D, InputFormat F, FastArithmetic A>
__device__ void gather(float (&a)[D / 2], float (&sums)[4],
                       const float (&s)[PortableTile<D>::kKeys / 2], std::uint32_t v, int lane) {
  using T = PortableTile<D>;
  const Place place = load_right_transposed_place(lane);
#pragma unroll
  for (int step = 0; step < T::kKeys / 16; ++step) {
    std::uint32_t p[4];
#pragma unroll
    for (int i = 0; i < 4; ++i)
      p[i] = packed<F>(s[weight_accumulator(step, i)], s[weight_accumulator(step, i) + 1]);
    if constexpr (A == FastArithmetic::frames)
      multiply<F>(sums, p, packed_ones<F>(), packed_ones<F>());
#pragma unroll
    for (int column = 0; column < D; column += 16) {
      std::uint32_t b[4];
      load_transposed(b, v + tile_offset(T::kKeys, 16 * step + place.row, column + place.column));
      multiply<F>(a + column / 2, p, b[0], b[1]);
      multiply<F>(a + column / 2 + 4, p, b[2], b[3]);
    }
  }
}

template <int D, InputFormat F, FastArithmetic A>
__global__ void __launch_bounds__(PortableTile<D>::kThreads)
    portable_kernel(const __grid_constant__ FastArguments arguments) {
  using T = PortableTile<D>;
  extern __shared__ unsigned char shared[];
  const FastJob& job = arguments.job;
  const Work work = work_of(arguments.schedule, blockIdx.x, T::kKeys);
  if (work.first_row >= work.end_row) return;
  const Sequence sequence = sequence_of(arguments.schedule, work.sequence);
  const std::uint32_t base = (shared_address(shared) + T::kAlignment - 1) & ~(T::kAlignment - 1u);
  const std::uint32_t q = base;
  const std::uint32_t k = q + T::kQueryBytes;
  const std::uint32_t v = k + T::kStages * T::kTileBytes;
  const int warp = static_cast<int>(threadIdx.x) / 32;
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int warp_row = work.first_row + warp * T::kWarpRows;

  const auto offset_q = [&](int row) {
    return row_offset(job, job.q_strides, work.sequence, address_of(work, sequence, row));
  };
  const RowAddress first_key{work.kv_head, sequence.first_key};
  const std::uint16_t* k_rows = job.k + row_offset(job, job.k_strides, work.sequence, first_key);
  const std::uint16_t* v_rows = job.v + row_offset(job, job.v_strides, work.sequence, first_key);
  const auto load = [&](int tile) {
    if (tile < work.tiles) {
      const std::uint32_t stage = static_cast<std::uint32_t>(tile % T::kStages) * T::kTileBytes;
      const int first = work.first_key + tile * T::kKeys;
      copy_rows<D, T::kKeys, T::kThreads>(k + stage, k_rows, first, sequence.keys,
                                          [&](int key) { return key * job.k_strides.row; });
      copy_rows<D, T::kKeys, T::kThreads>(v + stage, v_rows, first, sequence.keys,
                                          [&](int key) { return key * job.v_strides.row; });
    }
    copy_commit();  // empty groups keep the count of groups the same at the end
  };

  RowPair<A> rows;
  float a[D / 2] = {};
  float sums[4] = {};
  if (work.tiles > 0)
    copy_rows<D, T::kRows, T::kThreads>(q, job.q, work.first_row, work.end_row, offset_q);
  load(0);
  const int seen_by_all = key_limit(sequence, job.causal, warp_row);
  for (int tile = 0; tile < work.tiles; ++tile) {
    load(tile + 1);
    copy_wait<1>();
    __syncthreads();
    const std::uint32_t stage = static_cast<std::uint32_t>(tile % T::kStages) * T::kTileBytes;
    float s[T::kKeys / 2];
    score<D, F>(s, q, k + stage, warp, lane);
    const int first = work.first_key + tile * T::kKeys;
    if (first + T::kKeys > seen_by_all)
      mask<T::kKeys>(s, sequence, job.causal, warp_row, first, lane);
    if (rows.template weigh<T::kKeys>(s, arguments.scale)) {
      rows.rescale(a);
      rows.rescale(sums);
    }
    gather<D, F, A>(a, sums, s, v + stage, lane);
    __syncthreads();  // before the next load overwrites this stage
  }
  Finish ends[2];
  rows.finish(sums, ends);
  // Told anew, so that the loop need not hold it in registers.
  const Work done = work_of(arguments.schedule, unknown(blockIdx.x), T::kKeys);
  const Sequence same = sequence_of(arguments.schedule, done.sequence);
  const int first = done.first_row + warp * T::kWarpRows;
  store_columns(arguments, done, same, first, lane, a, ends);
  store_lse(arguments, done, same, first, lane, ends);
}

template <int D, InputFormat F, FastArithmetic A>
Status launch(const FastArguments& arguments, cudaStream_t stream) {
  using T = PortableTile<D>;
  const auto kernel = &portable_kernel<D, F, A>;
  if (Status s = status_of(
          cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, T::kBytes),
          "asking for shared memory");
      !s.good())
    return s;
  return start("starting the portable kernel", kernel, blocks_of(arguments.schedule), T::kThreads,
               T::kBytes, stream, arguments);
}

template <int D, InputFormat F>
Status launch(const FastArguments& arguments, FastArithmetic arithmetic, cudaStream_t stream) {
  return arithmetic == FastArithmetic::frames
             ? launch<D, F, FastArithmetic::frames>(arguments, stream)
             : launch<D, F, FastArithmetic::division>(arguments, stream);
}

template <int D>
Status launch(const FastArguments& arguments, FastArithmetic arithmetic, cudaStream_t stream) {
  return arguments.job.input == InputFormat::bf16
             ? launch<D, InputFormat::bf16>(arguments, arithmetic, stream)
             : launch<D, InputFormat::fp16>(arguments, arithmetic, stream);
}

}  // namespace

Status launch_portable(const FastJob& job, FastArithmetic arithmetic, cudaStream_t stream) {
  const FastArguments arguments = arguments_of(job, PortableTile<64>::kRows);
  if (job.d == 64) return launch<64>(arguments, arithmetic, stream);
  if (job.d == 128) return launch<128>(arguments, arithmetic, stream);
  return launch<256>(arguments, arithmetic, stream);
}

}  // namespace flashd::cuda
