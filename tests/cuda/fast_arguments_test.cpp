// SPDX-License-Identifier: Apache-2.0
// Every argument of the fast kernels that does not fit is refused with a sentence that names it,
// before a GPU is asked; so are the bench's options.
#include <functional>
#include <limits>
#include <optional>

#include <catch2/catch_test_macros.hpp>

#include "kernels/fast/bench_options.hpp"
#include "kernels/fast/job.hpp"
#include "kernels/fast/on_cpu.hpp"
#include "tests/cuda/fast_jobs.hpp"

namespace {

using namespace flashd;
using namespace flashd::cuda;

FastCase two_entries() {
  FastCase c;
  c.batch = 2;
  c.heads_q = 4;
  c.queries = 3;
  c.keys = 5;
  return c;
}

template <class T>
T* shifted(T* pointer, std::uintptr_t bytes) {
  return reinterpret_cast<T*>(reinterpret_cast<std::uintptr_t>(pointer) + bytes);
}

void expect_refused(const std::function<void(FastJob&)>& spoil, const std::string& words,
                    bool varlen = false) {
  FastCase c = two_entries();
  c.varlen = varlen;
  FastArrays arrays(c, 1);
  REQUIRE(check_fast(arrays.job, FastKernel::choose).good());
  FastJob job = arrays.job;
  spoil(job);
  for (const Status& status :
       {check_fast(job, FastKernel::choose), run_fast_on_cpu(job, FastKernel::fast),
        launch_fast(job, FastKernel::portable, nullptr)}) {
    INFO(status.sentence << " / " << words);
    CHECK(status.outcome == Outcome::refused);
    CHECK(status.sentence.find(words) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("numbers that do not fit") {
  for (const int d : {0, 32, 65, 96, 512, -64})
    expect_refused([d](FastJob& j) { j.d = d; }, "d is " + std::to_string(d));
  for (const float scale : {0.0f, -1.0f, std::numeric_limits<float>::infinity(),
                            std::numeric_limits<float>::quiet_NaN()})
    expect_refused([scale](FastJob& j) { j.scale = scale; }, "scale is ");
  expect_refused([](FastJob& j) { j.scale = 3e38f; }, "scale is too large");
  expect_refused([](FastJob& j) { j.input = static_cast<InputFormat>(7); }, "input is neither");
  expect_refused([](FastJob& j) { j.output = static_cast<OutputFormat>(7); }, "output is neither");
}

TEST_CASE("shapes that do not fit") {
  expect_refused([](FastJob& j) { j.batch = 0; }, "batch is 0");
  expect_refused([](FastJob& j) { j.heads_q = 0; }, "heads_q is 0");
  expect_refused([](FastJob& j) { j.heads_kv = 0; }, "heads_kv is 0");
  expect_refused([](FastJob& j) { j.heads_kv = 3; }, "expected a multiple");
  expect_refused([](FastJob& j) { j.queries = -1; }, "queries is -1");
  expect_refused([](FastJob& j) { j.keys = std::int64_t{1} << 31; }, "keys is 2147483648");
  expect_refused(
      [](FastJob& j) {
        j.batch = j.heads_q = 65535;
        j.heads_kv = 1;
        j.queries = 1000;
      },
      "more than 2^31 - 1 blocks");
  expect_refused([](FastJob& j) { j.total_queries = 0; }, "total_queries is 0", true);
  expect_refused([](FastJob& j) { j.total_keys = -5; }, "total_keys is -5", true);
}

TEST_CASE("parts that do not fit") {
  float room[64] = {};
  for (const int parts : {0, -1, kMaxParts + 1})
    expect_refused([parts](FastJob& j) { j.parts = parts; }, "parts is " + std::to_string(parts));
  expect_refused([](FastJob& j) { j.parts = 2; }, "workspace is null");
  expect_refused(
      [&](FastJob& j) {
        j.parts = 2;
        j.workspace = shifted(room, 4);
      },
      "workspace is not aligned to 16");
  expect_refused(
      [&](FastJob& j) {
        j.parts = 200;
        j.workspace = room;
        j.queries = 2000000;
      },
      "parts is 200 for 16000000 rows");
}

TEST_CASE("arrays that do not fit") {
  expect_refused([](FastJob& j) { j.q = nullptr; }, "q is null");
  expect_refused([](FastJob& j) { j.k = nullptr; }, "k is null");
  expect_refused([](FastJob& j) { j.v = nullptr; }, "v is null");
  expect_refused([](FastJob& j) { j.o = nullptr; }, "o is null");
  expect_refused([](FastJob& j) { j.q = shifted(j.q, 2); }, "q is not aligned to 16");
  expect_refused([](FastJob& j) { j.k = shifted(j.k, 8); }, "k is not aligned to 16");
  expect_refused([](FastJob& j) { j.v = shifted(j.v, 1); }, "v is not aligned to 16");
  expect_refused([](FastJob& j) { j.o = shifted(static_cast<char*>(j.o), 4); }, "o is not aligned");
  expect_refused([](FastJob& j) { j.lse = shifted(j.lse, 1); }, "lse is not aligned to 4");
  expect_refused([](FastJob& j) { j.cu_queries = nullptr; }, "one of cu_queries and cu_keys", true);
  expect_refused([](FastJob& j) { j.cu_keys = shifted(j.cu_keys, 2); }, "cu_keys is not aligned",
                 true);
}

TEST_CASE("strides that do not fit") {
  expect_refused([](FastJob& j) { j.q_strides.row = 68; }, "q_strides.row is 68");
  expect_refused([](FastJob& j) { j.k_strides.head = 63; }, "k_strides.head is 63");
  expect_refused([](FastJob& j) { j.v_strides.batch = -64; }, "v_strides.batch is -64");
  expect_refused([](FastJob& j) { j.o_strides.row = 0; }, "o_strides.row is 0");
  expect_refused([](FastJob& j) { j.q_strides.batch = std::int64_t{1} << 40; },
                 "q_strides.batch is 1099511627776");
}

TEST_CASE("strides that are not used may be anything") {
  FastCase c;
  c.heads_q = c.heads_kv = 1;
  FastArrays arrays(c, 1);
  arrays.job.q_strides.batch = arrays.job.q_strides.head = -1;
  CHECK(check_fast(arrays.job, FastKernel::fast).good());
  arrays.job.lse = nullptr;
  CHECK(run_fast_on_cpu(arrays.job, FastKernel::fast).good());
}

TEST_CASE("the kernel follows the GPU") {
  FastKernel got = FastKernel::choose;
  CHECK(resolve_fast(FastKernel::choose, 9, 0, &got).good());
  CHECK(got == FastKernel::fast);
  CHECK(resolve_fast(FastKernel::choose, 8, 6, &got).good());
  CHECK(got == FastKernel::portable);
  CHECK(resolve_fast(FastKernel::division, 10, 0, &got).good());
  CHECK(got == FastKernel::division);
  const Status wrong = resolve_fast(FastKernel::fast, 10, 0, &got);
  CHECK(wrong.outcome == Outcome::unavailable);
  CHECK(wrong.sentence.find("compute capability 10.0") != std::string::npos);
  CHECK(resolve_fast(FastKernel::choose, 7, 5, &got).outcome == Outcome::unavailable);
  CHECK(resolve_fast(FastKernel::fast, 9, 0, nullptr).outcome == Outcome::refused);
  CHECK(check_fast({}, static_cast<FastKernel>(9)).sentence.find("kernel is none") == 0);
}

TEST_CASE("masks of a job of the host") {
  FastCase c;
  c.queries = 3;
  c.keys = 5;
  const FastArrays arrays(c, 1);
  const auto with = [&](bool causal, std::int64_t length, std::optional<std::int64_t> diagonal) {
    Job job = host_job(c, arrays);
    job.visibility.causal = causal;
    job.visibility.key_length = length;
    job.visibility.diagonal = diagonal;
    return check_fast_job(job);
  };
  for (const bool causal : {false, true}) {
    for (const std::int64_t length : {0, 2, 3, 5}) {
      CHECK(with(causal, length, {}).good());
      CHECK(with(causal, length, length - 3).good());
    }
    for (const std::int64_t length : {-1, 6})
      CHECK(with(causal, length, {}).sentence.find("key_length") != std::string::npos);
  }
  const std::pair<std::int64_t, std::int64_t> others[] = {{4, 2}, {2, 0}, {0, 2}, {5, 1}};
  for (const auto& [length, diagonal] : others) {
    const Status status = with(true, length, diagonal);
    INFO(status.sentence);
    CHECK(status.outcome == Outcome::refused);
    CHECK(status.sentence.find("--diagonal") != std::string::npos);
    CHECK(status.sentence.find("instead of " + std::to_string(length - 3)) != std::string::npos);
  }
}

TEST_CASE("FlashAttention's counting") {
  FastJob job;
  job.d = 128;
  job.batch = 2;
  job.heads_q = 16;
  job.queries = job.keys = 16384;
  CHECK(fast_flops(job) == 4.0 * 16384 * 16384 * 128 * 16 * 2);
  job.causal = true;
  CHECK(fast_flops(job) == 2.0 * 16384 * 16384 * 128 * 16 * 2);
}

TEST_CASE("options of the bench") {
  const auto parse = [](std::vector<const char*> words, BenchOptions* options) {
    words.insert(words.begin(), "flashd_gpu_bench");
    return parse_bench(static_cast<int>(words.size()), words.data(), options);
  };
  BenchOptions o;
  REQUIRE(
      parse({"--kernel",  "portable", "--d",     "64",        "--heads", "8",        "--kv-heads",
             "2",         "--batch",  "3",       "--queries", "100",     "--keys",   "200",
             "--causal",  "--format", "fp16",    "--warmup",  "0",       "--repeat", "7",
             "--seconds", "1.5",      "--check", "--json",    "--parts", "3"},
            &o)
          .good());
  CHECK((o.kernel == "portable" && o.d == 64 && o.heads == 8 && o.kv_heads == 2 && o.batch == 3));
  CHECK((o.queries == 100 && o.keys == 200 && o.causal && o.format == "fp16" && o.json));
  CHECK(o.parts == 3);
  CHECK((o.warmup == 0 && o.repeat == 7 && o.seconds == 1.5 && o.check == 64));
  BenchOptions d;
  REQUIRE(parse({"--queries", "77", "--check", "12"}, &d).good());
  CHECK((d.keys == 77 && d.kv_heads == d.heads && d.check == 12));
  const std::pair<std::vector<const char*>, const char*> wrong[] = {
      {{"--kernel", "quick"}, "--kernel is quick"},
      {{"--format", "fp8"}, "--format is fp8"},
      {{"--repeat", "0"}, "--repeat is 0"},
      {{"--parts", "257"}, "--parts is 257"},
      {{"--kernel", "exact", "--parts", "2"}, "no --parts"},
      {{"--heads", "2.5"}, "--heads is 2.5"},
      {{"--keys", "many"}, "--keys is many"},
      {{"--seconds", "-1"}, "--seconds is -1"},
      {{"--queries"}, "lacks its value"},
      {{"--fast", "1"}, "--fast is unknown"},
      {{"--kernel", "exact", "--check"}, "takes --batch 1"}};
  for (const auto& [words, says] : wrong) {
    BenchOptions ignored;
    const Status status = parse(words, &ignored);
    INFO(status.sentence);
    CHECK(status.outcome == Outcome::refused);
    CHECK(status.sentence.find(says) != std::string::npos);
  }
}
