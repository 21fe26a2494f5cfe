// SPDX-License-Identifier: Apache-2.0
// Merges the parts of rows whose keys were shared by several blocks: a warp has a row.
#include "kernels/fast/launch.cuh"
#include "kernels/fast/rows.cuh"

namespace flashd::cuda {

namespace {

constexpr int kWarps = 4;

struct MergeArguments {
  FastJob job;
  FastJob parts;  ///< call_of_parts()
  Schedule schedule;
  std::int64_t rows = 0;  ///< that may have results: [batch, heads_q, queries]
};

template <int D, class Parts>
__global__ void __launch_bounds__(32 * kWarps)
    merge_kernel(const __grid_constant__ MergeArguments arguments) {
  const FastJob& job = arguments.job;
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const std::int64_t index = std::int64_t{blockIdx.x} * kWarps + threadIdx.x / 32;
  if (index >= arguments.rows) return;
  const auto query = static_cast<int>(index % job.queries);
  const auto head = static_cast<int>(index / job.queries % job.heads_q);
  const auto entry = static_cast<int>(index / job.queries / job.heads_q);
  const Sequence sequence = sequence_of(arguments.schedule, entry);
  if (query >= sequence.queries) return;
  const RowAddress row{head, std::int64_t{sequence.first_query} + query};

  const FastJob& from = arguments.parts;
  const std::int64_t part_rows = rows_of(job);
  const float* o_part =
      static_cast<const float*>(from.o) + row_offset(from, from.o_strides, entry, row) + 2 * lane;
  const float* lse_part = from.lse + lse_offset(job, entry, row);
  Parts parts;
  float o[D / 32] = {};
  for (int part = 0; part < job.parts; ++part) {
    parts.take(lse_part[part * part_rows]);
    const float* values = o_part + part * part_rows * D;
#pragma unroll
    for (int c = 0; c < D / 32; c += 2) {
      const float2 pair = *reinterpret_cast<const float2*>(values + 32 * c);
      o[c] = parts.merge(o[c], pair.x);
      o[c + 1] = parts.merge(o[c + 1], pair.y);
    }
  }
  const std::int64_t to = row_offset(job, job.o_strides, entry, row) + 2 * lane;
#pragma unroll
  for (int c = 0; c < D / 32; c += 2)
    store_pair(job, to + 32 * c, parts.finish(o[c]), parts.finish(o[c + 1]));
  if (job.lse && lane == 0) job.lse[lse_offset(job, entry, row)] = parts.lse();
}

template <int D>
Status launch(const MergeArguments& arguments, FastArithmetic arithmetic, cudaStream_t stream) {
  const auto kernel = arithmetic == FastArithmetic::frames ? &merge_kernel<D, PartsBySigmoid>
                                                           : &merge_kernel<D, PartsByDivision>;
  return start("starting the merge of parts", kernel, (arguments.rows + kWarps - 1) / kWarps,
               32 * kWarps, 0, stream, arguments);
}

}  // namespace

Status launch_merge(const FastJob& job, FastArithmetic arithmetic, cudaStream_t stream) {
  const MergeArguments arguments{job, call_of_parts(job), schedule_of(job, 1),
                                 job.batch * job.heads_q * job.queries};
  if (job.d == 64) return launch<64>(arguments, arithmetic, stream);
  if (job.d == 128) return launch<128>(arguments, arithmetic, stream);
  return launch<256>(arguments, arithmetic, stream);
}

}  // namespace flashd::cuda
