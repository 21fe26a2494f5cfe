// SPDX-License-Identifier: Apache-2.0
// Rows whose keys several blocks share, and blocks that several heads share.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include <catch2/catch_test_macros.hpp>

#include "kernels/fast/frame.hpp"
#include "kernels/fast/on_cpu.hpp"
#include "kernels/fast/plan.hpp"
#include "tests/cuda/fast_jobs.hpp"

namespace {

using namespace flashd;
using namespace flashd::cuda;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr FastKernel kKernels[] = {FastKernel::fast, FastKernel::portable, FastKernel::division};

FastJob shape(std::int64_t heads_q, std::int64_t heads_kv, std::int64_t queries,
              std::int64_t keys) {
  FastJob job;
  job.d = 128;
  job.heads_q = heads_q;
  job.heads_kv = heads_kv;
  job.queries = queries;
  job.keys = keys;
  job.q_strides = dense_strides(heads_q, queries, job.d);
  return job;
}

void run(FastArrays* arrays, FastKernel kernel) {
  arrays->clear_results();
  const Status status = run_fast_on_cpu(arrays->job, kernel);
  INFO(status.sentence);
  REQUIRE(status.good());
}

/// Largest difference of O and of the log-sum-exp between two jobs of FP32 output.
double distance(const FastArrays& a, const FastArrays& b) {
  const auto* x = reinterpret_cast<const float*>(a.o.data());
  const auto* y = reinterpret_cast<const float*>(b.o.data());
  double most = 0.0;
  for (std::size_t i = 0; i < a.o.size() / 4; ++i)
    most = std::max(most, std::fabs(double{x[i]} - double{y[i]}));
  for (std::size_t i = 0; i < a.lse.size(); ++i) {
    if (a.lse[i] != b.lse[i]) most = std::max(most, std::fabs(double{a.lse[i]} - double{b.lse[i]}));
  }
  return most;
}

template <class Parts>
void check_merge() {
  std::mt19937 random(11);
  std::normal_distribution<double> normal;
  double worst = 0.0;
  for (int row = 0; row < 400; ++row) {
    const double spread = row % 3 == 0 ? 30.0 : 1.0;
    Parts parts;
    float o = 0.0f;
    double exact = 0.0, lambda = -std::numeric_limits<double>::infinity();  // nats
    for (int part = 0; part < 17; ++part) {
      const bool empty = (row + part) % 5 == 0;
      const auto value = static_cast<float>(empty ? 0.0 : normal(random));
      const auto lse = empty ? kMinusInfinity : static_cast<float>(spread * normal(random));
      parts.take(lse);
      o = parts.merge(o, value);
      if (empty) continue;
      const double next =
          std::isinf(lambda)
              ? double{lse}
              : merged_log_sum(lambda / std::log(2.0), lse / std::log(2.0)) * std::log(2.0);
      exact += std::exp(double{lse} - next) * (double{value} - exact);
      lambda = next;
    }
    worst = std::max({worst, std::fabs(double{parts.finish(o)} - exact),
                      std::fabs(double{parts.lse()} - lambda) / std::max(1.0, std::fabs(lambda))});
  }
  CHECK(worst < 3e-6);
  CHECK(worst > 0.0);

  Parts one;
  one.take(kMinusInfinity);
  float o = one.merge(0.0f, 0.0f);
  CHECK((one.finish(o) == 0.0f && one.lse() == kMinusInfinity));
  one.take(std::log(3.0f));
  o = one.merge(o, 1.7f);
  one.take(kMinusInfinity);
  o = one.merge(o, 0.0f);
  CHECK(one.finish(o) == 1.7f);
  CHECK(std::fabs(one.lse() - std::log(3.0f)) < 1e-6f);
  one.take(kNan);
  o = one.merge(o, kNan);
  one.take(1.0f);
  o = one.merge(o, 2.0f);
  CHECK((std::isnan(one.finish(o)) && std::isnan(one.lse())));
}

}  // namespace

TEST_CASE("parts merge as float64 does") {
  check_merge<PartsBySigmoid>();
  check_merge<PartsByDivision>();
}

TEST_CASE("a sigmoid's weights are within 1e-6 of it") {
  for (float x = -60.0f; x < 60.0f; x += 0.37f) {
    PartsBySigmoid parts;
    parts.take(0.0f);
    parts.take(x);
    const double exact = 1.0 / (1.0 + std::exp(-double{x}));
    CHECK(std::fabs(double{parts.weight} - exact) < 1e-6);
  }
}

TEST_CASE("every row of every part is somebody's work, once") {
  int compared = 0;
  for (const auto& [queries, heads_q, heads_kv] :
       {std::tuple{1, 6, 2}, {5, 24, 1}, {64, 8, 2}, {200, 4, 2}, {128, 6, 6}}) {
    for (const auto& [rows, tile] : {std::pair{64, 32}, {128, 128}}) {
      for (const int parts : {1, 2, 7}) {
        for (const bool causal : {false, true}) {
          FastJob job = shape(heads_q, heads_kv, queries, 401);
          job.batch = 2;
          job.causal = causal;
          job.parts = parts;
          const Schedule s = schedule_of(job, rows);
          CHECK(s.block_rows % s.group == 0);
          CHECK(heads_q / heads_kv % s.group == 0);
          std::set<std::tuple<int, int, std::int64_t, int>> seen;
          std::map<std::tuple<int, int, std::int64_t>, std::set<int>> keys;
          for (std::int64_t block = 0; block < blocks_of(s); ++block) {
            const Work work = work_of(s, block, tile);
            const Sequence sequence = sequence_of(s, work.sequence);
            for (int row = work.first_row; row < work.end_row; ++row) {
              const RowAddress at = address_of(work, sequence, row);
              CHECK(work.kv_head == at.head / (heads_q / heads_kv));
              CHECK(seen.insert({work.sequence, at.head, at.query, work.part}).second);
              auto& mine = keys[{work.sequence, at.head, at.query}];
              const int limit = key_limit(sequence, causal, row);
              CHECK(limit ==
                    (causal ? std::max(0, static_cast<int>(at.query) + 402 - queries) : 401));
              const int end = std::min(limit, work.first_key + work.tiles * tile);
              for (int key = work.first_key; key < end; ++key) CHECK(mine.insert(key).second);
            }
          }
          CHECK(seen.size() == static_cast<std::size_t>(2 * heads_q * queries * parts));
          for (const auto& [row, mine] : keys) {
            const auto query = static_cast<int>(std::get<2>(row));
            const int visible = causal ? std::max(0, query + 402 - queries) : 401;
            CHECK(mine.size() == static_cast<std::size_t>(visible));
            CHECK((visible == 0 || *mine.rbegin() == visible - 1));
            ++compared;
          }
        }
      }
    }
  }
  CHECK(compared == 2 * 2 * 3 * 2 * (6 + 24 * 5 + 8 * 64 + 4 * 200 + 6 * 128));
}

TEST_CASE("heads share a block where that takes fewer") {
  CHECK(group_of(shape(32, 8, 1, 1000), 128) == 4);
  CHECK(group_of(shape(32, 8, 32, 1000), 128) == 4);
  CHECK(group_of(shape(32, 8, 33, 1000), 128) == 2);  // 132 rows of four are two blocks, as 2 x 66
  CHECK(group_of(shape(32, 8, 65, 1000), 128) == 4);
  CHECK(group_of(shape(32, 8, 128, 1000), 128) == 1);
  CHECK(group_of(shape(32, 8, 129, 1000), 128) == 1);
  CHECK(group_of(shape(96, 1, 1, 1000), 64) == 48);
  CHECK(group_of(shape(7, 7, 1, 1000), 128) == 1);
  FastJob far = shape(8, 1, 1, 1000);
  far.q_strides.head = std::int64_t{1} << 33;
  CHECK(group_of(far, 128) == 1);
}

TEST_CASE("heads that share a block have the bits of heads alone") {
  std::int64_t compared = 0;
  for (const auto& [heads_q, heads_kv, queries, causal] :
       {std::tuple{8, 2, 1, false}, {6, 2, 17, true}, {12, 1, 5, true}, {96, 1, 1, false}}) {
    for (const FastKernel kernel : kKernels) {
      for (const int parts : {1, 3}) {
        FastCase c;
        c.heads_q = heads_q;
        c.heads_kv = heads_kv;
        c.queries = queries;
        c.keys = 333;
        c.causal = causal;
        c.parts = parts;
        FastArrays grouped(c, 21);
        REQUIRE(group_of(grouped.job, 128) > 1);
        c.heads_kv = heads_q;
        FastArrays alone(c, 22);
        REQUIRE(group_of(alone.job, 128) == 1);
        alone.q = grouped.q;
        const auto rows = static_cast<std::ptrdiff_t>(333 * 64);
        for (int head = 0; head < heads_q; ++head) {
          const std::ptrdiff_t from = head / (heads_q / heads_kv) * rows;
          std::copy_n(grouped.k.begin() + from, rows, alone.k.begin() + head * rows);
          std::copy_n(grouped.v.begin() + from, rows, alone.v.begin() + head * rows);
        }
        alone.job.q = alone.q.data();
        run(&grouped, kernel);
        run(&alone, kernel);
        CHECK(grouped.o == alone.o);
        CHECK(grouped.lse == alone.lse);
        compared += static_cast<std::int64_t>(grouped.o.size() / 4 + grouped.lse.size());
      }
    }
  }
  CHECK(compared == 6 * 65 * (8 + 6 * 17 + 12 * 5 + 96));
}

TEST_CASE("parts change a row's last bits only") {
  for (const FastKernel kernel : kKernels) {
    for (const bool causal : {false, true}) {
      FastCase c;
      c.heads_q = 4;
      c.queries = 9;
      c.keys = 1200;
      c.causal = causal;
      FastArrays whole(c, 31);
      run(&whole, kernel);
      for (const int parts : {2, 5, 19, 256}) {
        FastArrays cut(c, 31);
        cut.set_parts(parts);
        run(&cut, kernel);
        const double far = distance(whole, cut);
        INFO(name(kernel) << " " << parts << ": " << far);
        // A part's frame is its own, so a weight may round to BF16 elsewhere.
        CHECK(far < 2e-3);
        CHECK(far > 0.0);
      }
    }
  }
}

TEST_CASE("a row whose keys are all in one part has the bits of a row in one piece") {
  FastCase c;
  c.heads_q = 4;
  c.heads_kv = 1;
  c.queries = 3;
  c.keys = 100;  // one tile of 128
  for (const int parts : {2, 6}) {
    FastArrays whole(c, 41), cut(c, 41);
    cut.set_parts(parts);
    run(&whole, FastKernel::fast);
    run(&cut, FastKernel::fast);
    CHECK(whole.o == cut.o);
    for (std::size_t i = 0; i < whole.lse.size(); ++i)
      CHECK(std::fabs(whole.lse[i] - cut.lse[i]) <= 1e-6f * std::fabs(whole.lse[i]));
  }
}

TEST_CASE("parts do not care how far apart rows of O lie") {
  FastCase c;
  c.heads_q = 4;
  c.queries = 5;
  c.keys = 300;
  c.parts = 3;
  FastArrays dense(c, 61);
  run(&dense, FastKernel::fast);
  FastArrays wide(c, 61);
  constexpr std::size_t kRow = 80;
  std::vector<float> o(4 * 7 * kRow, 1e30f), workspace(wide.workspace.size() + 1000, 1e30f);
  wide.job.o = o.data();
  wide.job.o_strides = {0, 7 * kRow, kRow};
  wide.job.workspace = workspace.data();
  REQUIRE(run_fast_on_cpu(wide.job, FastKernel::fast).good());
  const auto* expected = reinterpret_cast<const float*>(dense.o.data());
  std::size_t written = 0;
  for (std::size_t head = 0; head < 4; ++head) {
    for (std::size_t row = 0; row < 5; ++row) {
      const float* at = o.data() + (head * 7 + row) * kRow;
      CHECK(std::equal(at, at + 64, expected + (head * 5 + row) * 64));
    }
  }
  for (const float x : o) written += x != 1e30f;
  CHECK(written == 4 * 5 * 64);
  CHECK(std::count(workspace.begin(), workspace.end(), 1e30f) == 1000);
}

TEST_CASE("a NaN stays in its row whichever part has it") {
  FastCase c;
  c.heads_q = c.heads_kv = 1;
  c.queries = 40;
  c.keys = 600;
  c.causal = true;
  for (const FastKernel kernel : kKernels) {
    for (const int key : {3, 300, 580}) {
      FastArrays arrays(c, 51);
      arrays.set_parts(4);
      arrays.k[static_cast<std::size_t>(key * 64)] = 0x7FC0;
      run(&arrays, kernel);
      const auto* o = reinterpret_cast<const float*>(arrays.o.data());
      for (int row = 0; row < 40; ++row) {
        const bool sees = key <= row + 560;
        CHECK(std::isnan(arrays.lse[static_cast<std::size_t>(row)]) == sees);
        CHECK(std::isnan(o[row * 64]) == sees);
      }
    }
  }
}

TEST_CASE("parts fill a GPU") {
  Gpu gpu;
  gpu.major = 9;
  gpu.multiprocessors = 132;
  // Eight blocks of 1,024 tiles; sixteen parts of each are 128 blocks. Below, with 2,048 tiles, 27
  // parts are two rounds of 76 tiles, 13 one of 158.
  CHECK(fitting_parts(shape(32, 8, 1, 131072), FastKernel::choose, gpu) == 16);
  CHECK(fitting_parts(shape(32, 8, 8192, 8192), FastKernel::choose, gpu) == 1);
  CHECK(fitting_parts(shape(16, 16, 16384, 16384), FastKernel::fast, gpu) == 1);
  CHECK(fitting_parts(shape(1, 1, 1, 1000000), FastKernel::division, gpu) == 131);
  CHECK(fitting_parts(shape(12, 12, 512, 512), FastKernel::choose, gpu) == 1);
  CHECK(fitting_parts(shape(1, 1, 1, 0), FastKernel::choose, gpu) == 1);
  CHECK(fitting_parts(shape(1, 1, 0, 4096), FastKernel::choose, gpu) == 1);
  // A few steps less are not worth gigabytes of workspace.
  CHECK(fitting_parts(shape(32, 32, 131072, 131072), FastKernel::choose, gpu) == 1);
  CHECK(fitting_parts(shape(20, 20, 16384, 16384), FastKernel::choose, gpu) == 1);
  gpu.major = 8;
  gpu.multiprocessors = 108;
  CHECK(fitting_parts(shape(32, 8, 1, 131072), FastKernel::portable, gpu) == 27);
  gpu.multiprocessors = 400;
  CHECK(fitting_parts(shape(1, 1, 1, 1000000), FastKernel::portable, gpu) <= kMaxParts);
}

TEST_CASE("the workspace holds every part") {
  FastJob job = shape(4, 2, 3, 100);
  CHECK(workspace_elements(job) == 0);
  job.parts = 5;
  CHECK(workspace_elements(job) == 5 * 12 * 129);
  const FastJob call = call_of_parts(job);
  CHECK(call.lse - static_cast<float*>(call.o) == 5 * 12 * 128);
}
