// SPDX-License-Identifier: Apache-2.0
// Scores that are NaN, infinite or larger than FP32 tells apart.
#include <algorithm>
#include <cmath>

#include <catch2/catch_test_macros.hpp>

#include "kernels/fast/frame.hpp"
#include "kernels/fast/on_cpu.hpp"
#include "tests/cuda/fast_jobs.hpp"

namespace {

using namespace flashd;
using namespace flashd::cuda;

constexpr FastKernel kKernels[] = {FastKernel::fast, FastKernel::portable, FastKernel::division};

/// One head, d = 64, 140 queries: query i sees keys 0 to i.
FastCase triangle() {
  FastCase c;
  c.causal = true;
  c.heads_q = c.heads_kv = 1;
  c.queries = c.keys = 140;
  return c;
}

/// Of one head, d = 64: rows from so many on are NaN, the others are not.
void check_nan_from(const FastArrays& arrays, int first) {
  const auto* o = reinterpret_cast<const float*>(arrays.o.data());
  for (int row = 0; row < arrays.job.queries; ++row) {
    INFO("row " << row);
    CHECK(std::isnan(arrays.lse[static_cast<std::size_t>(row)]) == (row >= first));
    CHECK(std::isnan(o[row * 64]) == (row >= first));
  }
}

}  // namespace

TEST_CASE("a visible NaN in Q or K makes the row NaN, a masked one does not") {
  const FastCase c = triangle();
  for (const FastKernel kernel : kKernels) {
    for (const int key : {24, 31, 100}) {  // 24 to 31 take the polynomial
      FastArrays arrays(c, 5);
      arrays.k[static_cast<std::size_t>(key * 64 + 3)] = 0x7FC0;
      REQUIRE(run_fast_on_cpu(arrays.job, kernel).good());
      check_nan_from(arrays, key);
    }
  }
}

TEST_CASE("an infinite score makes the row NaN, not one without keys") {
  const FastCase c = triangle();
  for (const FastKernel kernel : kKernels) {
    for (const int key : {0, 24, 31, 100}) {  // 24 to 31 take the polynomial
      FastArrays arrays(c, 5);
      for (std::size_t row = 0; row < 140; ++row) arrays.q[row * 64 + 3] = 0x3F80;
      arrays.k[static_cast<std::size_t>(key * 64 + 3)] = 0x7F80;
      for (const int parts : {1, 3}) {
        arrays.set_parts(parts);
        REQUIRE(run_fast_on_cpu(arrays.job, kernel).good());
        INFO(name(kernel) << " key " << key << " parts " << parts);
        check_nan_from(arrays, key);
      }
    }
  }
}

TEST_CASE("scores up to 2^24 are right, beyond it the row is NaN") {
  FastCase c;
  c.heads_q = c.heads_kv = c.queries = 1;
  c.keys = 70;
  for (const FastKernel kernel : kKernels) {
    for (const InputFormat input : {InputFormat::bf16, InputFormat::fp16}) {
      c.input = input;
      for (const bool negative : {false, true}) {
        // Every score is the same whole number, so every weight is 1/70, whatever its size.
        for (const float score : {0x1.7p23f, 0x1.9p24f, 0x1p40f, 0x1p127f}) {
          FastArrays arrays(c, 8);
          const bool bf16 = input == InputFormat::bf16;
          std::fill(arrays.q.begin(), arrays.q.end(), std::uint16_t{0});
          std::fill(arrays.k.begin(), arrays.k.end(), std::uint16_t{0});
          arrays.q[0] = negative ? 0xC000 : 0x4000;  // 2 in either format
          for (std::size_t j = 0; j < 70; ++j) arrays.k[j * 64] = bf16 ? 0x3F80 : 0x3C00;
          arrays.job.scale = score / 2.0f / kLog2e;
          REQUIRE(run_fast_on_cpu(arrays.job, kernel).good());
          const auto* o = reinterpret_cast<const float*>(arrays.o.data());
          const FastErrors errors = measure_rows(arrays.job, sample_rows(arrays.job, 1));
          INFO(name(kernel) << " " << score << " o " << o[0] << " lse " << arrays.lse[0]
                            << " error " << errors.largest);
          if (score <= 0x1p24f) {
            CHECK(errors.largest < 1e-6);
          } else {
            CHECK(std::isnan(arrays.lse[0]));
            CHECK(std::isnan(o[0]));
          }
        }
      }
    }
  }
}
