// SPDX-License-Identifier: Apache-2.0
// Every argument that does not fit is refused with a sentence that names it, before a GPU is asked.
#include <functional>

#include <catch2/catch_test_macros.hpp>

#include "kernels/exact/plan.hpp"
#include "kernels/exact/shared_memory.hpp"

namespace {

using namespace flashd;
using namespace flashd::cuda;

constexpr golden::Settings kSettings{Profile::fine, 64};

/// A job that fits, with bias, pages, slopes and states.
struct Good {
  Good() {
    job.heads_q = 2;
    job.queries = 3;
    job.keys = 20;
    job.d = job.dv = 8;
    job.q = q;
    job.k = job.v = pool;
    job.paging = Paging{16, table};
    job.bias = BiasView{bias.data(), 60, 20, 1};
    job.alibi = slopes;
    state.head.assign(6, {0, 0x80000000u, kRowHasKeys});
    state.o.assign(48, 1);
    job.state_in = &state;
  }
  std::vector<std::uint16_t> q = std::vector<std::uint16_t>(48, 0x3F80);
  std::vector<std::uint16_t> pool = std::vector<std::uint16_t>(2 * 16 * 8, 0x3F80);
  std::vector<std::int32_t> table{1, 0};
  std::vector<float> bias = std::vector<float>(120, 0.5f);
  std::vector<float> slopes{0.5f, 0.25f};
  RowStates state;
  Job job;
};

using Spoil = std::function<void(ExactArguments&, LaunchShape&)>;

/// check_exact(), the body on the CPU and the launch all refuse with the words.
void expect_refused(const Spoil& spoil, const std::vector<std::string>& words) {
  const Good good;
  ExactPlan plan(good.job, kSettings);
  LaunchShape shape;
  spoil(plan.arguments, shape);
  const Status all[] = {check_exact(plan.arguments, shape), run_exact_body(plan.arguments, shape),
                        launch_exact(plan.arguments, shape, nullptr)};
  for (const Status& status : all) {
    INFO(status.sentence);
    CHECK(status.outcome == Outcome::refused);
    for (const std::string& word : words) {
      INFO(word);
      CHECK(status.sentence.find(word) != std::string::npos);
    }
  }
}

template <class T>
T* shifted(T* pointer) {
  return reinterpret_cast<T*>(reinterpret_cast<std::uintptr_t>(pointer) + 1);
}

}  // namespace

TEST_CASE("arguments that fit pass") {
  const Good good;
  ExactPlan plan(good.job, kSettings);
  const Status status = check_exact(plan.arguments, {});
  INFO(status.sentence);
  CHECK(status.good());
  CHECK(run_exact_body(plan.arguments, {}).good());
  CHECK(check_exact_job(good.job, kSettings, {}).good());
}

TEST_CASE("null pointers") {
  using A = ExactArguments;
  expect_refused([](A& a, LaunchShape&) { a.q = nullptr; }, {"q is null"});
  expect_refused([](A& a, LaunchShape&) { a.k = nullptr; }, {"k is null"});
  expect_refused([](A& a, LaunchShape&) { a.v = nullptr; }, {"v is null"});
  expect_refused([](A& a, LaunchShape&) { a.ranges = nullptr; }, {"ranges is null"});
  expect_refused([](A& a, LaunchShape&) { a.page_table = nullptr; }, {"page_table is null"});
  expect_refused([](A& a, LaunchShape&) { a.head_in = nullptr; }, {"head_in is null"});
  expect_refused([](A& a, LaunchShape&) { a.o_in = nullptr; }, {"o_in is null"});
  expect_refused([](A& a, LaunchShape&) { a.head = nullptr; }, {"head is null"});
  expect_refused([](A& a, LaunchShape&) { a.o_state = nullptr; }, {"o_state is null"});
  expect_refused([](A& a, LaunchShape&) { a.o = nullptr; }, {"o is null"});
  expect_refused([](A& a, LaunchShape&) { a.lse = nullptr; }, {"lse is null"});
  expect_refused([](A& a, LaunchShape&) { a.counts = nullptr; }, {"counts is null"});
}

TEST_CASE("alignment") {
  using A = ExactArguments;
  expect_refused([](A& a, LaunchShape&) { a.q = shifted(a.q); }, {"q is not aligned to 2"});
  expect_refused([](A& a, LaunchShape&) { a.k = shifted(a.k); }, {"k is not aligned to 2"});
  expect_refused([](A& a, LaunchShape&) { a.v = shifted(a.v); }, {"v is not aligned to 2"});
  expect_refused([](A& a, LaunchShape&) { a.ranges = shifted(a.ranges); }, {"ranges", "to 8"});
  expect_refused([](A& a, LaunchShape&) { a.page_table = shifted(a.page_table); }, {"page_table"});
  expect_refused([](A& a, LaunchShape&) { a.bias = shifted(a.bias); }, {"bias", "to 4"});
  expect_refused([](A& a, LaunchShape&) { a.slopes = shifted(a.slopes); }, {"slopes"});
  expect_refused([](A& a, LaunchShape&) { a.head_in = shifted(a.head_in); }, {"head_in"});
  expect_refused([](A& a, LaunchShape&) { a.o_in = shifted(a.o_in); }, {"o_in"});
  expect_refused([](A& a, LaunchShape&) { a.head = shifted(a.head); }, {"head", "to 4"});
  expect_refused([](A& a, LaunchShape&) { a.o_state = shifted(a.o_state); }, {"o_state"});
  expect_refused([](A& a, LaunchShape&) { a.o = shifted(a.o); }, {"o is not aligned"});
  expect_refused([](A& a, LaunchShape&) { a.lse = shifted(a.lse); }, {"lse"});
  expect_refused([](A& a, LaunchShape&) { a.counts = shifted(a.counts); }, {"counts", "to 8"});
}

TEST_CASE("shapes") {
  using A = ExactArguments;
  constexpr std::int64_t kLimit = std::int64_t{1} << 31;
  for (const int d : {0, -1, 257}) {
    const std::string words = " is " + std::to_string(d) + "; expected 1 to 256";
    expect_refused([&](A& a, LaunchShape&) { a.d = d; }, {"d" + words});
    expect_refused([&](A& a, LaunchShape&) { a.dv = d; }, {"dv" + words});
  }
  expect_refused([](A& a, LaunchShape&) { a.heads_q = 0; }, {"at least one query head"});
  expect_refused([](A& a, LaunchShape&) { a.heads_kv = 0; }, {"at least one query head"});
  expect_refused([](A& a, LaunchShape&) { a.heads_q = 3, a.heads_kv = 2; }, {"multiple"});
  expect_refused([](A& a, LaunchShape&) { a.queries = -1; }, {"queries is -1"});
  expect_refused([](A& a, LaunchShape&) { a.queries = kLimit; }, {"queries", "2147483647"});
  expect_refused([](A& a, LaunchShape&) { a.keys = kLimit; }, {"keys", "2147483647"});
  expect_refused([](A& a, LaunchShape&) { a.key_length = 21; }, {"key_length is 21", "0 to 20"});
  expect_refused([](A& a, LaunchShape&) { a.key_length = -1; }, {"key_length is -1"});
  expect_refused([](A& a, LaunchShape&) { a.tile = 0; }, {"tile is 0", "1 to 64"});
  expect_refused([](A& a, LaunchShape&) { a.tile = 65; }, {"tile is 65"});
  for (const int size : {-16, 8, 24, 2048})
    expect_refused([&](A& a, LaunchShape&) { a.page_size = size; },
                   {"page_size is " + std::to_string(size), "power of two"});
  expect_refused([](A&, LaunchShape& s) { s.threads = 0; }, {"threads is 0", "1 to 512"});
  expect_refused([](A&, LaunchShape& s) { s.threads = 513; }, {"threads is 513"});
  expect_refused([](A&, LaunchShape& s) { s.rows = 0; }, {"rows is 0", "1 to 8"});
  expect_refused([](A&, LaunchShape& s) { s.rows = 9; }, {"rows is 9"});
}

TEST_CASE("sizes that overflow") {
  using A = ExactArguments;
  constexpr std::int64_t kHuge = std::int64_t{1} << 40;
  expect_refused([](A& a, LaunchShape&) { a.heads_q = kHuge, a.queries = 1 << 20; },
                 {"q or o", "2^60"});
  expect_refused([](A& a, LaunchShape&) { a.heads_q = a.heads_kv = kHuge, a.keys = 1 << 30; },
                 {"k or v", "2^60"});
  expect_refused([](A& a, LaunchShape&) { a.bias_query = std::int64_t{1} << 62; },
                 {"strides", "2^60"});
}

TEST_CASE("strides and formats") {
  using A = ExactArguments;
  expect_refused([](A& a, LaunchShape&) { a.bias_head = -1; }, {"stride", "negative"});
  expect_refused([](A& a, LaunchShape&) { a.bias_query = -1; }, {"stride", "negative"});
  expect_refused([](A& a, LaunchShape&) { a.bias_key = -1; }, {"stride", "negative"});
  expect_refused([](A& a, LaunchShape&) { a.bias16 = a.q; }, {"both given"});
  expect_refused(
      [](A& a, LaunchShape&) {
        a.bias = nullptr;
        a.bias16 = a.q;
        a.bias16_format = static_cast<InputFormat>(7);
      },
      {"bias16_format"});
  expect_refused([](A& a, LaunchShape&) { a.profile = static_cast<Profile>(2); }, {"profile"});
  expect_refused([](A& a, LaunchShape&) { a.input = static_cast<InputFormat>(2); }, {"input"});
  expect_refused([](A& a, LaunchShape&) { a.output = static_cast<OutputFormat>(3); }, {"output"});
  expect_refused([](A& a, LaunchShape&) { a.v_exponent = 128; }, {"v_exponent is 128"});
  expect_refused([](A& a, LaunchShape&) { a.scale.mantissa = 5; }, {"scale.mantissa"});
  expect_refused([](A& a, LaunchShape&) { a.diagonal = std::int64_t{1} << 40; }, {"diagonal"});
}

TEST_CASE("jobs that do not fit") {
  const auto refused = [](const std::function<void(Job&, golden::Settings&, LaunchShape&)>& spoil,
                          const std::string& words) {
    Good good;
    golden::Settings settings = kSettings;
    LaunchShape shape;
    spoil(good.job, settings, shape);
    Result result;
    const Status all[] = {check_exact_job(good.job, settings, shape),
                          run_exact(good.job, settings, shape, &result),
                          run_exact_on_cpu(good.job, settings, shape, &result)};
    for (const Status& status : all) {
      INFO(status.sentence);
      CHECK(status.outcome == Outcome::refused);
      CHECK(status.sentence.find(words) != std::string::npos);
    }
    CHECK(result.o.empty());
  };
  refused([](Job& j, golden::Settings&, LaunchShape&) { j.d = 257; }, "head dimension");
  refused([](Job& j, golden::Settings&, LaunchShape&) { j.q = {}; }, "q does not hold");
  refused([](Job& j, golden::Settings&, LaunchShape&) { j.scale = 1.0 / 0.0; }, "scale");
  refused([](Job& j, golden::Settings&, LaunchShape&) { j.bias->key = -1; }, "negative");
  refused([](Job& j, golden::Settings&, LaunchShape&) { j.bias->data = nullptr; }, "no elements");
  refused([](Job& j, golden::Settings&, LaunchShape&) { j.bias->head = INT64_MAX; }, "2^60");
  refused([](Job&, golden::Settings& s, LaunchShape&) { s.tile = 65; }, "tile is 65");
  refused([](Job&, golden::Settings&, LaunchShape& s) { s.threads = 1024; }, "threads is 1024");
  refused([](Job&, golden::Settings&, LaunchShape& s) { s.rows = 0; }, "rows is 0");
  const Good good;
  CHECK(run_exact(good.job, kSettings, {}, nullptr).outcome == Outcome::refused);
  CHECK(run_exact_on_cpu(good.job, kSettings, {}, nullptr).outcome == Outcome::refused);
  CHECK(find_gpu(nullptr).outcome == Outcome::refused);
}

TEST_CASE("without a GPU every call says so in one sentence") {
  Gpu gpu;
  const Status found = find_gpu(&gpu);
  if (found.good()) {
    CHECK(gpu.major >= 8);
    CHECK(!gpu.name.empty());
    return;
  }
  CHECK(found.outcome == Outcome::unavailable);
  CHECK(!found.sentence.empty());
  const Good good;
  Result result;
  const Status ran = run_exact(good.job, kSettings, {}, &result);
  CHECK(ran.outcome == Outcome::unavailable);
  CHECK(ran.sentence == found.sentence);
  ExactPlan plan(good.job, kSettings);
  const Status launched = launch_exact(plan.arguments, {}, nullptr);
  INFO(launched.sentence);
  CHECK(!launched.good());
  CHECK(!launched.sentence.empty());
}

TEST_CASE("the largest block fits the shared memory of every GPU that is served") {
  const SharedLayout at = shared_layout(256, 256, 64, kMaxRows);
  CHECK(at.bytes <= kSharedLimit);
  CHECK(at.bytes > 64 * 1024);
  for (int d = 1; d <= 256; ++d) {
    CHECK(key_pitch(d) >= d);
    CHECK(key_pitch(d) <= d + 3);
    CHECK(key_pitch(d) / 2 % 2 == 1);
    const SharedLayout odd = shared_layout(d, 257 - d, 1 + d % 64, 1 + d % kMaxRows);
    CHECK(odd.weights % 8 == 0);
    CHECK(odd.scores % 4 == 0);
    CHECK(odd.o % 4 == 0);
    CHECK(odd.exponent % 4 == 0);
    CHECK(odd.q % 2 == 0);
    CHECK(odd.k % 2 == 0);
    CHECK(odd.v % 2 == 0);
  }
}
