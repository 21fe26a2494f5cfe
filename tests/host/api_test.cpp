// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "host/api/config.hpp"
#include "host/api/flashd.h"
#include "host/jobs/random_job.hpp"
#include "model/golden/golden.hpp"

extern "C" int flashd_c_caller(float* output);

namespace {

using namespace flashd;

struct Close {
  void operator()(flashd_device* device) const { flashd_close(device); }
};
using DevicePointer = std::unique_ptr<flashd_device, Close>;

DevicePointer open(const char* backend = "golden", const char* config = "tiny") {
  flashd_device* device = nullptr;
  REQUIRE(flashd_open(backend, config, "fine", &device) == FLASHD_OK);
  return DevicePointer(device);
}

bool error_has(const std::string& word) {
  const std::string sentence = flashd_error();
  INFO(sentence);
  return sentence.find(word) != std::string::npos && sentence.find('\n') == std::string::npos;
}

/// A job of one head, 3 queries and 20 keys of d 8 on the device.
struct Small {
  explicit Small(flashd_device* device) : device(device) {
    job.size = sizeof job;
    job.output_format = FLASHD_FP32;
    job.heads_q = job.heads_kv = 1;
    job.queries = 3;
    job.keys = 20;
    job.d = job.dv = 8;
    job.scale = 0.5;
    job.q = fill(3 * 8);
    job.k = fill(20 * 8);
    job.v = fill(20 * 8);
    job.o = allocate(3 * 8 * 4);
    job.lse = allocate(3 * 4);
  }
  flashd_addr allocate(std::size_t bytes) const {
    flashd_addr address = 0;
    REQUIRE(flashd_alloc(device, bytes, &address) == FLASHD_OK);
    return address;
  }
  flashd_addr fill(std::size_t count) {
    std::vector<std::uint16_t> values(count);
    for (std::uint16_t& value : values) {
      state = state * 1664525u + 1013904223u;
      // Sign, exponent 126 or 127 and fraction: within +-2.
      value = static_cast<std::uint16_t>((state >> 16 & 0x80ffu) | 0x3f00u);
    }
    const flashd_addr address = allocate(count * 2);
    REQUIRE(flashd_copy_to(device, address, values.data(), count * 2) == FLASHD_OK);
    return address;
  }
  flashd_status submit_and_wait(flashd_counters* counters = nullptr) const {
    std::uint64_t ticket = 0;
    const flashd_status status = flashd_submit(device, &job, &ticket);
    return status == FLASHD_OK ? flashd_wait(device, ticket, -1, counters) : status;
  }
  flashd_device* device;
  flashd_job job{};
  std::uint32_t state = 1;
};

}  // namespace

TEST_CASE("opening what is not there says so") {
  flashd_device* device = nullptr;
  CHECK(flashd_open("gpu", "base", "fine", &device) == FLASHD_INVALID);
  CHECK(device == nullptr);
  CHECK(error_has("'gpu' is unknown"));
  CHECK(flashd_open("golden", "huge", "fine", &device) == FLASHD_INVALID);
  CHECK(error_has("paper256x8"));
  CHECK(flashd_open("golden", "base", "exact", &device) == FLASHD_INVALID);
  CHECK(error_has("fine, lean"));
  const flashd_status fast = flashd_open("cuda:fast", "base", "fine", &device);
  if (fast == FLASHD_OK) {  // there is a GPU
    flashd_close(device);
    device = nullptr;
  } else {
    CHECK(fast == FLASHD_UNAVAILABLE);
    CHECK(error_has("back end cuda: "));
  }
  CHECK(flashd_open("cuda:quick", "base", "fine", &device) == FLASHD_INVALID);
  CHECK(error_has("'quick' is unknown"));
  CHECK(flashd_open("uart:/dev/null", "base", "fine", &device) == FLASHD_UNAVAILABLE);
  CHECK(flashd_open(nullptr, "base", "fine", &device) == FLASHD_INVALID);
  CHECK(flashd_open("golden", "base", "fine", nullptr) == FLASHD_INVALID);
  flashd_close(nullptr);
}

TEST_CASE("the engine back end finds, refuses or misses its plug-in") {
  flashd_device* device = nullptr;
  const auto open_from = [&](const std::string& folder) {
    setenv("FLASHD_PLUGIN_DIR", folder.c_str(), 1);
    const flashd_status status = flashd_open("engine", "tiny", "fine", &device);
    unsetenv("FLASHD_PLUGIN_DIR");
    return status;
  };
  CHECK(open_from(FAKE_ENGINES "/none") == FLASHD_UNAVAILABLE);
  CHECK(error_has("--target flashd_rtl_tiny_fine"));
  CHECK(open_from(FAKE_ENGINES "/hash") == FLASHD_UNAVAILABLE);
  CHECK(error_has(host::hash_text(spec::kHash)));
  CHECK(error_has(host::hash_text(spec::kHash ^ 1u)));
  CHECK(open_from(FAKE_ENGINES "/name") == FLASHD_UNAVAILABLE);
  CHECK(error_has("holds wide fine, expected tiny fine"));
  REQUIRE(open_from(FAKE_ENGINES "/good") == FLASHD_OK);
  const DevicePointer owner(device);
  flashd_capabilities c{};
  REQUIRE(flashd_get_capabilities(device, &c) == FLASHD_OK);
  CHECK(std::string(c.backend) == "engine");
  CHECK(c.counts_cycles == 1);
  flashd_counters counters{};
  REQUIRE(Small(device).submit_and_wait(&counters) == FLASHD_OK);
  CHECK(counters.cycles == 1000);
  CHECK(counters.compared_scores == 60);

  setenv("FLASHD_TEST_ENGINE", "mismatch", 1);
  CHECK(Small(device).submit_and_wait() == FLASHD_MISMATCH);
  setenv("FLASHD_TEST_ENGINE", "hang", 1);
  CHECK(Small(device).submit_and_wait() == FLASHD_FAULT);
  CHECK(error_has("k_ready"));
  unsetenv("FLASHD_TEST_ENGINE");
  CHECK(Small(device).submit_and_wait() == FLASHD_OK);
}

TEST_CASE("capabilities are those of the configuration") {
  const DevicePointer device = open("golden", "paper16");
  flashd_capabilities c{};
  REQUIRE(flashd_get_capabilities(device.get(), &c) == FLASHD_OK);
  CHECK(std::string(c.backend) == "golden");
  CHECK(std::string(c.config) == "paper16");
  CHECK(std::string(c.numerics) == "fine");
  CHECK(c.spec_hash == spec::kHash);
  CHECK((c.width == 16 && c.lanes == 1 && c.contexts == 1 && c.tile == 16));
  CHECK((c.max_head_dim == 16 && c.significand_bits == 8 && c.counts_cycles == 0));
}

TEST_CASE("device memory is bounded, aligned and zeroed") {
  const DevicePointer device = open();
  flashd_addr a = 0, b = 0;
  REQUIRE(flashd_alloc(device.get(), 100, &a) == FLASHD_OK);
  REQUIRE(flashd_alloc(device.get(), 0, &b) == FLASHD_OK);
  CHECK((a != 0 && b != 0 && a % 64 == 0 && b % 64 == 0));
  std::vector<char> data(100, 1);
  REQUIRE(flashd_copy_from(device.get(), data.data(), a, 100) == FLASHD_OK);
  CHECK(data == std::vector<char>(100, 0));
  CHECK(flashd_copy_to(device.get(), a + 99, data.data(), 1) == FLASHD_OK);
  CHECK(flashd_copy_to(device.get(), a + 99, data.data(), 2) == FLASHD_INVALID);
  CHECK(flashd_copy_to(device.get(), a - 1, data.data(), 1) == FLASHD_INVALID);
  CHECK(flashd_copy_from(device.get(), data.data(), 1, 1) == FLASHD_INVALID);
  CHECK(flashd_copy_from(device.get(), nullptr, a, 1) == FLASHD_INVALID);
  CHECK(flashd_copy_to(device.get(), a + 99, data.data(), SIZE_MAX) == FLASHD_INVALID);
  flashd_addr c = 0;
  CHECK(flashd_alloc(device.get(), SIZE_MAX, &c) == FLASHD_INVALID);
  CHECK(flashd_free(device.get(), a + 64) == FLASHD_INVALID);
  CHECK(flashd_free(device.get(), a) == FLASHD_OK);
  CHECK(flashd_free(device.get(), a) == FLASHD_INVALID);
  CHECK(flashd_copy_from(device.get(), data.data(), a, 1) == FLASHD_INVALID);
}

TEST_CASE("a descriptor with a bad field is refused at submit") {
  const DevicePointer device = open();
  const Small good(device.get());
  REQUIRE(good.submit_and_wait() == FLASHD_OK);
  const auto refused = [&](auto change, const char* word) {
    Small bad = good;
    change(bad.job);
    std::uint64_t ticket = 0;
    return flashd_submit(device.get(), &bad.job, &ticket) == FLASHD_INVALID && error_has(word);
  };
  CHECK(refused([](flashd_job& j) { j.size = 8; }, "size"));
  CHECK(refused([](flashd_job& j) { j.flags = 1u << 31; }, "flags"));
  CHECK(refused([](flashd_job& j) { j.reserved = 1; }, "reserved"));
  CHECK(refused([](flashd_job& j) { j.input_format = FLASHD_FP32; }, "input_format"));
  CHECK(refused([](flashd_job& j) { j.output_format = 9; }, "output_format"));
  CHECK(refused([](flashd_job& j) { j.heads_q = 0; }, "heads"));
  CHECK(refused([](flashd_job& j) { j.heads_kv = 2; }, "k"));
  CHECK(refused([](flashd_job& j) { j.heads_kv = UINT32_MAX; }, "heads"));
  CHECK(refused([](flashd_job& j) { j.queries = UINT64_MAX; }, "queries"));
  CHECK(refused([](flashd_job& j) { j.keys = 21; }, "k:"));
  CHECK(refused([](flashd_job& j) { j.d = 0; }, "d"));
  CHECK(refused([](flashd_job& j) { j.d = 65; }, "tiny"));
  CHECK(refused([](flashd_job& j) { j.q += 2; }, "aligned"));
  CHECK(refused([](flashd_job& j) { j.v = 64; }, "v:"));
  CHECK(refused([](flashd_job& j) { j.o = 0; }, "o:"));
  CHECK(refused([](flashd_job& j) { j.scale = 0.0 / 0.0; }, "scale"));
  CHECK(refused([](flashd_job& j) { j.flags = FLASHD_WINDOW, j.window_left = -1; }, "window"));
  CHECK(refused([](flashd_job& j) { j.flags = FLASHD_KEY_LENGTH, j.key_length = 21; }, "key_len"));
  CHECK(
      refused([](flashd_job& j) { j.flags = FLASHD_V_EXPONENT, j.v_exponent = 999; }, "exponent"));
  CHECK(refused([](flashd_job& j) { j.bias = j.k, j.bias_key = -1; }, "bias"));
  CHECK(refused([](flashd_job& j) { j.bias = j.k, j.bias_query = INT64_MAX; }, "bias"));
  CHECK(refused([](flashd_job& j) { j.bias = j.k, j.bias_query = 100; }, "bias"));
  CHECK(refused([](flashd_job& j) { j.state_in = j.k; }, "state_in"));
  CHECK(refused([](flashd_job& j) { j.state_out = j.o; }, "state_out"));
  CHECK(flashd_submit(device.get(), nullptr, nullptr) == FLASHD_INVALID);
}

TEST_CASE("FP16 on a configuration of 8 significand bits is refused") {
  const DevicePointer device = open("golden", "paper16");
  Small small(device.get());
  small.job.input_format = FLASHD_FP16;
  CHECK(small.submit_and_wait() == FLASHD_INVALID);
  CHECK(error_has("bf16"));
}

TEST_CASE("tickets are reported once, in time or not") {
  const DevicePointer device = open();
  const Small small(device.get());
  std::uint64_t ticket = 0;
  REQUIRE(flashd_submit(device.get(), &small.job, &ticket) == FLASHD_OK);
  CHECK(flashd_wait(device.get(), ticket, 60000, nullptr) == FLASHD_OK);
  CHECK(flashd_wait(device.get(), ticket, 0, nullptr) == FLASHD_INVALID);
  CHECK(flashd_wait(device.get(), 12345, 0, nullptr) == FLASHD_INVALID);

  // A job of a second or so cannot be over after a millisecond.
  Small large(device.get());
  large.job.queries = 2000;
  large.job.keys = 4000;
  large.job.d = large.job.dv = 64;
  large.job.q = large.fill(2000 * 64);
  large.job.k = large.fill(4000 * 64);
  large.job.v = large.fill(4000 * 64);
  large.job.o = large.allocate(2000 * 64 * 4);
  large.job.lse = 0;
  REQUIRE(flashd_submit(device.get(), &large.job, &ticket) == FLASHD_OK);
  CHECK(flashd_wait(device.get(), ticket, 1, nullptr) == FLASHD_TIMEOUT);
  CHECK(error_has("still runs"));
  CHECK(flashd_wait(device.get(), ticket, -1, nullptr) == FLASHD_OK);
  // Closing a device with a job on its way waits for it.
  REQUIRE(flashd_submit(device.get(), &small.job, &ticket) == FLASHD_OK);
}

TEST_CASE("one device serves many threads") {
  const DevicePointer device = open();
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  const Small reference(device.get());
  REQUIRE(reference.submit_and_wait() == FLASHD_OK);
  std::vector<float> expected(24);
  REQUIRE(flashd_copy_from(device.get(), expected.data(), reference.job.o, 96) == FLASHD_OK);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        flashd_job job = reference.job;
        std::vector<float> o(24);
        std::uint64_t ticket = 0;
        if (flashd_alloc(device.get(), 96, &job.o) != FLASHD_OK) ++wrong;
        if (t == 3) job.scale = 1.0 / 0.0;
        const flashd_status submitted = flashd_submit(device.get(), &job, &ticket);
        if (t == 3) {
          if (submitted != FLASHD_INVALID ||
              std::string(flashd_error()).find("scale") == std::string::npos)
            ++wrong;
        } else if (submitted != FLASHD_OK ||
                   flashd_wait(device.get(), ticket, -1, nullptr) != FLASHD_OK ||
                   flashd_copy_from(device.get(), o.data(), job.o, 96) != FLASHD_OK ||
                   o != expected) {
          ++wrong;
        }
        if (flashd_free(device.get(), job.o) != FLASHD_OK) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  flashd_counters counters{};
  REQUIRE(flashd_get_counters(device.get(), &counters) == FLASHD_OK);
  CHECK(counters.jobs == 1 + 3 * 50);
  CHECK(counters.scores == 60 * (1 + 3 * 50));
}

TEST_CASE("options are checked") {
  const DevicePointer device = open();
  CHECK(flashd_set(device.get(), "stall", "0.9") == FLASHD_OK);
  CHECK(flashd_set(device.get(), "stall", "1.0") == FLASHD_INVALID);
  CHECK(flashd_set(device.get(), "seed", "x") == FLASHD_INVALID);
  CHECK(flashd_set(device.get(), "colour", "blue") == FLASHD_INVALID);
  CHECK(error_has("colour"));
  CHECK(flashd_set(device.get(), nullptr, "1") == FLASHD_INVALID);
}

TEST_CASE("the API works from C") {
  float output = 0;
  CHECK(flashd_c_caller(&output) == 0);
  CHECK(std::abs(output - 2.0f) < 3.0f / 4096);
}
