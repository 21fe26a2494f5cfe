// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "kernels/fast/plan.hpp"

namespace flashd::cuda {

namespace {

constexpr std::int64_t kEnds = 2;   // tiles that a block's begin and end take
constexpr std::int64_t kMerge = 2;  // tiles that the merge takes

std::int64_t quotient_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace

std::int64_t workspace_elements(const FastJob& job) {
  return job.parts == 1 ? 0 : job.parts * rows_of(job) * (job.d + 1);
}

int fitting_parts(const FastJob& job, FastKernel kernel, const Gpu& gpu) {
  const bool hopper = kernel != FastKernel::portable && gpu.major == 9 && gpu.minor == 0;
  const int tile = tile_keys(hopper, job.d);
  FastJob whole = job;
  whole.parts = 1;
  const std::int64_t blocks =
      blocks_of(schedule_of(whole, hopper ? HopperTile<64>::kRows : PortableTile<64>::kRows));
  const std::int64_t tiles = tile > 0 ? quotient_up(job.keys, tile) : 0;
  const std::int64_t most = std::min<std::int64_t>({tiles, gpu.multiprocessors, kMaxParts});
  const auto steps = [&](std::int64_t parts) {
    return quotient_up(blocks * parts, gpu.multiprocessors) * (quotient_up(tiles, parts) + kEnds) +
           (parts == 1 ? 0 : kMerge);
  };
  int best = 1;
  for (int parts = 2; parts <= most; ++parts) {
    if (steps(parts) < steps(best)) best = parts;
  }
  return best;
}

}  // namespace flashd::cuda
