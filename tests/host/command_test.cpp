// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "host/io/case.hpp"
#include "host/io/npy.hpp"
#include "model/golden/golden.hpp"
#include "tests/host/fixture.hpp"

namespace {

using namespace flashd;
using namespace flashd::testing;
namespace fs = std::filesystem;
using nlohmann::json;

std::vector<float> read_floats(const fs::path& path, const std::vector<std::int64_t>& shape) {
  const host::NpyArray array = host::read_npy(path);
  CHECK(array.shape == shape);
  REQUIRE(array.dtype == host::DType::f4);
  std::vector<float> out(array.elements());
  std::memcpy(out.data(), array.data.data(), array.data.size());
  return out;
}

Run run_case(const fs::path& input, const fs::path& output, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments{"run", "--input", input, "--output", output};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_flashd(arguments);
}

}  // namespace

TEST_CASE("run writes golden's outputs") {
  const TemporaryFolder folder;
  write_text(folder / "in" / "q.npy", float_npy({2, 4, 7, 16}));
  write_text(folder / "in" / "k.npy", float_npy({2, 2, 90, 16}));
  write_text(folder / "in" / "v.npy", float_npy({2, 2, 90, 24}));
  write_text(folder / "in" / "meta.json", R"({"causal": true})");
  for (const std::string numerics : {"fine", "lean"}) {
    const Run run = run_case(folder / "in", folder / "out", {"--numerics", numerics, "--json"});
    INFO(run.err);
    REQUIRE(run.exit == 0);
    CHECK(run.err.empty());
    const auto o = read_floats(folder / "out" / "o.npy", {2, 4, 7, 24});
    const auto lse = read_floats(folder / "out" / "lse.npy", {2, 4, 7});
    const host::Case c =
        host::load_case(folder / "in", InputFormat::bf16, {}, host::find_config("base"));
    for (int entry = 0; entry < 2; ++entry) {
      const Result expected = golden::run(c.job(entry), {host::parse_profile(numerics), 64});
      CHECK(std::memcmp(&o[static_cast<std::size_t>(entry) * 672], expected.o.data(), 672 * 4) ==
            0);
      CHECK(std::memcmp(&lse[static_cast<std::size_t>(entry) * 28], expected.lse.data(), 28 * 4) ==
            0);
    }
    const json stats = json::parse(run.out);
    CHECK(stats == json::parse(read_text(folder / "out" / "stats.json")));
    CHECK(stats["engine"]["backend"] == "golden");
    CHECK(stats["engine"]["config"] == "base");
    CHECK(stats["engine"]["numerics"] == numerics);
    CHECK(stats["engine"]["spec_hash"] == host::hash_text(spec::kHash));
    CHECK(stats["counters"]["cycles"].is_null());
    // Causal with 7 queries and 90 keys: query i sees 84 + i keys.
    CHECK(stats["counters"]["scores"] == 2 * 4 * (84 + 85 + 86 + 87 + 88 + 89 + 90));
  }
}

TEST_CASE("output formats, --no-lse, --check and a split of the keys") {
  const TemporaryFolder folder;
  write_case(folder / "in", 3, 1, 5, 200, 32, 32);
  REQUIRE(run_case(folder / "in", folder / "a", {"--check"}).exit == 0);
  const json stats = json::parse(read_text(folder / "a" / "stats.json"));
  CHECK(stats["check"]["float64"]["relative_l2"].get<double>() > 0);
  CHECK(stats["check"]["float64"]["relative_l2"].get<double>() < 5e-4);
  CHECK(stats["check"]["float64"]["lse_worst"].get<double>() < 2e-3);

  REQUIRE(run_case(folder / "in", folder / "b", {"--keys-per-job", "64", "--no-lse"}).exit == 0);
  CHECK(read_text(folder / "a" / "o.npy") == read_text(folder / "b" / "o.npy"));
  CHECK(!fs::exists(folder / "b" / "lse.npy"));
  CHECK(json::parse(read_text(folder / "b" / "stats.json"))["counters"]["jobs"] == 4);

  REQUIRE(run_case(folder / "in", folder / "c", {"--output-format", "bf16"}).exit == 0);
  for (const float value : read_floats(folder / "c" / "o.npy", {3, 5, 32})) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, 4);
    CHECK((bits & 0xffff) == 0);
  }
}

TEST_CASE("a case split in two and continued from its state equals the whole") {
  const TemporaryFolder folder;
  const std::vector<float> values = [] {
    std::vector<float> out(2 * 192 * 16);
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = static_cast<float>(static_cast<int>(i * 37 % 101) - 50) / 32.0f;
    return out;
  }();
  // Keys 0..127 and 128..191 of one KV head.
  const auto part = [&](int first, int count) {
    return npy_bytes(npy_header("<f4", {1, count, 16}),
                     payload(std::vector<float>(values.begin() + first * 16,
                                                values.begin() + (first + count) * 16)));
  };
  const auto write = [&](const char* name, int first, int count) {
    write_text(folder / name / "q.npy", float_npy({2, 6, 16}));
    write_text(folder / name / "k.npy", part(first, count));
    write_text(folder / name / "v.npy", part(first, count));
  };
  write("whole", 0, 192);
  write("one", 0, 128);
  write("two", 128, 64);
  REQUIRE(run_case(folder / "whole", folder / "o", {"--causal", "--v-exponent", "0"}).exit == 0);
  // Bottom-right causal over 192 keys: the diagonal is 186, seen from key 128 it is 58.
  REQUIRE(run_case(folder / "one", folder / "o1",
                   {"--causal", "--diagonal", "186", "--v-exponent", "0", "--state-out",
                    folder / "state"})
              .exit == 0);
  CHECK(fs::file_size(folder / "state" / "state.bin") == 64 + 12 * 128);
  const Run second = run_case(folder / "two", folder / "o2",
                              {"--causal", "--diagonal", "58", "--state-in", folder / "state"});
  INFO(second.err);
  REQUIRE(second.exit == 0);
  CHECK(read_text(folder / "o" / "o.npy") == read_text(folder / "o2" / "o.npy"));
  CHECK(read_text(folder / "o" / "lse.npy") == read_text(folder / "o2" / "lse.npy"));
  CHECK(read_text(folder / "o" / "o.npy") != read_text(folder / "o1" / "o.npy"));

  const Run other = run_case(folder / "two", folder / "o3",
                             {"--numerics", "lean", "--state-in", folder / "state"});
  CHECK(other.exit == 2);
  CHECK(is_one_sentence(other.err));
  CHECK(!fs::exists(folder / "o3"));
}

TEST_CASE("saturations and NaN rows are warned about") {
  const TemporaryFolder folder;
  write_text(folder / "in" / "q.npy", float_npy({1, 2, 8}, 1e6f));
  write_text(folder / "in" / "k.npy", float_npy({1, 4, 8}, 1e6f));
  write_text(folder / "in" / "v.npy", float_npy({1, 4, 8}));
  const Run saturated = run_case(folder / "in", folder / "out");
  CHECK(saturated.exit == 0);
  CHECK(saturated.err.find("clamped") != std::string::npos);
  std::vector<float> q(16, 1.0f);
  q[3] = std::numeric_limits<float>::quiet_NaN();
  write_text(folder / "in" / "q.npy", npy_bytes(npy_header("<f4", {1, 2, 8}), payload(q)));
  write_text(folder / "in" / "k.npy", float_npy({1, 4, 8}));
  const Run nan = run_case(folder / "in", folder / "out");
  CHECK(nan.exit == 0);
  CHECK(nan.err.find("1 output rows are NaN") != std::string::npos);
}

TEST_CASE("values that the value exponent does not hold are warned about") {
  const TemporaryFolder folder;
  write_text(folder / "in" / "q.npy", float_npy({1, 2, 8}));
  write_text(folder / "in" / "k.npy", float_npy({1, 4, 8}));
  std::vector<float> v(32, 1.0f);
  v[3] = 2.0f;
  v[30] = -5.0f;
  v[31] = std::numeric_limits<float>::infinity();
  write_text(folder / "in" / "v.npy", npy_bytes(npy_header("<f4", {1, 4, 8}), payload(v)));
  const auto clamped = [&] {
    return json::parse(read_text(folder / "out" / "stats.json"))["counters"]["values_clamped"];
  };
  const Run enough = run_case(folder / "in", folder / "out",
                              {"--v-exponent", "2", "--state-out", folder / "state"});
  CHECK(enough.err.find("values of V") == std::string::npos);
  CHECK(clamped() == 0);
  const Run less = run_case(folder / "in", folder / "out", {"--v-exponent", "0"});
  CHECK(less.exit == 0);
  CHECK(less.err.find("warning: 2 values of V are beyond the value exponent") != std::string::npos);
  CHECK(clamped() == 2);
  v[30] = 9.0f;
  write_text(folder / "in" / "v.npy", npy_bytes(npy_header("<f4", {1, 4, 8}), payload(v)));
  const Run next = run_case(folder / "in", folder / "out", {"--state-in", folder / "state"});
  CHECK(next.exit == 0);
  CHECK(next.err.find("warning: 1 values of V") != std::string::npos);
}

TEST_CASE("lse.npy is of this run or not there") {
  const TemporaryFolder folder;
  write_case(folder / "in");
  REQUIRE(run_case(folder / "in", folder / "out").exit == 0);
  CHECK(fs::exists(folder / "out" / "lse.npy"));
  REQUIRE(run_case(folder / "in", folder / "out", {"--no-lse"}).exit == 0);
  CHECK(!fs::exists(folder / "out" / "lse.npy"));
  write_case(folder / "none", 2, 1, 0);
  REQUIRE(run_case(folder / "none", folder / "out").exit == 0);
  CHECK(read_floats(folder / "out" / "lse.npy", {2, 0}).empty());
}

TEST_CASE("the twin takes every scale and tells of a memory that does not answer") {
  const TemporaryFolder folder;
  write_case(folder / "in");
  for (const std::string scale : {"1.25e308", "1.7976931348623157e308", "-1.7e308", "5e-324"}) {
    const Run run =
        run_case(folder / "in", folder / "out", {"--backend", "model", "--scale", scale});
    INFO(run.err);
    CHECK(run.exit == 0);
  }
  for (const auto& [memory, status] :
       {std::pair<std::string, int>{"fixed:99000", 0}, {"fixed:100001", 4}, {"fixed:900000", 4}}) {
    const Run run =
        run_case(folder / "in", folder / "out", {"--backend", "model", "--memory", memory});
    INFO(memory << run.err);
    CHECK(run.exit == status);
    CHECK((status == 0 || run.err.find("did not answer for TIMEOUT") != std::string::npos));
  }
}

TEST_CASE("back ends that are not there end with 3") {
  const TemporaryFolder folder;
  write_case(folder / "in");
  for (const std::string backend : {"engine", "rtl", "cuda:fast", "uart:/dev/ttyUSB0"}) {
    const Run run = run_flashd(
        {"run", "--input", folder / "in", "--output", folder / "out", "--backend", backend},
        {{"FLASHD_PLUGIN_DIR", folder / "none"}});
    INFO(run.err);
    CHECK(run.exit == 3);
    CHECK(is_one_sentence(run.err));
    CHECK(!fs::exists(folder / "out"));
  }
  const Run verify =
      run_flashd({"verify", "--random", "1"}, {{"FLASHD_PLUGIN_DIR", folder / "none"}});
  CHECK(verify.exit == 3);
  CHECK(verify.err.find("cmake --build --preset release --target flashd_rtl_base_fine") !=
        std::string::npos);
}

TEST_CASE("info lists every configuration") {
  const Run run = run_flashd({"info", "--json"}, {{"FLASHD_PLUGIN_DIR", FAKE_ENGINES "/good"}});
  REQUIRE(run.exit == 0);
  const json info = json::parse(run.out);
  CHECK(info["spec_hash"] == host::hash_text(spec::kHash));
  CHECK(info["configs"].size() == std::size(spec::kConfigs));
  CHECK(info["configs"][0]["name"] == "tiny");
  CHECK(info["configs"][0]["engine"]["fine"] == "yes");
  CHECK(info["configs"][0]["engine"]["lean"] != "yes");
  CHECK(run_flashd({"info"}).out.find("paper256x8") != std::string::npos);
}

TEST_CASE("help and version are no errors") {
  CHECK(run_flashd({"--help"}).exit == 0);
  CHECK(run_flashd({"run", "--help"}).exit == 0);
  CHECK(run_flashd({"--version"}).exit == 0);
}

TEST_CASE("outputs are written all or none") {
  const TemporaryFolder folder;
  write_case(folder / "in");
  fs::create_directories(folder / "out" / "stats.json");
  const Run run =
      run_case(folder / "in", folder / "out", {"--state-out", folder / "state" / "new"});
  CHECK(run.exit == 2);
  CHECK(is_one_sentence(run.err));
  CHECK(run.err.find("stats.json") != std::string::npos);
  CHECK(std::distance(fs::directory_iterator(folder / "out"), {}) == 1);
  CHECK(!fs::exists(folder / "state"));
}

TEST_CASE("an interrupted run ends with 130 and leaves nothing") {
  const TemporaryFolder folder;
  // About 20 G multiply-accumulates: many times the half second that it gets.
  write_case(folder / "in", 4, 1, 4096, 8192, 64, 64);
  const Run run =
      interrupt_flashd({"run", "--input", folder / "in", "--output", folder / "out"}, 500);
  CHECK(run.exit == 130);
  CHECK(run.err == "flashd: interrupted\n");
  CHECK(!fs::exists(folder / "out"));
}
