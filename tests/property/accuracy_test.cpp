// SPDX-License-Identifier: Apache-2.0
// Errors against float64 that the contract bounds. The full tables are those of flashd accuracy.
#include <algorithm>
#include <random>

#include "model/reference/reference.hpp"
#include "model/rivals/rivals.hpp"
#include "tests/property/jobs.hpp"
#include "tests/unit/tally.hpp"

namespace flashd::property {
namespace {

template <class Outputs>
double relative_l2(const Outputs& got, const std::vector<double>& exact, std::size_t begin,
                   std::size_t end) {
  double error = 0.0;
  double norm = 0.0;
  for (std::size_t i = begin; i < end; ++i) {
    error += (got[i] - exact[i]) * (got[i] - exact[i]);
    norm += exact[i] * exact[i];
  }
  return std::sqrt(error / norm);
}

OwnedJob normal_job(int d, std::int64_t queries, std::int64_t keys, InputFormat format,
                    std::uint64_t seed) {
  OwnedJob job;
  job.shape.d = job.shape.dv = d;
  job.shape.queries = queries;
  job.shape.keys = keys;
  job.shape.scale = 1.0 / std::sqrt(d);
  job.shape.input = format;
  fill(&job, Elements::normal, testing::seed() * 1000 + seed);
  return job;
}

TEST_CASE("outputs and LSE stay within the bounds of the contract") {
  testing::Tally tally;
  std::uint64_t seed = 0;
  double worst[2] = {0.0, 0.0};
  for (const int d : {16, 64, 128, 256}) {
    for (const std::int64_t keys : {1, 17, 129, 700}) {
      for (const InputFormat format : {InputFormat::bf16, InputFormat::fp16}) {
        for (const double loud : {1.0, 6.0}) {
          OwnedJob job = normal_job(d, 6, keys, format, ++seed);
          job.shape.scale *= loud;
          const reference::Output exact = reference::attention(job.view());
          for (const Profile profile : {Profile::fine, Profile::lean}) {
            const Result r = golden::run(job.view(), {profile, seed % 2 ? 64 : 16});
            const bool fine = profile == Profile::fine;
            const double error = relative_l2(r.o, exact.o, 0, r.o.size());
            const auto describe = [&](auto& o) {
              o << "d " << d << " keys " << keys << " times " << loud
                << (fine ? " fine " : " lean ") << error;
            };
            worst[fine] = std::max(worst[fine], error);
            tally.check(error <= (fine ? 1e-3 : 3e-3), describe);
            for (std::size_t row = 0; row < exact.lse.size(); ++row) {
              const double bound = (fine ? 1.2e-3 : 2.4e-3) + 0x1p-16 * std::fabs(exact.lse[row]);
              tally.check(std::fabs(r.lse[row] - exact.lse[row]) <= bound, describe);
            }
          }
        }
      }
    }
  }
  INFO("worst relative L2: lean " << worst[0] << ", fine " << worst[1]);
  REQUIRE(worst[1] > 1e-6);
  FLASHD_REQUIRE_TALLY(tally, 4 * 4 * 2 * 2 * 2 * 7);
}

/// V of magnitude 1 at the start of each tile and `growth` at its end.
void grow_values(OwnedJob* job, int tile, double growth) {
  for (std::int64_t j = 0; j < job->shape.keys; ++j) {
    const double factor = std::pow(growth, static_cast<double>(j % tile) / (tile - 1));
    for (int e = 0; e < job->shape.dv; ++e) {
      std::uint16_t& x = job->v[job->v_at(0, j) + e];
      x = encode(job->shape.input, factor * decode(job->shape.input, x));
    }
  }
}

TEST_CASE("V that grows 16-fold inside a tile under a causal mask: at most twice the GPU's error") {
  testing::Tally tally;
  double worst = 0.0;
  for (const int tile : {16, 64}) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      OwnedJob job = normal_job(64, 128, 128, InputFormat::bf16, seed);
      job.shape.visibility.causal = true;
      grow_values(&job, tile, 16.0);
      const reference::Output exact = reference::attention(job.view());
      const rivals::Output gpu = rivals::flash2_gpu(job.view());
      const Result r = golden::run(job.view(), {Profile::fine, tile});
      const double ours = relative_l2(r.o, exact.o, 0, r.o.size());
      const double theirs = relative_l2(gpu.o, exact.o, 0, gpu.o.size());
      worst = std::max(worst, ours / theirs);
      tally.check(ours <= 2 * theirs, [&](auto& o) { o << ours << " GPU " << theirs; });
      // Each row: the tile's grid is relative to values that the row may not see.
      for (std::int64_t i = 0; i < 128; ++i) {
        const double row = relative_l2(r.o, exact.o, i * 64, (i + 1) * 64);
        tally.check(row <= 1.5e-3,
                    [&](auto& o) { o << "row " << i << " of tile " << tile << ": " << row; });
      }
    }
  }
  INFO("worst ratio to the GPU " << worst);
  FLASHD_REQUIRE_TALLY(tally, 2 * 5 * 129);
}

TEST_CASE("1,048,576 keys of equal score: within 2^-12 of max|V|") {
  constexpr std::int64_t kKeys = 1 << 20;
  OwnedJob job;
  job.shape.d = 1;
  job.shape.dv = 4;
  job.shape.queries = 1;
  job.shape.keys = kKeys;
  job.q.assign(1, encode(InputFormat::bf16, 0.75));
  job.k.assign(kKeys, encode(InputFormat::bf16, 1.25));
  job.v.resize(kKeys * 4);
  std::mt19937_64 engine(testing::seed());
  std::normal_distribution<double> normal;
  double sum[4] = {};
  double largest[4] = {};
  for (std::int64_t j = 0; j < kKeys; ++j) {
    const double x = static_cast<double>(j) / kKeys;
    const double values[4] = {0.7, normal(engine), x, j < kKeys / 2 ? -1.0 : 1.0};
    for (int e = 0; e < 4; ++e) {
      const std::uint16_t bits = encode(InputFormat::bf16, values[e]);
      job.v[job.v_at(0, j) + e] = bits;
      sum[e] += decode(InputFormat::bf16, bits);
      largest[e] = std::max(largest[e], std::fabs(decode(InputFormat::bf16, bits)));
    }
  }
  for (const int tile : {16, 64}) {
    const Result r = golden::run(job.view(), {Profile::fine, tile});
    for (int e = 0; e < 4; ++e) {
      const double error = std::fabs(r.o[e] - sum[e] / kKeys) / largest[e];
      INFO("tile " << tile << " channel " << e << ": " << error << " of max|V|");
      CHECK(error <= 0x1p-12);
    }
    const double lse = 0.75 * 1.25 + std::log(static_cast<double>(kKeys));
    INFO("lse " << r.lse[0] << " exact " << lse);
    CHECK(std::fabs(r.lse[0] - lse) <= 1.2e-3 + 0x1p-16 * lse);
  }
}

}  // namespace
}  // namespace flashd::property
