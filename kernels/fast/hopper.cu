// SPDX-License-Identifier: Apache-2.0
// The kernel for compute capability 9.0: a warp loads by TMA, two warpgroups of 64 rows each take
// turns at the tensor cores (WGMMA), one computing weights while the other multiplies.
#include "kernels/fast/hopper.cuh"
#include "kernels/fast/rows.cuh"
#include "kernels/fast/swizzle.hpp"
#include "kernels/fast/tensor_map.cuh"
#include "kernels/fast/wgmma.cuh"

namespace flashd::cuda {

namespace {

struct HopperArguments {
  CUtensorMap q, k, v;
  FastArguments fast;
};

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

constexpr int kConsumerWarps = 8;
constexpr int kProducerRegisters = 24;
constexpr int kConsumerRegisters = 240;

/// Addresses in a block's shared memory.
template <int D>
struct SharedPlaces {
  using T = HopperTile<D>;
  __device__ explicit SharedPlaces(std::uint32_t start)
      : q((start + T::kAlignment - 1) & ~(T::kAlignment - 1u)) {}
  __device__ std::uint32_t k(int stage) const {
    return q + T::kQueryBytes + static_cast<std::uint32_t>(stage) * T::kTileBytes;
  }
  __device__ std::uint32_t v(int stage) const { return k(T::kStages + stage); }
  __device__ std::uint32_t ones() const { return k(2 * T::kStages); }
  __device__ std::uint32_t full_q() const { return ones() + T::kOnesBytes; }
  __device__ std::uint32_t full_k(int stage) const { return barrier(1, stage); }
  __device__ std::uint32_t full_v(int stage) const { return barrier(2, stage); }
  __device__ std::uint32_t empty_k(int stage) const { return barrier(3, stage); }
  __device__ std::uint32_t empty_v(int stage) const { return barrier(4, stage); }
  __device__ std::uint32_t barrier(int kind, int stage) const {
    return full_q() + static_cast<std::uint32_t>(8 * (kind * T::kStages + stage));
  }
  static_assert(8 * 5 * T::kStages <= T::kBarrierBytes, "five kinds of barriers");

  std::uint32_t q;
};

/// Fills `rows` rows of a tile of ROWS.
template <int D, int ROWS>
__device__ void load_tile(std::uint32_t to, const CUtensorMap* map, std::uint32_t barrier, int rows,
                          int row, int heads, int entry) {
  barrier_expect(barrier, rows * D * 2);
#pragma unroll
  for (int panel = 0; panel < D / kPanelColumns; ++panel)
    load_box(to + static_cast<std::uint32_t>(panel * ROWS) * kPanelRowBytes, map, barrier,
             panel * kPanelColumns, row, heads, entry);
}

/// One thread: fills the stages as they are released.
template <int D>
__device__ void produce(const HopperArguments& arguments, const SharedPlaces<D>& at,
                        const Work& work, const Sequence& sequence) {
  using T = HopperTile<D>;
  const Schedule& schedule = arguments.fast.schedule;
  const int entry = schedule.cu_queries ? 0 : work.sequence;
  load_tile<D, T::kRows>(at.q, &arguments.q, at.full_q(), schedule.block_rows,
                         sequence.first_query + work.first_row / schedule.group,
                         work.head / schedule.group, entry);
  for (int tile = 0; tile < work.tiles; ++tile) {
    const int stage = tile % T::kStages;
    const auto before = static_cast<std::uint32_t>(tile / T::kStages + 1) & 1u;
    const int row = sequence.first_key + work.first_key + tile * T::kKeys;
    if (tile >= T::kStages) barrier_wait(at.empty_k(stage), before);
    load_tile<D, T::kKeys>(at.k(stage), &arguments.k, at.full_k(stage), T::kKeys, row, work.kv_head,
                           entry);
    if (tile >= T::kStages) barrier_wait(at.empty_v(stage), before);
    load_tile<D, T::kKeys>(at.v(stage), &arguments.v, at.full_v(stage), T::kKeys, row, work.kv_head,
                           entry);
  }
}

/// A warpgroup's part: scores and outputs of its 64 rows.
template <int D, InputFormat F, FastArithmetic A>
class Consumer {
 public:
  using T = HopperTile<D>;
  static constexpr int kSteps = T::kKeys / 16;
  static_assert(T::kStages >= 2,
                "a tile's values are waited for before the last one's are released");

  __device__ Consumer(const HopperArguments& arguments, const SharedPlaces<D>& at, int group)
      : arguments_(arguments.fast), at_(at), group_(group) {}

  __device__ void run(const Work& work, const Sequence& sequence) {
    const int tiles = work.tiles;
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const int group_row = work.first_row + group_ * T::kGroupRows;
    const int warp_row = group_row + 16 * (static_cast<int>(threadIdx.x) / 32 % 4);
    const int seen_by_all = key_limit(sequence, arguments_.schedule.causal, group_row);
    float a[D / 2] = {};
    float sums[4] = {};
    std::uint32_t p[kSteps][4];
    RowPair<A> rows;
    barrier_wait(at_.full_q(), 0);
    if (tiles > 0) {
      float s[T::kKeys / 2];
      wait_for(at_.full_k(0), 0);
      if (group_ == 1) take_turn(2);
      score(s, 0);
      if (group_ == 0 || tiles > 1) hand_over(2 - group_);
      wgmma_wait<0>();
      hold(s);
      release(at_.empty_k(0), 0, tiles, lane);
      hide(s, sequence, seen_by_all, warp_row, work.first_key, lane);
      rows.template weigh<T::kKeys>(s, arguments_.scale);
      wait_for(at_.full_v(0), 0);
      pack(p, s);
    }
    for (int tile = 1; tile < tiles; ++tile) {
      const int stage = tile % T::kStages;
      float s[T::kKeys / 2];
      wait_for(at_.full_k(stage), tile);
      take_turn(1 + group_);
      score(s, stage);
      gather(a, sums, p, tile - 1);
      if (group_ == 0 || tile + 1 < tiles) hand_over(2 - group_);
      wgmma_wait<1>();
      hold(s);
      release(at_.empty_k(stage), tile, tiles, lane);
      hide(s, sequence, seen_by_all, warp_row, work.first_key + tile * T::kKeys, lane);
      const bool moved = rows.template weigh<T::kKeys>(s, arguments_.scale);
      // The next product's values are waited for here because the assembler moves a wait for
      // products to the beginning of its block, in front of the weights: this loop ends the block.
      wait_for(at_.full_v(stage), tile);
      wait_for_outputs(a, sums, p);
      release(at_.empty_v((tile - 1) % T::kStages), tile - 1, tiles, lane);
      if (moved) {
        rows.rescale(a);
        rows.rescale(sums);
      }
      pack(p, s);
    }
    if (tiles > 0) {
      gather(a, sums, p, tiles - 1);
      wait_for_outputs(a, sums, p);
    }
    Finish ends[2];
    rows.finish(sums, ends);
    store_columns(arguments_, work, sequence, warp_row, lane, a, ends);
    store_lse(arguments_, work, sequence, warp_row, lane, ends);
  }

 private:
  /// Waits until a stage holds a tile.
  __device__ static void wait_for(std::uint32_t full, int tile) {
    barrier_wait(full, static_cast<std::uint32_t>(tile / T::kStages) & 1u);
  }

  /// Gives back the stage of a tile, if a later one of the block's takes it.
  __device__ static void release(std::uint32_t empty, int tile, int tiles, int lane) {
    barrier_arrive_if(empty, lane == 0 && tile + T::kStages < tiles);
  }

  /// Masks a tile that the warpgroup does not see as a whole.
  __device__ void hide(float (&s)[T::kKeys / 2], const Sequence& sequence, int seen_by_all,
                       int warp_row, int first_key, int lane) const {
    if (first_key + T::kKeys > seen_by_all)
      mask<T::kKeys>(s, sequence, arguments_.schedule.causal, warp_row, first_key, lane);
  }

  /// s = Q K^T of a stage, begun.
  __device__ void score(float (&s)[T::kKeys / 2], int stage) const {
    hold(s);
    wgmma_fence();
#pragma unroll
    for (int column = 0; column < D; column += 16) {
      const std::uint64_t q = row_operand(at_.q, T::kRows, group_ * T::kGroupRows, column);
      const std::uint64_t k = row_operand(at_.k(stage), T::kKeys, 0, column);
      if constexpr (T::kKeys == 128) {
        wgmma_rows_128<F>(s, q, k, column > 0);
      } else {
        wgmma_rows_64<F>(s, q, k, column > 0);
      }
    }
    wgmma_commit();
  }

  /// a += P V of a tile and the row sums, begun.
  __device__ void gather(float (&a)[D / 2], float (&sums)[4], std::uint32_t (&p)[kSteps][4],
                         int tile) const {
    const int stage = tile % T::kStages;
    hold(a);
    hold(sums);
    wgmma_fence();
    const std::uint64_t ones = column_operand(at_.ones(), 16, 0, 0);
#pragma unroll
    for (int step = 0; step < kSteps; ++step) {
#pragma unroll
      for (int column = 0; column < D; column += 128) {
        const std::uint64_t v = column_operand(at_.v(stage), T::kKeys, 16 * step, column);
        if constexpr (D == 64) {
          wgmma_weights_64<F>(a, p[step], v);
        } else {
          wgmma_weights_128<F>(a + column / 2, p[step], v);
        }
      }
      if constexpr (A == FastArithmetic::frames) wgmma_weights_8<F>(sums, p[step], ones);
    }
    wgmma_commit();
  }

  __device__ static void wait_for_outputs(float (&a)[D / 2], float (&sums)[4],
                                          std::uint32_t (&p)[kSteps][4]) {
    wgmma_wait<0>();
    hold(a);
    hold(sums);
#pragma unroll
    for (int step = 0; step < kSteps; ++step) hold(p[step]);
  }

  __device__ static void pack(std::uint32_t (&p)[kSteps][4], const float (&s)[T::kKeys / 2]) {
#pragma unroll
    for (int step = 0; step < kSteps; ++step) {
#pragma unroll
      for (int i = 0; i < 4; ++i)
        p[step][i] = packed<F>(s[weight_accumulator(step, i)], s[weight_accumulator(step, i) + 1]);
    }
  }

  const FastArguments& arguments_;
  const SharedPlaces<D>& at_;
  const int group_;
};

template <int D>
__device__ void set_up(const SharedPlaces<D>& at, std::uint32_t ones) {
  using T = HopperTile<D>;
  for (int i = static_cast<int>(threadIdx.x); i < T::kOnesBytes / 4; i += T::kThreads) {
    asm volatile("st.shared.b32 [%0], %1;" ::"r"(at.ones() + static_cast<std::uint32_t>(4 * i)),
                 "r"(ones)
                 : "memory");
  }
  if (threadIdx.x == 0) {
    barrier_init(at.full_q(), 1);
    for (int stage = 0; stage < T::kStages; ++stage) {
      barrier_init(at.full_k(stage), 1);
      barrier_init(at.full_v(stage), 1);
      barrier_init(at.empty_k(stage), kConsumerWarps);
      barrier_init(at.empty_v(stage), kConsumerWarps);
    }
  }
  fence_async();
  __syncthreads();
}

#endif

template <int D, InputFormat F, FastArithmetic A>
__global__ void __launch_bounds__(HopperTile<D>::kThreads, 1)
    hopper_kernel(const __grid_constant__ HopperArguments arguments) {
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
  using T = HopperTile<D>;
  extern __shared__ unsigned char shared[];
  const Schedule& schedule = arguments.fast.schedule;
  const Work work = work_of(schedule, blockIdx.x, T::kKeys);
  if (work.first_row >= work.end_row) return;
  const Sequence sequence = sequence_of(schedule, work.sequence);
  const SharedPlaces<D> at(shared_address(shared));
  set_up<D>(at, packed_ones<F>());
  // A shuffle tells the compiler that it is the same for a whole warp.
  const int warpgroup = __shfl_sync(0xFFFFFFFFu, static_cast<int>(threadIdx.x) / 128, 0);
  if (warpgroup == 0) {
    fewer_registers<kProducerRegisters>();
    if (threadIdx.x == 0) produce<D>(arguments, at, work, sequence);
  } else {
    more_registers<kConsumerRegisters>();
    Consumer<D, F, A>(arguments, at, warpgroup - 1).run(work, sequence);
  }
#else
  static_cast<void>(arguments);
#endif
}

Status describe(const FastJob& job, int key_rows, HopperArguments* arguments) {
  EncodeTiled encode = nullptr;
  if (Status s = find_encoder(&encode); !s.good()) return s;
  const bool varlen = job.cu_queries != nullptr;
  const std::int64_t entries = varlen ? 1 : job.batch;
  const Schedule& schedule = arguments->fast.schedule;
  const MapShape queries{varlen ? job.total_queries : job.queries, job.heads_q, entries,
                         schedule.group};
  const MapShape keys{varlen ? job.total_keys : job.keys, job.heads_kv, entries, 1};
  if (Status s = encode_map(encode, job, "q", job.q, job.q_strides, queries,
                            schedule.block_rows / schedule.group, &arguments->q);
      !s.good())
    return s;
  if (keys.rows == 0) {  // no block loads a tile
    arguments->k = arguments->v = arguments->q;
    return {};
  }
  if (Status s = encode_map(encode, job, "k", job.k, job.k_strides, keys, key_rows, &arguments->k);
      !s.good())
    return s;
  return encode_map(encode, job, "v", job.v, job.v_strides, keys, key_rows, &arguments->v);
}

template <int D, InputFormat F, FastArithmetic A>
Status launch(const HopperArguments& arguments, cudaStream_t stream) {
  using T = HopperTile<D>;
  const auto kernel = &hopper_kernel<D, F, A>;
  if (Status s = status_of(
          cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, T::kBytes),
          "asking for shared memory");
      !s.good())
    return s;
  return start("starting the fast kernel", kernel, blocks_of(arguments.fast.schedule), T::kThreads,
               T::kBytes, stream, arguments);
}

template <int D>
Status launch(const FastJob& job, FastArithmetic arithmetic, cudaStream_t stream) {
  using T = HopperTile<D>;
  HopperArguments arguments{};
  arguments.fast = arguments_of(job, T::kRows);
  if (Status s = describe(job, T::kKeys, &arguments); !s.good()) return s;
  constexpr auto kFrames = FastArithmetic::frames;
  constexpr auto kDivision = FastArithmetic::division;
  if (job.input == InputFormat::bf16)
    return arithmetic == kFrames ? launch<D, InputFormat::bf16, kFrames>(arguments, stream)
                                 : launch<D, InputFormat::bf16, kDivision>(arguments, stream);
  return arithmetic == kFrames ? launch<D, InputFormat::fp16, kFrames>(arguments, stream)
                               : launch<D, InputFormat::fp16, kDivision>(arguments, stream);
}

}  // namespace

Status launch_hopper(const FastJob& job, FastArithmetic arithmetic, cudaStream_t stream) {
  if (job.d == 64) return launch<64>(job, arithmetic, stream);
  if (job.d == 128) return launch<128>(job, arithmetic, stream);
  return launch<256>(job, arithmetic, stream);
}

}  // namespace flashd::cuda
