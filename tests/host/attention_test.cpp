// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstring>

#include <catch2/catch_test_macros.hpp>

#include "host/api/config.hpp"
#include "host/api/flashd.hpp"
#include "host/io/convert.hpp"
#include "host/io/row_state.hpp"
#include "host/jobs/random_job.hpp"
#include "host/jobs/rng.hpp"
#include "model/golden/golden.hpp"

namespace {

using namespace flashd;

constexpr jobs::Choices kPlain{false, false, false, false};

AttentionCall make_call(const jobs::OwnedJob& job) {
  AttentionCall call;
  call.shape = {1, job.heads_q, job.heads_kv, job.queries, job.keys, job.d, job.dv};
  call.q = job.q;
  call.k = job.k;
  call.v = job.v;
  call.input = job.input;
  call.output = job.output;
  call.scale = job.scale;
  call.visibility = job.visibility;
  call.soft_cap = job.soft_cap;
  call.alibi = job.alibi;
  call.page_size = job.page_size;
  call.page_table = job.page_table;
  call.bias = job.bias;
  call.bias16 = job.bias16;
  call.bias16_format = job.bias16_format;
  call.bias_strides[1] = job.bias_head;
  call.bias_strides[2] = job.bias_query;
  call.bias_strides[3] = job.bias_key;
  call.states_out = true;
  return call;
}

std::vector<std::byte> records(const RowStates& states, int dv) {
  std::vector<std::byte> out(states.head.size() * host::row_state_bytes(dv));
  host::store_rows(states, dv, out);
  return out;
}

template <typename T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

}  // namespace

TEST_CASE("attention() gives golden's bits for random jobs") {
  Accelerator device("golden", "tiny", "fine");
  const auto& config = host::find_config("tiny");
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const InputFormat format = seed % 2 ? InputFormat::bf16 : InputFormat::fp16;
    const jobs::OwnedJob job = jobs::random_job(seed, config, format, 200000);
    INFO(seed << ": " << job.description);
    const Result expected = golden::run(job.view(), {Profile::fine, config.tile});
    AttentionCall call = make_call(job);
    const std::vector<std::byte> states = records(job.state, job.dv);
    if (job.continues) call.states_in = states;
    const AttentionResult result = attention(device, call);
    CHECK(same_bits(result.o, expected.o));
    CHECK(same_bits(result.lse, expected.lse));
    CHECK(same_bits(result.states, records(expected.state, job.dv)));
    CHECK(result.counters.scores == expected.counts.scores);
    CHECK(result.counters.rows_nan == expected.counts.rows_nan);
  }
}

TEST_CASE("rows continued from their raw state give the bits of the unsplit job") {
  Accelerator device("golden", "tiny", "fine");
  const auto& config = host::find_config("tiny");
  int split = 0;
  for (std::uint64_t seed = 100; seed < 200; ++seed) {
    const jobs::OwnedJob job = jobs::random_job(seed, config, InputFormat::bf16, 200000);
    INFO(seed << ": " << job.description);
    AttentionCall call = make_call(job);
    const std::vector<std::byte> states = records(job.state, job.dv);
    if (job.continues) call.states_in = states;
    const AttentionResult whole = attention(device, call);
    for (const std::int64_t keys : {1, 17, 48}) {
      call.keys_per_job = keys;
      const AttentionResult parts = attention(device, call);
      CHECK(same_bits(parts.o, whole.o));
      CHECK(same_bits(parts.lse, whole.lse));
      CHECK(same_bits(parts.states, whole.states));
      CHECK(parts.counters.scores == whole.counters.scores);
      CHECK(parts.counters.saturations == whole.counters.saturations);
      CHECK(parts.counters.rows_nan == whole.counters.rows_nan);
      CHECK(parts.counters.rows_empty == whole.counters.rows_empty);
      split += parts.counters.jobs > whole.counters.jobs;
    }
  }
  CHECK(split > 50);
}

TEST_CASE("a batch is one job per entry, each with its own length, bias and exponent") {
  Accelerator device("golden", "base", "lean");
  const auto& config = host::find_config("base");
  jobs::OwnedJob first = jobs::random_job(7, config, InputFormat::bf16, 1500000, kPlain);
  first.heads_q = 2, first.heads_kv = 1, first.queries = 5, first.keys = 70;
  first.d = 16, first.dv = 24;
  first.visibility = {};
  first.bias.clear();
  first.continues = false;
  const auto fill = [](std::size_t size, std::uint32_t seed, std::uint16_t exponent) {
    std::vector<std::uint16_t> out(size);
    for (auto& value : out) {
      seed = seed * 1664525u + 1013904223u;
      value = static_cast<std::uint16_t>((seed >> 16 & 0x80ffu) | exponent);
    }
    return out;
  };
  const std::size_t sizes[] = {2 * 5 * 16, 70 * 16, 70 * 24};
  AttentionCall call = make_call(first);
  call.shape.batch = 2;
  const auto q = fill(2 * sizes[0], 1, 0x3f00), k = fill(2 * sizes[1], 2, 0x3f00);
  auto v = fill(sizes[2], 3, 0x3f00);
  const auto large = fill(sizes[2], 4, 0x4200);
  v.insert(v.end(), large.begin(), large.end());
  std::vector<float> bias(2 * 70);
  for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = static_cast<float>(i % 13) * 0.25f;
  const std::vector<std::int64_t> lengths{70, 33};
  call.q = q;
  call.k = k;
  call.v = v;
  call.bias = bias;
  call.bias_strides[0] = 70;
  call.bias_strides[1] = call.bias_strides[2] = 0;
  call.bias_strides[3] = 1;
  call.key_lengths = lengths;
  call.scale = 0.25;
  const AttentionResult result = attention(device, call);
  for (std::size_t entry = 0; entry < 2; ++entry) {
    jobs::OwnedJob job = first;
    const auto cut = [entry](const std::vector<std::uint16_t>& all, std::size_t size) {
      return std::vector<std::uint16_t>(
          all.begin() + static_cast<std::ptrdiff_t>(entry * size),
          all.begin() + static_cast<std::ptrdiff_t>((entry + 1) * size));
    };
    job.q = cut(q, sizes[0]);
    job.k = cut(k, sizes[1]);
    job.v = cut(v, sizes[2]);
    job.bias.assign(bias.begin() + static_cast<std::ptrdiff_t>(entry) * 70,
                    bias.begin() + static_cast<std::ptrdiff_t>(entry + 1) * 70);
    job.bias_head = job.bias_query = 0;
    job.bias_key = 1;
    job.scale = 0.25;
    job.visibility.key_length = lengths[entry];
    const Result expected = golden::run(job.view(), {Profile::lean, config.tile});
    const std::size_t rows = 2 * 5;
    const std::vector<float> o(
        result.o.begin() + static_cast<std::ptrdiff_t>(entry * rows * 24),
        result.o.begin() + static_cast<std::ptrdiff_t>((entry + 1) * rows * 24));
    CHECK(same_bits(o, expected.o));
  }
}

TEST_CASE("states of independent key ranges merge as golden says, near the unsplit row") {
  const auto& config = host::find_config("tiny");
  const int keys = 200, queries = 6, d = 16;
  jobs::OwnedJob whole = jobs::random_job(1, config, InputFormat::bf16, 1500000, kPlain);
  whole.heads_q = whole.heads_kv = 1;
  whole.queries = queries, whole.keys = keys, whole.d = whole.dv = d;
  whole.output = OutputFormat::fp32;
  whole.scale = 0.25;
  whole.visibility = {};
  whole.bias.clear();
  whole.continues = false;
  jobs::Rng rng(99);
  const auto draw = [&](int size) {
    std::vector<std::uint16_t> out(static_cast<std::size_t>(size));
    for (auto& value : out) value = host::encode(rng.normal(), InputFormat::bf16);
    return out;
  };
  whole.q = draw(queries * d), whole.k = draw(keys * d), whole.v = draw(keys * d);

  flashd_device* device = nullptr;
  REQUIRE(flashd_open("golden", "tiny", "fine", &device) == FLASHD_OK);
  const std::size_t bytes = queries * host::row_state_bytes(d);
  flashd_addr address[2] = {};
  RowStates parts[2];
  for (int half = 0; half < 2; ++half) {
    jobs::OwnedJob job = whole;
    job.keys = keys / 2;
    job.k.assign(whole.k.begin() + half * 100 * d, whole.k.begin() + (half + 1) * 100 * d);
    job.v.assign(whole.v.begin() + half * 100 * d, whole.v.begin() + (half + 1) * 100 * d);
    Job view = job.view();
    view.v_exponent = golden::value_exponent(whole.view());
    parts[half] = golden::run(view, {Profile::fine, config.tile}).state;
    REQUIRE(flashd_alloc(device, bytes, &address[half]) == FLASHD_OK);
    const auto raw = records(parts[half], d);
    REQUIRE(flashd_copy_to(device, address[half], raw.data(), bytes) == FLASHD_OK);
  }
  REQUIRE(flashd_merge_states(device, address[0], address[1], queries, d, address[0]) == FLASHD_OK);
  std::vector<std::byte> merged(bytes);
  REQUIRE(flashd_copy_from(device, merged.data(), address[0], bytes) == FLASHD_OK);
  const RowStates expected = golden::merge(parts[0], parts[1], d, Profile::fine);
  CHECK(same_bits(merged, records(expected, d)));
  const Result unsplit = golden::run(whole.view(), {Profile::fine, config.tile});
  const Result finished = golden::finish(expected, d, OutputFormat::fp32, Profile::fine);
  for (std::size_t i = 0; i < unsplit.o.size(); ++i)
    CHECK(std::abs(finished.o[i] - unsplit.o[i]) < 1e-3f);

  CHECK(flashd_merge_states(device, address[0], address[1], queries, 65, address[0]) ==
        FLASHD_INVALID);
  CHECK(flashd_merge_states(device, address[0], 64, queries, d, address[0]) == FLASHD_INVALID);
  CHECK(flashd_merge_states(device, address[0], address[1], UINT64_MAX, d, address[0]) ==
        FLASHD_INVALID);
  parts[1].v_exponent += 1;
  const auto raw = records(parts[1], d);
  REQUIRE(flashd_copy_to(device, address[1], raw.data(), bytes) == FLASHD_OK);
  CHECK(flashd_merge_states(device, address[0], address[1], queries, d, address[0]) ==
        FLASHD_INVALID);
  flashd_close(device);
}

TEST_CASE("calls whose arrays do not fit their shapes are refused") {
  Accelerator device("golden", "tiny", "fine");
  const jobs::OwnedJob job =
      jobs::random_job(3, host::find_config("tiny"), InputFormat::bf16, 1500000, kPlain);
  const auto refused = [&](auto change) {
    AttentionCall call = make_call(job);
    change(call);
    try {
      attention(device, call);
      return false;
    } catch (const DeviceError& error) {
      return error.status() == FLASHD_INVALID && std::strlen(error.what()) > 0;
    }
  };
  CHECK(!refused([](AttentionCall&) {}));
  CHECK(refused([](AttentionCall& c) { c.shape.queries += 1; }));
  CHECK(refused([](AttentionCall& c) { c.shape.keys += 1; }));
  CHECK(refused([](AttentionCall& c) { c.shape.heads_q = 0; }));
  CHECK(refused([](AttentionCall& c) { c.shape.d = -1; }));
  CHECK(refused([](AttentionCall& c) { c.visibility.key_length = c.shape.keys + 1; }));
  CHECK(refused(
      [](AttentionCall& c) { c.visibility.window_left = 1, c.visibility.window_right = {}; }));
  CHECK(refused([](AttentionCall& c) { c.scale = INFINITY; }));
}
