// SPDX-License-Identifier: Apache-2.0
// verify, demo and run --backend engine against plug-ins that answer with golden or go wrong on
// purpose.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "tests/host/fixture.hpp"

namespace {

using namespace flashd::testing;
namespace fs = std::filesystem;
using nlohmann::json;

const std::string kTraces = FLASHD_SOURCE_DIR "/tests/data/traces";

Run with_engine(const std::vector<std::string>& arguments, const std::string& behaviour = "") {
  return run_flashd(
      arguments, {{"FLASHD_PLUGIN_DIR", FAKE_ENGINES "/good"}, {"FLASHD_TEST_ENGINE", behaviour}});
}

}  // namespace

TEST_CASE("verify counts what it compared") {
  const Run run = with_engine({"verify", "--random", "20", "--seed", "5", "--config", "tiny",
                               "--input-format", "fp16", "--json"});
  INFO(run.err);
  REQUIRE(run.exit == 0);
  const json report = json::parse(run.out);
  CHECK(report["jobs"] == 20);
  CHECK(report["mismatches"] == 0);
  CHECK(report["compared"]["scores"].get<int>() > 1000);
  CHECK(report["compared"]["results"].get<int>() > 1000);
  const Run text = with_engine({"verify", "--random", "2", "--config", "tiny"});
  CHECK(text.exit == 0);
  CHECK(text.out.find("mismatches  0") != std::string::npos);
}

TEST_CASE("verify fails on whatever an engine does wrong, and says how to repeat it") {
  struct {
    const char* behaviour;
    int exit;
    const char* words;
  } const rows[] = {{"mismatch", 1, "probe score differs"},
                    {"wrong result", 1, "o["},
                    {"wrong state", 1, "row sum mantissa"},
                    {"silent", 1, "compared nothing"},
                    {"hang", 4, "k_ready"},
                    {"refuse", 2, "does not fit"}};
  for (const auto& row : rows) {
    INFO(row.behaviour);
    const TemporaryFolder folder;
    write_case(folder / "in");
    for (const std::vector<std::string>& what :
         {std::vector<std::string>{"--random", "30", "--seed", "2"},
          std::vector<std::string>{"--input", folder / "in"}}) {
      std::vector<std::string> arguments{"verify", "--config", "tiny"};
      arguments.insert(arguments.end(), what.begin(), what.end());
      const Run run = with_engine(arguments, row.behaviour);
      INFO(run.err);
      CHECK(run.exit == row.exit);
      CHECK(run.err.find(row.words) != std::string::npos);
      CHECK(run.err.find("job: ") != std::string::npos);
      if (row.exit == 1) CHECK(run.err.find("repeat with: ./flashd verify") != std::string::npos);
    }
  }
}

TEST_CASE("run on the engine counts cycles and leaves nothing behind when it fails") {
  const TemporaryFolder folder;
  write_case(folder / "in");
  const std::vector<std::string> arguments{"run",      "--input",      folder / "in",
                                           "--output", folder / "out", "--backend",
                                           "engine",   "--config",     "tiny"};
  for (const auto& [behaviour, exit] :
       {std::pair<std::string, int>{"mismatch", 1}, {"hang", 4}, {"refuse", 2}}) {
    const Run run = with_engine(arguments, behaviour);
    INFO(run.err);
    CHECK(run.exit == exit);
    CHECK(!fs::exists(folder / "out"));
  }
  REQUIRE(with_engine(arguments).exit == 0);
  const json stats = json::parse(read_text(folder / "out" / "stats.json"));
  CHECK(stats["counters"]["cycles"] == 1000);
  CHECK(stats["counters"]["compared"]["scores"] == 30);
  // 30 scores of d = dv = 8 on WIDTH 16, one lane.
  CHECK(stats["counters"]["utilisation"].get<double>() == 30 * 16 / (2.0 * 16 * 1000));
}

TEST_CASE("demo runs the traces and writes its outputs") {
  const TemporaryFolder folder;
  const Run run = with_engine(
      {"demo", "--input", kTraces, "--output", folder / "demo", "--json", "--no-picture"});
  INFO(run.err);
  REQUIRE(run.exit == 0);
  const json report = json::parse(run.out);
  REQUIRE(report.size() == 3);
  for (const json& trace : report) {
    CHECK(trace["mismatches"] == 0);
    REQUIRE(trace["relative_l2"].size() == 3);
    const double own = trace["relative_l2"][0]["fp32_output"];
    const double gpu = trace["relative_l2"][1]["fp32_output"];
    const double published = trace["relative_l2"][2]["fp32_output"];
    CHECK(own > 0);
    CHECK(own < 0.5 * gpu);
    CHECK(gpu < published);
    const fs::path result = folder / "demo" / trace["trace"].get<std::string>();
    for (const char* name : {"o.npy", "lse.npy", "stats.json", "row_errors.npy"})
      CHECK(fs::exists(result / name));
  }
  const Run text =
      with_engine({"demo", "--input", kTraces, "--output", folder / "demo", "--no-picture"});
  CHECK(text.out.find("smollm2_L14_n128") != std::string::npos);
  CHECK(text.out.find("wave:") != std::string::npos);
  CHECK(with_engine({"demo", "--input", kTraces, "--output", folder / "none"}, "mismatch").exit ==
        1);
  CHECK(!fs::exists(folder / "none"));
}
