// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "kernels/fast/fast.hpp"

namespace flashd::cuda {

/// What flashd_gpu_bench is asked for.
struct BenchOptions {
  std::string kernel = "fast";  ///< fast, portable, division, choose or exact
  int d = 128;
  std::int64_t batch = 1;
  std::int64_t heads = 16;
  std::int64_t kv_heads = 0;  ///< 0: as heads
  std::int64_t queries = 4096;
  std::int64_t keys = 0;  ///< 0: as queries
  bool causal = false;
  int parts = 0;  ///< blocks that share a row's keys; 0: those that fit the GPU
  std::string format = "bf16";
  int warmup = 5;
  int repeat = 30;
  double seconds = 0.0;    ///< of the energy measurement; 0: none
  std::int64_t check = 0;  ///< rows compared with float64; 0: none
  bool json = false;
  bool help = false;
};

/// Reads the command line; the sentence says what is wrong with it.
Status parse_bench(int argc, const char* const* argv, BenchOptions* options);

extern const char* const kBenchUsage;

}  // namespace flashd::cuda
