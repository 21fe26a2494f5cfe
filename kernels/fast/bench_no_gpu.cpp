// SPDX-License-Identifier: Apache-2.0
// In place of bench.cu where no CUDA compiler was found: usage, and why there is nothing to time.
#include <cstdio>

#include "kernels/fast/bench_options.hpp"

int main(int argc, char** argv) {
  using namespace flashd::cuda;
  BenchOptions options;
  if (const Status status = parse_bench(argc, argv, &options); !status.good()) {
    std::fprintf(stderr, "flashd_gpu_bench: %s\n", status.sentence.c_str());
    return 2;
  }
  if (options.help) {
    std::fputs(kBenchUsage, stdout);
    return 0;
  }
  Gpu gpu;
  std::fprintf(stderr, "flashd_gpu_bench: %s\n", find_gpu(&gpu).sentence.c_str());
  return 3;
}
