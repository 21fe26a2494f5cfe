// SPDX-License-Identifier: Apache-2.0
// Soft-cap, ALiBi, pages and float16 biases through the executable: what another way of saying the
// same must give, bit for bit.
#include <algorithm>
#include <cmath>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "host/io/convert.hpp"
#include "host/io/npy.hpp"
#include "tests/host/fixture.hpp"

namespace {

using namespace flashd;
using namespace flashd::testing;
namespace fs = std::filesystem;
using nlohmann::json;

std::vector<float> floats(std::size_t count, std::uint32_t seed) {
  std::vector<float> out(count);
  for (float& x : out) {
    seed = seed * 1664525u + 1013904223u;
    x = static_cast<float>(seed >> 16) / 16384.0f - 2.0f;
  }
  return out;
}

std::string npy(const std::vector<std::int64_t>& shape, const std::vector<float>& values) {
  return npy_bytes(npy_header("<f4", shape), payload(values));
}

std::string int_npy(const std::vector<std::int64_t>& shape, const std::vector<int>& values) {
  return npy_bytes(npy_header("<i4", shape), payload(values));
}

json run_case(const fs::path& input, const fs::path& output, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments{"run", "--input", input, "--output", output, "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Run run = run_flashd(arguments);
  INFO(run.err);
  REQUIRE(run.exit == 0);
  return json::parse(run.out);
}

bool same_outputs(const fs::path& a, const fs::path& b) {
  return read_text(a / "o.npy") == read_text(b / "o.npy") &&
         read_text(a / "lse.npy") == read_text(b / "lse.npy");
}

/// Two sequences of up to 70 keys, 2 KV heads, d 16, dv 24, dense in `dense` and in pages of 16 of
/// one pool of 12 in `paged`; the second sequence has 37 keys and a table with a hole behind them.
void write_both(const fs::path& dense, const fs::path& paged) {
  constexpr std::int64_t kHeads = 2, kKeys = 80, kPages = 5, kPool = 12;
  const std::vector<int> table{11, 3, 0, 7, 5, 2, 9, 4, -1, 12345};
  const auto spread = [&](const std::vector<float>& from, std::int64_t dim) {
    std::vector<float> pool(kPool * kHeads * 16 * dim, std::nanf(""));
    for (std::int64_t b = 0; b < 2; ++b) {
      for (std::int64_t h = 0; h < kHeads; ++h) {
        for (std::int64_t j = 0; j < (b == 0 ? 70 : 37); ++j) {
          const std::int64_t row = (table[b * kPages + j / 16] * kHeads + h) * 16 + j % 16;
          std::copy_n(from.begin() + ((b * kHeads + h) * kKeys + j) * dim, dim,
                      pool.begin() + row * dim);
        }
      }
    }
    return pool;
  };
  const std::vector<float> k = floats(2 * kHeads * kKeys * 16, 2);
  const std::vector<float> v = floats(2 * kHeads * kKeys * 24, 3);
  write_text(dense / "k.npy", npy({2, kHeads, kKeys, 16}, k));
  write_text(dense / "v.npy", npy({2, kHeads, kKeys, 24}, v));
  write_text(paged / "k.npy", npy({kPool, kHeads, 16, 16}, spread(k, 16)));
  write_text(paged / "v.npy", npy({kPool, kHeads, 16, 24}, spread(v, 24)));
  write_text(paged / "page_table.npy", int_npy({2, kPages}, table));
  for (const fs::path& folder : {dense, paged}) {
    write_text(folder / "q.npy", npy({2, 4, 5, 16}, floats(2 * 4 * 5 * 16, 1)));
    write_text(folder / "kv_len.npy", int_npy({2}, {70, 37}));
    write_text(folder / "bias.npy", npy({4, 1, kKeys}, floats(4 * kKeys, 4)));
    write_text(folder / "alibi.npy", npy({4}, {0.5f, 0.3f, 0.0f, -0.01f}));
    write_text(folder / "meta.json", R"({"causal": true, "softcap": 3})");
  }
}

}  // namespace

TEST_CASE("a case in pages gives the outputs of the dense one, split or not") {
  const TemporaryFolder folder;
  write_both(folder / "dense", folder / "paged");
  for (const std::string numerics : {"fine", "lean"}) {
    run_case(folder / "dense", folder / "a", {"--numerics", numerics});
    const json stats = run_case(folder / "paged", folder / "b", {"--numerics", numerics});
    CHECK(same_outputs(folder / "a", folder / "b"));
    CHECK(stats["job"]["page_size"] == 16);
    CHECK(stats["job"]["keys"] == 80);
    CHECK(stats["job"]["softcap"] == 3.0);
    CHECK(stats["job"]["alibi"] == true);
    CHECK(stats["counters"]["rows_nan"] == 0);
    const json split =
        run_case(folder / "paged", folder / "c", {"--numerics", numerics, "--keys-per-job", "64"});
    CHECK(split["counters"]["jobs"] == 4);
    CHECK(same_outputs(folder / "a", folder / "c"));
    const json tiny = run_case(folder / "paged", folder / "d",
                               {"--config", "tiny", "--numerics", numerics, "--check"});
    CHECK(tiny["check"]["float64"]["relative_l2"].get<double>() < 3e-3);
  }
}

TEST_CASE("a page size lays a dense case out in pages and changes no bit") {
  const TemporaryFolder folder;
  write_both(folder / "dense", folder / "paged");
  run_case(folder / "dense", folder / "a");
  for (const std::string size : {"16", "64", "1024"}) {
    const json stats = run_case(folder / "dense", folder / "b", {"--page-size", size});
    CHECK(stats["job"]["page_size"] == std::stoi(size));
    CHECK(same_outputs(folder / "a", folder / "b"));
  }
  CHECK(run_case(folder / "dense", folder / "b", {"--page-size", "0"})["job"]["page_size"] ==
        nullptr);
  run_case(folder / "paged", folder / "b", {"--page-size", "16"});
  CHECK(same_outputs(folder / "a", folder / "b"));
  // The unsplit grid of O is that of the keys below the length, whatever the last page is padded
  // with.
  write_text(folder / "dense" / "meta.json", R"({"page_size": 32, "causal": true, "softcap": 3})");
  CHECK(run_case(folder / "dense", folder / "b")["job"]["page_size"] == 32);
  CHECK(same_outputs(folder / "a", folder / "b"));
}

TEST_CASE("ALiBi slopes of powers of two give the outputs of the bias that they mean") {
  const TemporaryFolder folder;
  write_case(folder / "bias", 2, 1, 6, 50, 16, 16);
  write_case(folder / "alibi", 2, 1, 6, 50, 16, 16);
  std::vector<float> bias;
  for (const float slope : {0.5f, 0.0625f})
    for (int i = 0; i < 6; ++i)
      for (int j = 0; j < 50; ++j)
        bias.push_back(-slope * static_cast<float>(std::abs(i + 44 - j)));
  write_text(folder / "bias" / "bias.npy", npy({2, 6, 50}, bias));
  write_text(folder / "alibi" / "alibi.npy", npy({2}, {0.5f, 0.0625f}));
  const json stats = run_case(folder / "bias", folder / "a");
  CHECK(stats["job"]["alibi"] == false);
  for (const std::string causal : {"--no-causal", "--causal"}) {
    run_case(folder / "bias", folder / "a", {causal});
    run_case(folder / "alibi", folder / "b", {causal});
    CHECK(same_outputs(folder / "a", folder / "b"));
    run_case(folder / "alibi", folder / "b", {causal, "--diagonal", "43"});
    CHECK(!same_outputs(folder / "a", folder / "b"));
  }
}

TEST_CASE("a float16 bias gives the outputs of the same float32 bias") {
  const TemporaryFolder folder;
  write_case(folder / "wide", 2, 1, 4, 20, 8, 8);
  write_case(folder / "narrow", 2, 1, 4, 20, 8, 8);
  std::vector<float> wide = floats(4 * 20, 9);
  wide[7] = -INFINITY;
  std::vector<std::uint16_t> narrow;
  for (float& x : wide) {
    narrow.push_back(host::encode(x, InputFormat::fp16));
    x = host::decode(narrow.back(), InputFormat::fp16);
  }
  write_text(folder / "wide" / "bias.npy", npy({4, 20}, wide));
  write_text(folder / "narrow" / "bias.npy",
             npy_bytes(npy_header("<f2", {4, 20}), payload(narrow)));
  const json a = run_case(folder / "wide", folder / "a");
  const json b = run_case(folder / "narrow", folder / "b");
  CHECK(same_outputs(folder / "a", folder / "b"));
  CHECK(b["job"]["bias"] == true);
  CHECK(a["bytes"]["inputs"].get<int>() - b["bytes"]["inputs"].get<int>() == 2 * 4 * 20);
  CHECK(a["counters"]["scores"] == 2 * (4 * 20 - 1));
}

TEST_CASE("the soft-cap is near float64 and the command line wins") {
  const TemporaryFolder folder;
  write_text(folder / "in" / "q.npy", float_npy({2, 9, 32}, 3.0f));
  write_text(folder / "in" / "k.npy", float_npy({1, 150, 32}, 3.0f));
  write_text(folder / "in" / "v.npy", float_npy({1, 150, 32}));
  run_case(folder / "in", folder / "none");
  for (const std::string cap : {"0.5", "5", "50"}) {
    const json stats = run_case(folder / "in", folder / cap, {"--softcap", cap, "--check"});
    CHECK(stats["job"]["softcap"] == std::stod(cap));
    CHECK(stats["check"]["float64"]["relative_l2"].get<double>() < 1e-3);
    CHECK(stats["check"]["float64"]["lse_worst"].get<double>() < 3e-3);
    CHECK(!same_outputs(folder / cap, folder / "none"));
  }
  write_text(folder / "in" / "meta.json", R"({"softcap": 5})");
  run_case(folder / "in", folder / "meta");
  CHECK(same_outputs(folder / "meta", folder / "5"));
  run_case(folder / "in", folder / "line", {"--softcap", "0"});
  CHECK(same_outputs(folder / "line", folder / "none"));
}
