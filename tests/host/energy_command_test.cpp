// SPDX-License-Identifier: Apache-2.0
// `flashd run --energy` and the points of `flashd sweep` through the executable.
#include <cmath>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "tests/host/fixture.hpp"

namespace {

using namespace flashd::testing;
namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kTable = R"(technology: T1
clock_ns: 4
unit: pJ
ERT:
  version: '0.4'
  tables:
    - {name: flashd.lane.score_mac, actions: [{name: a, energy: 1.25}], count: keys_scored * d}
    - {name: flashd.lane.skip, actions: [{name: a, energy: 3}], count: keys_skipped}
    - {name: flashd.lane.row_unit, actions: [{name: a, energy: 50}], count: tiles * dv / TILE}
    - {name: flashd.lane.leakage, actions: [{name: a, energy: 7.5}], count: cycles * LANES}
    - {name: flashd.axi.beat, actions: [{name: a, energy: 0.5}], count: bytes_read - bytes_written}
)";

bool close(double a, double b) { return std::fabs(a - b) <= 1e-12 * std::fabs(b); }

Run run_tiny(const TemporaryFolder& folder, const std::string& backend,
             std::vector<std::string> more) {
  std::vector<std::string> arguments{"run",      "--input",      folder / "in",
                                     "--output", folder / "out", "--config",
                                     "tiny",     "--backend",    backend};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_flashd(arguments);
}

}  // namespace

TEST_CASE("run multiplies the device's counters") {
  const TemporaryFolder folder;
  write_case(folder / "in", 4, 2, 5, 70, 24, 40);
  write_text(folder / "t.yaml", kTable);
  const Run run = run_tiny(folder, "model", {"--json", "--energy", folder / "t.yaml"});
  INFO(run.err);
  REQUIRE(run.exit == 0);
  const json stats = json::parse(run.out);
  const json& device = stats["device"];
  const auto n = [&](const char* name) { return device[name].get<double>(); };
  // tiny: width 16, one lane, tiles of 16; d 24 takes 32, dv 40 takes 48. 4 heads x 5 x 70 pairs.
  REQUIRE(n("keys_scored") == 1400);
  REQUIRE(n("tiles") == 4 * 5 * 5);
  const double rows = 50.0 * 100 * 48 / 16, scores = 1.25 * 1400 * 32;
  const double want = scores + 3 * n("keys_skipped") + rows + 7.5 * n("cycles") +
                      0.5 * (n("bytes_read") - n("bytes_written"));
  const json& energy = stats["energy"];
  CHECK(close(energy["total_pj"], want));
  CHECK(close(energy["groups_pj"]["scores"], scores));
  CHECK(close(energy["groups_pj"]["merge_and_rows"], rows));
  CHECK(energy["groups_pj"]["dram"] == 0);
  CHECK(close(energy["pj_per_pair"], want / 1400));
  CHECK(close(energy["power_mw"], want / (4 * n("cycles"))));
  CHECK(energy["actions"]["flashd.lane.score_mac"]["count"] == 1400 * 32);
  CHECK(energy["technology"] == "T1");
  CHECK(energy["toggles"] == "none");
  CHECK(json::parse(read_text(folder / "out" / "stats.json"))["energy"] == energy);
}

TEST_CASE("run has a table of its own") {
  const TemporaryFolder folder;
  write_case(folder / "in");
  const Run run = run_tiny(folder, "model", {});
  INFO(run.out << run.err);
  REQUIRE(run.exit == 0);
  for (const char* words :
       {"\nenergy: ", " pJ per query x key, ", "W on average at a clock of ", "\n  scores ",
        "\n  weights ", "\n  outputs ", "\n  merge and rows ", "\n  buffers ", "\n  bus ",
        "\n  DRAM ", "\n  clock and leakage ", "estimate, not a measurement", "Nangate45",
        "from key to key was counted in Q and K."}) {
    INFO(words);
    CHECK(run.out.find(words) != std::string::npos);
  }
  const json energy = json::parse(read_text(folder / "out" / "stats.json"))["energy"];
  CHECK(energy["toggles"] == "counted");
  double groups = 0, actions = 0;
  for (const auto& pj : energy["groups_pj"]) groups += pj.get<double>();
  for (const auto& action : energy["actions"]) actions += action["pj"].get<double>();
  CHECK(std::fabs(groups - energy["total_pj"].get<double>()) < 1e-9 * groups);
  CHECK(std::fabs(actions - groups) < 1e-9 * groups);
}

TEST_CASE("scores of equal keys take less") {
  const TemporaryFolder folder;
  std::vector<double> scores, steps;
  for (const float scale : {1.0f, 0.0f}) {
    write_case(folder / "in", 2, 1, 6, 50, 24, 40);
    write_text(folder / "in" / "k.npy", float_npy({1, 50, 24}, scale));
    const Run run = run_tiny(folder, "model", {"--json"});
    INFO(run.err);
    REQUIRE(run.exit == 0);
    const json energy = json::parse(run.out)["energy"];
    scores.push_back(energy["groups_pj"]["scores"]);
    steps.push_back(energy["actions"]["flashd.lane.score_step"]["pj"]);
    // 12 rows of 50 keys, two beats of 16 multipliers each.
    CHECK(energy["actions"]["flashd.lane.score_step"]["count"] == 12 * 50 * 2 * 16);
  }
  CHECK(steps[0] == steps[1]);
  CHECK(scores[1] < scores[0] / 2);
}

TEST_CASE("run without a device has no energy") {
  const TemporaryFolder folder;
  write_case(folder / "in");
  write_text(folder / "t.yaml", kTable);
  for (const char* backend : {"golden", "engine"}) {
    const Run run = run_tiny(folder, backend, {"--energy", folder / "t.yaml"});
    INFO(run.err);
    CHECK(run.exit == 2);
    CHECK(is_one_sentence(run.err));
    CHECK(run.err.find("not available on the back end " + std::string(backend)) !=
          std::string::npos);
    CHECK(!fs::exists(folder / "out"));
  }
  const Run run = run_tiny(folder, "golden", {"--json"});
  REQUIRE(run.exit == 0);
  CHECK(!json::parse(run.out).contains("energy"));
}

TEST_CASE("run refuses a bad table and leaves nothing") {
  const TemporaryFolder folder;
  write_case(folder / "in");
  std::string text = kTable;
  write_text(folder / "name.yaml", text.replace(text.find("keys_skipped"), 12, "keys_shipped"));
  write_text(folder / "run.yaml", std::string(kTable) +
                                      "    - {name: x, actions: [{name: a, energy: 1}], count: "
                                      "tiles - cycles}\n");
  for (const char* file : {"name.yaml", "run.yaml", "none.yaml"}) {
    const Run run = run_tiny(folder, "model", {"--energy", folder / file});
    INFO(run.err);
    CHECK(run.exit == 2);
    CHECK(is_one_sentence(run.err));
    CHECK(run.err.find(file) != std::string::npos);
    CHECK(run.out.empty());
    CHECK(!fs::exists(folder / "out"));
  }
}

TEST_CASE("a point of a sweep has its energy") {
  const TemporaryFolder folder;
  write_text(folder / "t.yaml", kTable);
  const Run run = run_flashd({"sweep-point", "--config", "tiny", "--workload", "prefill:40,d=32",
                              "--memory", "ideal", "--energy", folder / "t.yaml"});
  INFO(run.err);
  REQUIRE(run.exit == 0);
  const json point = json::parse(run.out);
  CHECK(close(point["energy"]["groups_pj"]["scores"], 1.25 * 1600 * 32));
  CHECK(close(point["energy"]["groups_pj"]["merge_and_rows"], 50.0 * 40 * 3 * 2));
  CHECK(point["energy_table"] == point["energy"]["table_id"]);
  const Run other = run_flashd(
      {"sweep-point", "--config", "tiny", "--workload", "prefill:40,d=32", "--memory", "ideal"});
  REQUIRE(other.exit == 0);
  const json built_in = json::parse(other.out);
  CHECK(built_in["energy_table"] != point["energy_table"]);
  // Without data: 40 x 40 pairs of 32 elements, the mean of random ones.
  CHECK(point["energy"]["toggles"] == "none");
  CHECK(built_in["energy"]["toggles"] == "random");
  const json& actions = built_in["energy"]["actions"];
  CHECK(close(actions["flashd.lane.score_sign"]["count"], 1600 * 32 * 5.2));
  CHECK(actions["flashd.lane.score_bit"]["count"] == 1600 * 32 * 3.5);
  CHECK(actions["flashd.lane.merge_first"]["count"] == 40 * 32);
  CHECK(actions["flashd.lane.merge"]["count"] == 40 * 2 * 32);
}
