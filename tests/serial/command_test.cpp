// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "host/api/config.hpp"
#include "host/api/flashd.hpp"
#include "tests/host/fixture.hpp"
#include "tests/serial/board.hpp"

using namespace flashd;
using namespace flashd::testing;

namespace {

Run run_case(const TemporaryFolder& folder, const std::string& backend,
             const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments{"run",          "--input",   folder / "in", "--output",
                                     folder / "out", "--backend", backend};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_flashd(arguments);
}

}  // namespace

TEST_CASE("flashd run over a serial line gives the bits of golden") {
  const TemporaryFolder folder;
  write_case(folder / "in", 4, 2, 9, 40, 24, 16);
  REQUIRE(run_case(folder, "golden", {"--config", "tiny"}).exit == 0);
  const std::string o = read_text(folder / "out" / "o.npy");
  const std::string lse = read_text(folder / "out" / "lse.npy");
  // A slow machine sends again what is only late: that changes nothing.
  const FakeBoard far({}, {1e-4, 1e-4, 0}, 3);
  const Run run = run_case(folder, "uart:" + far.name());
  INFO(run.err);
  REQUIRE(run.exit == 0);
  CHECK(read_text(folder / "out" / "o.npy") == o);
  CHECK(read_text(folder / "out" / "lse.npy") == lse);
  CHECK(run.out.find("uart tiny fine") == 0);
  CHECK(run.out.find("serial line: ") != std::string::npos);
  CHECK(run.out.find("energy") != std::string::npos);
  const auto stats = nlohmann::json::parse(read_text(folder / "out" / "stats.json"));
  CHECK(stats["engine"]["config"] == "tiny");
  CHECK(stats["counters"]["compared"]["outputs"] == 4 * 9 * 16 + 4 * 9);
  CHECK(stats["counters"]["cycles"] > 100);
  CHECK(stats["device"]["jobs"] == 1);
  CHECK(stats["line"]["bytes_sent"] > 2 * (9 * 4 * 24 + 40 * 2 * (24 + 16)));
  CHECK(stats["line"]["commands"] > 10);
  CHECK(stats["line"]["firmware_jobs"] == 1);
}

TEST_CASE("a batch and split rows pass over the line as several jobs") {
  const TemporaryFolder folder;
  write_case(folder / "in", 2, 1, 5, 70, 8, 8);
  REQUIRE(run_case(folder, "golden", {"--config", "tiny", "--causal"}).exit == 0);
  const std::string o = read_text(folder / "out" / "o.npy");
  const FakeBoard far;
  const Run run = run_case(folder, "uart:" + far.name(),
                           {"--config", "tiny", "--causal", "--keys-per-job", "32", "--json"});
  INFO(run.err);
  REQUIRE(run.exit == 0);
  CHECK(read_text(folder / "out" / "o.npy") == o);
  CHECK(nlohmann::json::parse(run.out)["counters"]["jobs"] == 3);
}

TEST_CASE("a case too large for the board is told with both sizes, and runs when it is split") {
  const TemporaryFolder folder;
  write_case(folder / "in", 1, 1, 2, 1100, 64, 64);
  const FakeBoard far;
  const Run whole = run_case(folder, "uart:" + far.name());
  INFO(whole.err);
  CHECK(whole.exit == 2);
  CHECK(is_one_sentence(whole.err));
  CHECK(whole.err.find("the board has 258048") != std::string::npos);
  const Run parts = run_case(folder, "uart:" + far.name(), {"--keys-per-job", "640"});
  INFO(parts.err);
  CHECK(parts.exit == 0);
}

TEST_CASE("info names the back end, and only a board has a line") {
  const Run info = run_flashd({"info", "--json"});
  REQUIRE(info.exit == 0);
  const auto names = nlohmann::json::parse(info.out)["backends"];
  CHECK(std::find(names.begin(), names.end(), "uart:DEVICE[@BAUD]") != names.end());
  CHECK(Accelerator("golden", "tiny", "fine").line_counters().empty());
  const FakeBoard far;
  const Accelerator board("uart:" + far.name(), "tiny", "fine");
  CHECK(std::string(board.capabilities().backend) == "uart");
  CHECK(board.line_counters().empty());  // until the first job
}

TEST_CASE("what is wrong with a line or its board is one sentence and a status") {
  const TemporaryFolder folder;
  write_case(folder / "in");
  Misbehaviour other;
  other.device_hash_change = 0x10;
  const FakeBoard far, wrong(other);
  const Babbler silent("");
  struct Wrong {
    std::string backend;
    std::vector<std::string> more;
    int exit;
    std::string sentence;
  };
  const std::vector<Wrong> all{
      {"uart:", {}, 2, "expected uart:DEVICE"},
      {"uart:/dev/null@x", {}, 2, "'x'"},
      {"uart:/dev/null", {}, 3, "is no serial line"},
      {"uart:/dev/not-there", {}, 3, "cannot be opened"},
      {"uart:" + wrong.name(), {}, 3, host::hash_text(spec::kHash ^ 0x10u)},
      {"uart:" + wrong.name(), {}, 3, host::hash_text(spec::kHash)},
      {"uart:" + silent.name(), {}, 3, "nothing was received"},
      {"uart:" + far.name(), {"--config", "base"}, 3, "this program expects"},
      {"uart:" + far.name(), {"--numerics", "lean"}, 3, "numerics profile"},
      {"uart:" + far.name(), {"--memory", "fixed:9"}, 2, "memory"},
      {"uart:" + far.name(), {"--stall", "0.1"}, 2, "stall"},
      {"uart:" + far.name(), {"--trace", folder / "t.json"}, 2, "--trace"},
      {"uart:" + far.name(), {"--wave", folder / "w.fst"}, 2, "--wave"},
  };
  for (const Wrong& one : all) {
    const Run run = run_case(folder, one.backend, one.more);
    INFO(one.backend << ": " << run.err);
    CHECK(run.exit == one.exit);
    CHECK(is_one_sentence(run.err));
    CHECK(run.err.find(one.sentence) != std::string::npos);
    CHECK(!std::filesystem::exists(folder / "out"));
  }
}
