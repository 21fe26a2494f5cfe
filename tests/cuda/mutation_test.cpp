// SPDX-License-Identifier: Apache-2.0
// The comparison can fail: arguments with one thing wrong must give other results than golden's.
#include <catch2/catch_test_macros.hpp>

#include "host/io/convert.hpp"
#include "host/jobs/random_job.hpp"
#include "host/jobs/rng.hpp"
#include "kernels/exact/plan.hpp"
#include "tests/cuda/compare.hpp"

namespace {

using namespace flashd;
using namespace flashd::cuda;

/// A job in which every option has a say.
jobs::OwnedJob rich_job() {
  jobs::Rng rng(3);
  jobs::OwnedJob job;
  job.heads_q = 4;
  job.heads_kv = 2;
  job.queries = 5;
  job.keys = 80;
  job.d = 20;
  job.dv = 12;
  job.scale = 0.3;
  job.output = OutputFormat::bf16;
  job.visibility.causal = true;
  job.visibility.window_left = 60;
  job.visibility.window_right = 4;
  job.visibility.key_length = 77;
  const auto fill = [&](std::vector<std::uint16_t>& array, std::int64_t size) {
    for (std::int64_t i = 0; i < size; ++i)
      array.push_back(host::encode(rng.normal(), InputFormat::bf16));
  };
  fill(job.q, job.heads_q * job.queries * job.d);
  fill(job.k, 7 * job.heads_kv * 16 * job.d);
  fill(job.v, 7 * job.heads_kv * 16 * job.dv);
  job.page_size = 16;
  job.page_table = {4, 0, 6, 2, 5};
  job.bias_key = 1;
  job.bias_query = 80;
  job.bias_head = 400;
  for (int i = 0; i < 1600; ++i) job.bias.push_back(static_cast<float>(rng.normal()));
  job.soft_cap = 5.0;
  job.alibi = {0.5f, 0.25f, 0.125f, 0.0625f};
  job.continues = true;
  job.state.v_exponent = 1;
  job.state.head.assign(20, {3, 0xC0000000u, kRowHasKeys});
  job.state.o.assign(20 * 12, 12345678);
  return job;
}

constexpr golden::Settings kSettings{Profile::fine, 16};

/// The first difference from golden after `spoil`.
template <class Spoil>
std::string spoiled(const jobs::OwnedJob& owned, const Spoil& spoil) {
  const Job job = owned.view();
  REQUIRE(check_exact_job(job, kSettings, {}).good());
  ExactPlan plan(job, kSettings);
  spoil(plan.arguments);
  const Status status = run_exact_body(plan.arguments, {32, 4});
  INFO(status.sentence);
  REQUIRE(status.good());
  Compared compared;
  return difference(plan.take(), golden::run(job, kSettings), &compared);
}

TEST_CASE("arguments as they should be give golden's results") {
  CHECK(spoiled(rich_job(), [](ExactArguments&) {}).empty());
}

TEST_CASE("one wrong argument is seen") {
  const jobs::OwnedJob job = rich_job();
  const std::vector<std::int32_t> pages{4, 0, 6, 5, 2};
  std::vector<KeyRange> ranges;
  for (std::int64_t i = 0; i < job.queries; ++i) ranges.push_back(visible_keys(job.view(), i));
  ++ranges[2].begin;
  std::vector<RowHead> heads = job.state.head;
  heads[7].mantissa += 1u << 20;
  std::vector<std::int32_t> o = job.state.o;
  o[100] += 1000;
  const auto seen = [&](const auto& spoil) { return !spoiled(job, spoil).empty(); };
  CHECK(seen([](ExactArguments& a) { a.tile = 32; }));
  CHECK(seen([](ExactArguments& a) { a.profile = Profile::lean; }));
  CHECK(seen([](ExactArguments& a) { a.output = OutputFormat::fp32; }));
  CHECK(seen([](ExactArguments& a) { a.scale.mantissa += 64; }));
  CHECK(seen([](ExactArguments& a) { a.scale.exponent += 1; }));
  CHECK(seen([](ExactArguments& a) { a.scale.negative = true; }));
  CHECK(seen([](ExactArguments& a) { a.soft_cap.enabled = false; }));
  CHECK(seen([](ExactArguments& a) { a.v_exponent += 1; }));
  CHECK(seen([](ExactArguments& a) { a.diagonal += 1; }));
  CHECK(seen([](ExactArguments& a) { a.slopes = nullptr; }));
  CHECK(seen([](ExactArguments& a) { a.bias = nullptr; }));
  CHECK(seen([](ExactArguments& a) { a.bias_head = 0; }));
  CHECK(seen([](ExactArguments& a) { a.bias_query -= 1; }));
  CHECK(seen([](ExactArguments& a) { a.bias_key = 0; }));
  CHECK(seen([](ExactArguments& a) { a.key_length -= 1; }));
  CHECK(seen([](ExactArguments& a) { a.head_in = nullptr, a.o_in = nullptr; }));
  CHECK(seen([&](ExactArguments& a) { a.page_table = pages.data(); }));
  CHECK(seen([&](ExactArguments& a) { a.ranges = ranges.data(); }));
  CHECK(seen([&](ExactArguments& a) { a.head_in = heads.data(); }));
  CHECK(seen([&](ExactArguments& a) { a.o_in = o.data(); }));
}

TEST_CASE("one wrong value of a result is seen") {
  const jobs::OwnedJob owned = rich_job();
  const Result golden = golden::run(owned.view(), kSettings);
  const auto seen = [&](const auto& spoil) {
    Result other = golden;
    spoil(other);
    Compared compared;
    return !difference(other, golden, &compared).empty();
  };
  CHECK(!seen([](Result&) {}));
  CHECK(seen([](Result& r) { r.o.back() = -r.o.back(); }));
  CHECK(seen([](Result& r) { r.lse[3] += 1.0f; }));
  CHECK(seen([](Result& r) { r.state.o[5] ^= 1; }));
  CHECK(seen([](Result& r) { r.state.head[19].exponent += 1; }));
  CHECK(seen([](Result& r) { r.state.head[19].mantissa ^= 1u; }));
  CHECK(seen([](Result& r) { r.state.head[19].flags ^= kRowSatValue; }));
  CHECK(seen([](Result& r) { r.state.v_exponent += 1; }));
  CHECK(seen([](Result& r) { r.o.pop_back(); }));
  CHECK(seen([](Result& r) { ++r.counts.scores; }));
  CHECK(seen([](Result& r) { ++r.counts.keys_skipped; }));
  CHECK(seen([](Result& r) { ++r.counts.tiles; }));
  CHECK(seen([](Result& r) { ++r.counts.tiles_skipped; }));
  CHECK(seen([](Result& r) { ++r.counts.saturations; }));
  CHECK(seen([](Result& r) { ++r.counts.rows_nan; }));
  CHECK(seen([](Result& r) { ++r.counts.rows_empty; }));
}

}  // namespace
