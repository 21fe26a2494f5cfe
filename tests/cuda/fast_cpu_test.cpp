// SPDX-License-Identifier: Apache-2.0
// The fast kernels' algorithm on the CPU against float64: blocks, masks, frames, roundings.
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <tuple>

#include <catch2/catch_test_macros.hpp>

#include "kernels/fast/job.hpp"
#include "kernels/fast/on_cpu.hpp"
#include "kernels/fast/plan.hpp"
#include "model/reference/decode.hpp"
#include "model/reference/reference.hpp"
#include "tests/cuda/fast_jobs.hpp"

namespace {

using namespace flashd;
using namespace flashd::cuda;

constexpr FastKernel kKernels[] = {FastKernel::fast, FastKernel::portable, FastKernel::division};
constexpr std::int64_t kAllRows = std::numeric_limits<std::int64_t>::max();

FastErrors errors_of(FastArrays* arrays, FastKernel kernel, std::int64_t most = kAllRows) {
  arrays->clear_results();
  const Status status = run_fast_on_cpu(arrays->job, kernel);
  INFO(status.sentence);
  REQUIRE(status.good());
  return measure_rows(arrays->job, sample_rows(arrays->job, most));
}

}  // namespace

TEST_CASE("float64 of a row is the reference's") {
  FastCase c;
  c.heads_q = 4;
  c.causal = true;
  c.queries = 20;
  c.keys = 33;
  const FastArrays arrays(c, 1);
  Job job;
  job.heads_q = 4;
  job.heads_kv = 2;
  job.queries = 20;
  job.keys = 33;
  job.d = job.dv = 64;
  job.q = arrays.q;
  job.k = arrays.k;
  job.v = arrays.v;
  job.scale = static_cast<double>(arrays.job.scale);
  job.visibility.causal = true;
  const reference::Output expected = reference::attention(job);
  std::size_t at = 0, compared = 0;
  for (const RowIndex& index : sample_rows(arrays.job, kAllRows)) {
    const RowResult row = row_in_float64(arrays.job, index);
    CHECK(std::fabs(row.lse - expected.lse[at / 64]) < 1e-12);
    for (const double o : row.o) {
      CHECK(std::fabs(o - expected.o[at++]) < 1e-12);
      ++compared;
    }
  }
  CHECK(compared == 4 * 20 * 64);
}

TEST_CASE("every row is somebody's work, once") {
  int rows = 0;
  for (const int tile : {64, 128}) {
    for (const bool causal : {false, true}) {
      for (const int queries : {1, 63, 64, 65, 300}) {
        Schedule s;
        s.batch = 2;
        s.heads_q = 6;
        s.heads_kv = 3;
        s.queries = queries;
        s.keys = 400;
        s.causal = causal;
        s.block_rows = tile;
        s.row_tiles = (queries + tile - 1) / tile;
        std::set<std::tuple<int, int, int>> seen;
        for (std::int64_t block = 0; block < blocks_of(s); ++block) {
          const Work work = work_of(s, block, tile);
          CHECK(work.kv_head == work.head / 2);
          CHECK(work.end_row == std::min(work.first_row + tile, queries));
          for (int row = work.first_row; row < work.end_row; ++row) {
            CHECK(seen.insert({work.sequence, work.head, row}).second);
            ++rows;
          }
        }
        CHECK(seen.size() == static_cast<std::size_t>(2 * 6 * queries));
      }
    }
  }
  CHECK(rows == 2 * 2 * 12 * (1 + 63 + 64 + 65 + 300));
}

TEST_CASE("tiles and masks are those of the rows") {
  int compared = 0;
  for (const int queries : {1, 5, 64, 130, 200}) {
    for (const int keys : {0, 1, 63, 64, 65, 128, 300}) {
      for (const bool causal : {false, true}) {
        const Sequence s{queries, keys, 0, 0, 1};
        for (const auto& [rows, tile] : {std::pair{64, 64}, {128, 128}, {16, 32}}) {
          for (int first = 0; first < queries; first += rows, ++compared) {
            int most = 0, least = keys;
            const int end = std::min(first + rows, queries);
            for (int row = first; row < end; ++row) {
              int visible = 0;
              for (int j = 0; j < keys; ++j) visible += !causal || j <= row + keys - queries;
              CHECK(key_limit(s, causal, row) == visible);
              most = std::max(most, visible);
              least = std::min(least, visible);
            }
            const int tiles = key_tiles(s, causal, first, end, tile);
            CHECK((tiles - 1) * tile < std::max(most, 1));
            CHECK(tiles * tile >= most);
            for (int t = 0; t < tiles; ++t)
              CHECK(((t + 1) * tile > key_limit(s, causal, first)) == ((t + 1) * tile > least));
          }
        }
        CHECK(key_tiles(s, causal, queries, queries, 64) == 0);
      }
    }
  }
  CHECK(compared > 500);
}

TEST_CASE("every case obeys FlashAttention's rule on the CPU") {
  std::int64_t values = 0, cases = 0;
  std::uint64_t seed = 0;
  for (const FastCase& c : fast_cases()) {
    FastArrays arrays(c, ++seed);
    for (const FastKernel kernel : kKernels) {
      const FastErrors errors = errors_of(&arrays, kernel, 60);
      INFO(name(kernel) << ", " << name(c) << ": " << errors.largest << ", framework "
                        << errors.framework_largest << ", lse " << errors.lse);
      CHECK(within_rule(errors));
      CHECK(errors.rms <= 1.1 * errors.framework_rms + 1e-6);
      CHECK(errors.lse < (c.input == InputFormat::bf16 ? 4e-3 : 6e-4));
      values += errors.values;
      ++cases;
    }
  }
  INFO(cases << " cases, " << values << " values within twice a framework's error");
  CHECK(cases == 3 * 6 * 22);
  CHECK(values > 1500000);
}

TEST_CASE("the rule sees a wrong result") {
  FastCase c;
  c.queries = 70;
  c.keys = 200;
  FastArrays arrays(c, 3);
  REQUIRE(within_rule(errors_of(&arrays, FastKernel::fast)));
  auto* o = reinterpret_cast<float*>(arrays.o.data());
  const float right = o[777];
  o[777] = right + 0.1f;
  const auto all = sample_rows(arrays.job, kAllRows);
  CHECK_FALSE(within_rule(measure_rows(arrays.job, all)));
  o[777] = std::numeric_limits<float>::quiet_NaN();
  CHECK_FALSE(within_rule(measure_rows(arrays.job, all)));
  o[777] = right;
  CHECK(within_rule(measure_rows(arrays.job, all)));
  arrays.clear_results();
  CHECK_FALSE(within_rule(measure_rows(arrays.job, all)));
}

TEST_CASE("rows without keys give 0 and -inf") {
  FastCase c;
  c.causal = true;
  c.queries = 100;
  c.keys = 30;
  FastArrays arrays(c, 4);
  for (const FastKernel kernel : kKernels) {
    errors_of(&arrays, kernel);
    const auto* o = reinterpret_cast<const float*>(arrays.o.data());
    for (int row = 0; row < 70; ++row) {
      CHECK(arrays.lse[static_cast<std::size_t>(row)] == -std::numeric_limits<float>::infinity());
      for (int i = 0; i < 64; ++i) CHECK(o[row * 64 + i] == 0.0f);
    }
    CHECK(std::isfinite(arrays.lse[70]));
  }
}

TEST_CASE("FP16 weights stay in range while scores climb") {
  // Scores that grow in every tile, by 2^44 in all, then fall.
  FastCase c;
  c.input = InputFormat::fp16;
  c.heads_q = c.heads_kv = 1;
  c.queries = 1;
  c.keys = 1280;
  FastArrays arrays(c, 6);
  arrays.job.scale = 1.0f;
  std::fill(arrays.q.begin(), arrays.q.end(), std::uint16_t{0});
  arrays.q[0] = 0x3C00;
  for (int j = 0; j < 1280; ++j) {
    const int step = j / 128 < 8 ? j / 128 : 12 - j / 128;
    for (int i = 0; i < 64; ++i) arrays.k[static_cast<std::size_t>(j * 64 + i)] = 0;
    arrays.k[static_cast<std::size_t>(j * 64)] =
        reference::fp16_bits(static_cast<float>(step) * 5.5f);
  }
  for (const FastKernel kernel : kKernels) {
    const FastErrors errors = errors_of(&arrays, kernel);
    INFO(name(kernel) << " " << errors.largest << " " << errors.framework_largest);
    CHECK(within_rule(errors));
    CHECK(errors.largest < 1e-3);
  }
}

TEST_CASE("a job of the host has the bits of its call, and a wrong one is seen") {
  std::int64_t compared = 0;
  for (FastCase c : fast_cases()) {
    if (c.varlen || c.d == 256) continue;
    c.batch = c.parts = 1;
    c.rows_first = false;
    for (const FastKernel kernel : {FastKernel::fast, FastKernel::division}) {
      FastArrays arrays(c, 9);
      const Job job = host_job(c, arrays);
      Result result;
      REQUIRE(run_fast_on_cpu(arrays.job, kernel).good());
      REQUIRE(run_fast_job_on_cpu(job, kernel, &result).good());
      INFO(name(kernel) << " " << name(c));
      const Counts counts = result.counts;
      CHECK((counts.scores > 0) == (c.keys > 0));
      CHECK(differences(arrays, counts, result) == 0);
      compared += static_cast<std::int64_t>(result.o.size() + result.lse.size());
      Result wrong = result;
      wrong.o.back() = std::nextafter(wrong.o.back(), 1e30f);
      CHECK(differences(arrays, counts, wrong) == 1);
      wrong = result;
      wrong.lse.front() = std::isinf(wrong.lse.front()) ? 0.0f : -wrong.lse.front();
      ++wrong.counts.scores;
      ++wrong.counts.rows_nan;
      --wrong.counts.rows_empty;
      CHECK(differences(arrays, counts, wrong) == 4);
      wrong.o.pop_back();
      CHECK(differences(arrays, counts, wrong) == -1);
    }
  }
  CHECK(compared > 100000);
}

namespace {

constexpr std::int64_t kStored = 300;  // rows of K and V, of which fewer are keys

/// NaN in the rows of `from` beyond so many keys; `to` gets the rows before them.
void cut(std::vector<std::uint16_t>* from, std::int64_t length, int d,
         std::vector<std::uint16_t>* to) {
  std::size_t next = 0;
  for (std::size_t i = 0; i < from->size(); ++i) {
    const auto row = static_cast<std::int64_t>(i) / d % kStored;
    if (row < length)
      (*to)[next++] = (*from)[i];
    else
      (*from)[i] = 0x7FC0;
  }
  REQUIRE(next == to->size());
}

/// As the command runs a job on a GPU, whose keys may be shared by blocks.
Result in_parts(const Job& job, FastKernel kernel, int parts) {
  FastPlan plan(job);
  plan.call.parts = parts;
  std::vector<float> workspace(static_cast<std::size_t>(workspace_elements(plan.call)));
  plan.call.workspace = workspace.data();
  const Status status = run_fast_on_cpu(plan.call, kernel);
  INFO(status.sentence);
  REQUIRE(status.good());
  return plan.take();
}

}  // namespace

TEST_CASE("rows of K and V beyond the key length are not read") {
  std::int64_t compared = 0;
  for (const int d : {64, 128, 256}) {
    for (const std::int64_t length : {0, 1, 30, 128, 259}) {
      FastCase c;
      c.d = d;
      c.causal = length % 2 == 0 || d == 128;
      c.heads_q = 4;
      c.queries = 40;
      c.keys = kStored;
      FastArrays stored(c, 11);
      c.keys = length;
      FastArrays shorter(c, 12);
      shorter.q = stored.q;
      cut(&stored.k, length, d, &shorter.k);
      cut(&stored.v, length, d, &shorter.v);
      shorter.job.q = shorter.q.data();
      const Job truncated = host_job(c, shorter);
      c.keys = kStored;
      Job job = host_job(c, stored);
      job.visibility.key_length = length;
      for (const FastKernel kernel : kKernels) {
        INFO(name(kernel) << " d " << d << " length " << length);
        Result result, expected;
        REQUIRE(run_fast_job_on_cpu(truncated, kernel, &expected).good());
        REQUIRE(run_fast_job_on_cpu(job, kernel, &result).good());
        CHECK(expected.counts.rows_nan == 0);
        if (c.causal) {
          CHECK(static_cast<std::int64_t>(expected.counts.rows_empty) ==
                4 * std::max<std::int64_t>(0, 40 - length));
        }
        for (const int parts : {1, 3}) {
          shorter.set_parts(parts);
          shorter.clear_results();
          REQUIRE(run_fast_on_cpu(shorter.job, kernel).good());
          CHECK(differences(shorter, expected.counts, in_parts(job, kernel, parts)) == 0);
          if (parts == 1) {
            CHECK(differences(shorter, expected.counts, result) == 0);
          }
          compared += static_cast<std::int64_t>(result.o.size() + result.lse.size());
        }
      }
    }
  }
  CHECK(compared > 1000000);
}
