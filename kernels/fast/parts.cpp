// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "kernels/fast/plan.hpp"

namespace flashd::cuda {

namespace {

constexpr std::int64_t kEnds = 2;         // tiles that a block's begin and end take
constexpr std::int64_t kMerge = 2;        // tiles that the merge's start takes
constexpr std::int64_t kFlopAByte = 128;  // of products, while a byte of memory is moved

std::int64_t quotient_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace

std::int64_t workspace_elements(const FastJob& job) {
  return job.parts == 1 ? 0 : job.parts * rows_of(job) * (job.d + 1);
}

int fitting_parts(const FastJob& job, FastKernel kernel, const Gpu& gpu) {
  const bool hopper = kernel != FastKernel::portable && gpu.major == 9 && gpu.minor == 0;
  const int tile = tile_keys(hopper, job.d);
  const int rows = hopper ? HopperTile<64>::kRows : PortableTile<64>::kRows;
  FastJob whole = job;
  whole.parts = 1;
  const std::int64_t blocks = blocks_of(schedule_of(whole, rows));
  const std::int64_t tiles = tile > 0 ? quotient_up(job.keys, tile) : 0;
  const std::int64_t most = std::min<std::int64_t>({tiles, gpu.multiprocessors, kMaxParts});
  // The workspace is written and read; a step is two products of a tile on every multiprocessor.
  const std::int64_t part_bytes = 2 * 4 * rows_of(job) * (job.d + 1);
  const std::int64_t step_bytes = std::max<std::int64_t>(
      1, std::int64_t{4} * rows * tile * job.d * gpu.multiprocessors / kFlopAByte);
  const auto steps = [&](std::int64_t parts) {
    const std::int64_t merge = parts == 1 ? 0 : kMerge + parts * part_bytes / step_bytes;
    return quotient_up(blocks * parts, gpu.multiprocessors) * (quotient_up(tiles, parts) + kEnds) +
           merge;
  };
  int best = 1;
  for (int parts = 2; parts <= most; ++parts) {
    if (steps(parts) < steps(best)) best = parts;
  }
  return best;
}

}  // namespace flashd::cuda
