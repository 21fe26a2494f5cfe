// SPDX-License-Identifier: Apache-2.0
// Soft-cap, ALiBi, pages and 16-bit biases of a descriptor: golden's bits, refused values, and the
// shorter flashd_job of callers built with the first version of the header.
#include <cmath>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "host/api/config.hpp"
#include "host/api/flashd.h"
#include "host/jobs/random_job.hpp"
#include "model/golden/golden.hpp"

namespace {

using namespace flashd;

struct Close {
  void operator()(flashd_device* device) const { flashd_close(device); }
};
using DevicePointer = std::unique_ptr<flashd_device, Close>;

DevicePointer open(const char* config) {
  flashd_device* device = nullptr;
  REQUIRE(flashd_open("golden", config, "fine", &device) == FLASHD_OK);
  return DevicePointer(device);
}

template <typename T>
flashd_addr place(flashd_device* device, const std::vector<T>& values) {
  flashd_addr address = 0;
  REQUIRE(flashd_alloc(device, values.size() * sizeof(T), &address) == FLASHD_OK);
  REQUIRE(flashd_copy_to(device, address, values.data(), values.size() * sizeof(T)) == FLASHD_OK);
  return address;
}

/// A random job without a state as a descriptor, its arrays in device memory.
flashd_job descriptor(flashd_device* device, const jobs::OwnedJob& job) {
  flashd_job j{};
  j.size = sizeof j;
  j.input_format = job.input == InputFormat::bf16 ? FLASHD_BF16 : FLASHD_FP16;
  j.output_format = FLASHD_FP32;
  j.heads_q = static_cast<std::uint32_t>(job.heads_q);
  j.heads_kv = static_cast<std::uint32_t>(job.heads_kv);
  j.queries = static_cast<std::uint64_t>(job.queries);
  j.keys = static_cast<std::uint64_t>(job.keys);
  j.d = static_cast<std::uint32_t>(job.d);
  j.dv = static_cast<std::uint32_t>(job.dv);
  j.scale = job.scale;
  const Visibility& see = job.visibility;
  if (see.causal) j.flags |= FLASHD_CAUSAL;
  if (see.diagonal) j.flags |= FLASHD_DIAGONAL;
  if (see.window_left) j.flags |= FLASHD_WINDOW;
  if (see.key_length) j.flags |= FLASHD_KEY_LENGTH;
  j.diagonal = see.diagonal.value_or(0);
  j.window_left = see.window_left.value_or(0);
  j.window_right = see.window_right.value_or(0);
  j.key_length = see.key_length.value_or(0);
  j.q = place(device, job.q);
  j.k = place(device, job.k);
  j.v = place(device, job.v);
  if (!job.bias.empty()) j.bias = place(device, job.bias);
  if (!job.bias16.empty()) {
    j.bias = place(device, job.bias16);
    j.flags |= job.bias16_format == InputFormat::bf16 ? FLASHD_BIAS_BF16 : FLASHD_BIAS_FP16;
  }
  j.bias_head = job.bias_head;
  j.bias_query = job.bias_query;
  j.bias_key = job.bias_key;
  if (job.soft_cap) {
    j.flags |= FLASHD_SOFT_CAP;
    j.soft_cap = *job.soft_cap;
  }
  if (!job.alibi.empty()) {
    j.flags |= FLASHD_ALIBI;
    j.alibi = place(device, job.alibi);
  }
  if (job.page_size != 0) {
    j.flags |= FLASHD_PAGED;
    j.page_size = static_cast<std::uint32_t>(job.page_size);
    j.page_table = place(device, job.page_table);
    j.pages = static_cast<std::uint32_t>(job.page_table.size());
    j.pool_pages = job.k.size() / static_cast<std::size_t>(job.heads_kv * job.page_size * job.d);
  }
  const auto rows = static_cast<std::size_t>(job.heads_q * job.queries);
  j.o = place(device, std::vector<float>(rows * static_cast<std::size_t>(job.dv)));
  j.lse = place(device, std::vector<float>(rows));
  return j;
}

flashd_status run(flashd_device* device, const flashd_job& job) {
  std::uint64_t ticket = 0;
  const flashd_status status = flashd_submit(device, &job, &ticket);
  return status == FLASHD_OK ? flashd_wait(device, ticket, -1, nullptr) : status;
}

std::vector<float> fetch(flashd_device* device, flashd_addr address, std::size_t count) {
  std::vector<float> out(count);
  REQUIRE(flashd_copy_from(device, out.data(), address, count * sizeof(float)) == FLASHD_OK);
  return out;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

/// The first random job that has all options, so that each can be spoilt.
jobs::OwnedJob full_job(const spec::Config& config) {
  for (std::uint64_t seed = 0;; ++seed) {
    jobs::OwnedJob job = jobs::random_job(seed, config, InputFormat::bf16, 200000);
    if (job.soft_cap && !job.alibi.empty() && job.page_size != 0 && !job.bias16.empty() &&
        !job.continues && !job.visibility.key_length && job.keys > 16)
      return job;
  }
}

}  // namespace

TEST_CASE("descriptors with every option give golden's bits") {
  const auto& config = host::find_config("tiny");
  const DevicePointer device = open("tiny");
  int capped = 0, sloped = 0, paged = 0, narrow = 0, outputs = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    jobs::OwnedJob job =
        jobs::random_job(seed, config, seed % 2 ? InputFormat::bf16 : InputFormat::fp16, 150000);
    job.continues = false;
    job.output = OutputFormat::fp32;
    INFO(seed << ": " << job.description);
    const Result expected = golden::run(job.view(), {Profile::fine, config.tile});
    const flashd_job j = descriptor(device.get(), job);
    const flashd_status status = run(device.get(), j);
    INFO((status == FLASHD_OK ? "" : flashd_error()));
    REQUIRE(status == FLASHD_OK);
    CHECK(same_bits(fetch(device.get(), j.o, expected.o.size()), expected.o));
    CHECK(same_bits(fetch(device.get(), j.lse, expected.lse.size()), expected.lse));
    capped += job.soft_cap.has_value();
    sloped += !job.alibi.empty();
    paged += job.page_size != 0;
    narrow += !job.bias16.empty();
    outputs += static_cast<int>(expected.o.size());
  }
  for (const int count : {capped, sloped, paged, narrow}) CHECK(count >= 10);
  CHECK(outputs > 50000);
}

TEST_CASE("options of a descriptor that cannot be are refused at submit") {
  const DevicePointer device = open("tiny");
  const flashd_job good = descriptor(device.get(), full_job(host::find_config("tiny")));
  REQUIRE(run(device.get(), good) == FLASHD_OK);
  const auto refused = [&](auto change, const char* word) {
    flashd_job bad = good;
    change(bad);
    const bool invalid = run(device.get(), bad) == FLASHD_INVALID;
    const std::string sentence = invalid ? flashd_error() : "";
    INFO(sentence);
    CHECK(invalid);
    CHECK(sentence.find(word) != std::string::npos);
  };
  for (const double cap : {0.0, -1.0, 257.0, std::nan(""), HUGE_VAL})
    refused([cap](flashd_job& j) { j.soft_cap = cap; }, "soft_cap");
  refused([](flashd_job& j) { j.alibi = 0; }, "alibi");
  refused([](flashd_job& j) { j.alibi += 4; }, "alibi");
  refused([](flashd_job& j) { j.flags |= FLASHD_BIAS_BF16 | FLASHD_BIAS_FP16; }, "one format");
  refused([](flashd_job& j) { j.flags &= ~(FLASHD_BIAS_BF16 | FLASHD_BIAS_FP16); }, "bias");
  for (const std::uint32_t size : {0u, 8u, 24u, 2048u, 1u << 31})
    refused([size](flashd_job& j) { j.page_size = size; }, "page_size");
  refused([](flashd_job& j) { j.pool_pages += 1; }, "k:");
  refused([](flashd_job& j) { j.pool_pages = UINT64_MAX; }, "pool_pages");
  refused([](flashd_job& j) { j.pool_pages = (1u << 31) - 1; }, "k:");
  refused([](flashd_job& j) { j.pages -= 1; }, "reach");
  refused([](flashd_job& j) { j.pages = UINT32_MAX; }, "page_table");
  refused([](flashd_job& j) { j.page_table = 0; }, "page_table");
  refused([](flashd_job& j) { j.page_table += 2; }, "aligned");

  const std::vector<float> slopes(good.heads_q, INFINITY);
  const flashd_addr infinite = place(device.get(), slopes);
  refused([&](flashd_job& j) { j.alibi = infinite; }, "slope");
  for (const std::int32_t page : {-1, static_cast<std::int32_t>(good.pool_pages)}) {
    const flashd_addr table = place(device.get(), std::vector<std::int32_t>(good.pages, page));
    refused([&](flashd_job& j) { j.page_table = table; }, "outside the pool");
  }
}

TEST_CASE("a soft-cap on a configuration without the unit is refused") {
  const DevicePointer device = open("paper16");
  jobs::OwnedJob job = jobs::random_job(3, host::find_config("paper16"), InputFormat::bf16, 50000);
  CHECK(!job.soft_cap);
  flashd_job j = descriptor(device.get(), job);
  REQUIRE(run(device.get(), j) == FLASHD_OK);
  j.flags |= FLASHD_SOFT_CAP;
  j.soft_cap = 30;
  CHECK(run(device.get(), j) == FLASHD_INVALID);
  CHECK(std::string(flashd_error()).find("paper16") != std::string::npos);
}

TEST_CASE("the flashd_job of the first version is taken as it was") {
  const auto& config = host::find_config("tiny");
  const DevicePointer device = open("tiny");
  jobs::OwnedJob job =
      jobs::random_job(12, config, InputFormat::bf16, 150000, {false, false, false, false});
  job.continues = false;
  job.output = OutputFormat::fp32;
  const Result expected = golden::run(job.view(), {Profile::fine, config.tile});
  const flashd_job now = descriptor(device.get(), job);
  // Exactly the bytes that such a caller has: a sanitizer sees any that are read behind them.
  constexpr std::size_t kFirst = offsetof(flashd_job, soft_cap);
  const std::unique_ptr<std::byte[]> bytes(new std::byte[kFirst]);
  std::memcpy(bytes.get(), &now, kFirst);
  const auto submit = [&](std::uint32_t size) {
    std::memcpy(bytes.get(), &size, sizeof size);
    std::uint64_t ticket = 0;
    const flashd_status status =
        flashd_submit(device.get(), reinterpret_cast<const flashd_job*>(bytes.get()), &ticket);
    return status == FLASHD_OK ? flashd_wait(device.get(), ticket, -1, nullptr) : status;
  };
  REQUIRE(submit(kFirst) == FLASHD_OK);
  REQUIRE(expected.counts.scores > 0);
  CHECK(same_bits(fetch(device.get(), now.o, expected.o.size()), expected.o));
  for (const std::uint32_t size :
       {std::uint32_t{0}, std::uint32_t{8}, static_cast<std::uint32_t>(kFirst - 8),
        static_cast<std::uint32_t>(sizeof(flashd_job) + 8)}) {
    CHECK(submit(size) == FLASHD_INVALID);
    CHECK(std::string(flashd_error()).find("size") != std::string::npos);
  }
}
