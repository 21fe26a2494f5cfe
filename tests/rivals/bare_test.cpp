// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>

#include <stdexcept>
#include <vector>

#include "model/rivals/rivals.hpp"

using namespace flashd;

namespace {

constexpr std::uint16_t kOne = 0x3F80;       // significand 128
constexpr std::uint16_t kMinusOne = 0xBF80;  // exponents do not count: -128

struct Inputs {
  std::vector<std::uint16_t> q, k, v;
  Job job;
};

/// One query, `keys` equal keys; every element is 1.
Inputs ones(int d, std::int64_t keys) {
  Inputs inputs;
  inputs.q.assign(d, kOne);
  inputs.k.assign(keys * d, kOne);
  inputs.v.assign(keys * d, kOne);
  inputs.job.queries = 1;
  inputs.job.keys = keys;
  inputs.job.d = inputs.job.dv = d;
  return inputs;
}

std::vector<std::int32_t> run(Inputs& inputs) {
  inputs.job.q = inputs.q;
  inputs.job.k = inputs.k;
  inputs.job.v = inputs.v;
  return rivals::bare(inputs.job);
}

}  // namespace

TEST_CASE("The bare lane's weights are bits of its integer scores") {
  // 16 products of 2^14: z = 2^18, of 21 bits; the 11 below the sign are z / 2^9 = 512.
  Inputs inputs = ones(16, 3);
  CHECK(run(inputs) == std::vector<std::int32_t>(16, 3 * 512 * 128));
  inputs.v.back() = kMinusOne;
  CHECK(run(inputs)[15] == 512 * 128);
  // A negative last product takes one more off: (14 * 2^14 - 1) / 2^9 = 447.99.
  inputs = ones(16, 1);
  inputs.q.back() = kMinusOne;
  CHECK(run(inputs)[0] == 447 * 128);
  // In any other place it does not.
  inputs = ones(16, 1);
  inputs.q.front() = kMinusOne;
  CHECK(run(inputs)[0] == 448 * 128);
  // A negative score keeps its low bits: -2^18 / 2^9 modulo 2^11, less the one.
  inputs = ones(16, 1);
  inputs.q.assign(16, kMinusOne);
  CHECK(run(inputs)[0] == (2048 - 513) * 128);
  // Exponents and zeros do not count.
  inputs = ones(16, 1);
  inputs.k.assign(16, 0x0000);
  CHECK(run(inputs)[0] == 512 * 128);
  // 64 products: z = 2^20 of 23 bits.
  inputs = ones(64, 1);
  CHECK(run(inputs)[63] == 512 * 128);
}

TEST_CASE("The bare lane's sums wrap around and leave masked keys out") {
  Inputs inputs = ones(16, 128);
  CHECK(run(inputs)[0] == -(1 << 23));
  inputs = ones(64, 128);
  CHECK(run(inputs)[0] == 1 << 23);
  inputs = ones(64, 1024);
  CHECK(run(inputs)[0] == 0);
  inputs = ones(16, 8);
  inputs.job.visibility.key_length = 5;
  CHECK(run(inputs)[0] == 5 * 512 * 128);
  inputs = ones(32, 1);
  CHECK_THROWS_AS(run(inputs), std::invalid_argument);
}
