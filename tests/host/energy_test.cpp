// SPDX-License-Identifier: Apache-2.0
// Energies per action times counters: sums by hand, and tables that must be refused.
#include <cmath>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "host/api/config.hpp"
#include "host/energy/estimate.hpp"
#include "host/io/error.hpp"
#include "host/sweep/point.hpp"
#include "tests/host/fixture.hpp"

using namespace flashd;
using device::Counter;
using energy::Group;

namespace {

bool close(double a, double b) { return std::fabs(a - b) <= 1e-12 * std::fabs(b); }

std::string entry(const std::string& name, const std::string& energy, const std::string& count) {
  return "    - name: " + name +
         "\n      actions:\n        - name: act\n          energy: " + energy +
         "\n      count: \"" + count + "\"\n";
}

const std::string kHead = "technology: T1\nvoltage: 1.1\nclock_ns: 2.5\nprofile: fine\nunit: fJ\n";
const std::string kErt = "ERT:\n  version: '0.4'\n  tables:\n";

/// A table with one entry.
std::string single(const std::string& energy, const std::string& count) {
  return kHead + kErt + entry("flashd.dram", energy, count);
}

energy::Work work() {
  energy::Work w;
  const auto set = [&](Counter c, std::uint64_t n) { w.counters[static_cast<std::size_t>(c)] = n; };
  set(Counter::cycles, 1000);
  set(Counter::keys_scored, 40);
  set(Counter::keys_skipped, 10);
  set(Counter::tiles, 9);
  set(Counter::bytes_read, 300);
  set(Counter::bytes_written, 20);
  w.d = 6;
  w.dv = 17;
  return w;
}

/// The sentence with which a table is refused.
std::string refusal(const std::string& text) {
  try {
    energy::estimate(energy::parse_table(text, "t.yaml"), work(), host::find_config("tiny"));
  } catch (const host::Error& error) {
    CHECK(error.exit() == host::Exit::usage);
    return error.what();
  }
  return "not refused";
}

}  // namespace

TEST_CASE("energy: sums by hand") {
  const std::string text =
      kHead + kErt + entry("flashd.lane.score_mac", "1500", "keys_scored * d") +
      entry("flashd.lane.output_mac", "2000", "(keys_scored - keys_skipped) * dv") +
      entry("flashd.lane.skip", "1000", "keys_skipped") +
      entry("flashd.lane.merge", "1000", "sqrt(tiles) + max(tiles, 1)") +
      entry("flashd.lane.clock", "500", "cycles * LANES * WIDTH / 16") +
      entry("flashd.buffer.key", "100", "CONTEXTS * TILE * MAX_HEAD_DIM") +
      entry("flashd.dram", "1e4", "bytes_read + bytes_written") + entry("mine", "0", "cycles");
  const energy::Table table = energy::parse_table(text, "t.yaml");
  CHECK(table.technology == "T1");
  CHECK(table.clock_ns == 2.5);
  // tiny: width 16, 1 lane, 4 contexts, tiles of 16, head dimension up to 64; d 16, dv 32.
  const energy::Estimate e = energy::estimate(table, work(), host::find_config("tiny"));
  CHECK(close(e.group(Group::scores), 1.5 * 40 * 16));
  CHECK(e.group(Group::weights) == 0);
  CHECK(close(e.group(Group::outputs), 2.0 * 30 * 32 + 10));
  CHECK(close(e.group(Group::rows), 12));
  CHECK(close(e.group(Group::clock), 500));
  CHECK(close(e.group(Group::buffers), 409.6));
  CHECK(close(e.group(Group::dram), 3200));
  CHECK(close(e.total, 960 + 1930 + 12 + 500 + 409.6 + 3200));
  CHECK(close(e.per_pair, e.total / 40));
  CHECK(close(e.power_mw, e.total / 2500));
  REQUIRE(e.actions.size() == 8);
  CHECK(e.actions[1].count == 960);

  const std::string shown = energy::to_text(table, e, "fine");
  INFO(shown);
  CHECK(shown.find("energy: 7.01 nJ, 175.3 pJ per query x key, 2.80 mW on average at a clock of "
                   "2.5 ns\n") == 0);
  CHECK(shown.find("  outputs               1.93 nJ   27.5 %\n") != std::string::npos);
  CHECK(shown.find("  merge and rows        12.0 pJ") != std::string::npos);
  CHECK(shown.find("weights") == std::string::npos);  // the table has none
  CHECK(shown.find(
            "an estimate, not a measurement: energies per action in T1, 1.1 V, clock 2.5 ns") !=
        std::string::npos);
  CHECK(shown.find("profile") == std::string::npos);
  CHECK(energy::to_text(table, e, "lean").find("for the profile fine, this run is lean") !=
        std::string::npos);
}

TEST_CASE("energy: a run without work") {
  const energy::Table table = energy::parse_table(single("1", "cycles"), "t.yaml");
  const energy::Estimate e = energy::estimate(table, {}, host::find_config("tiny"));
  CHECK((e.total == 0 && e.per_pair == 0 && e.power_mw == 0));
  CHECK(energy::to_text(table, e, "fine").find("energy: 0.00 pJ, 0.00 ") == 0);
}

TEST_CASE("energy: units") {
  double have[4];
  int i = 0;
  for (const char* unit : {"fJ", "pJ", "nJ", "uJ"}) {
    std::string text = single("3", "1");
    text.replace(text.find("fJ"), 2, unit);
    have[i++] = energy::parse_table(text, "t.yaml").entries[0].pj;
  }
  CHECK((close(have[0], 3e-3) && have[1] == 3 && have[2] == 3e3 && have[3] == 3e6));
}

TEST_CASE("energy: bad tables are refused with one sentence") {
  struct Bad {
    std::string text;
    std::vector<std::string> words;
  };
  const auto without = [](const std::string& line) {
    std::string text = single("1", "cycles");
    const std::size_t at = text.find(line);
    REQUIRE(at != std::string::npos);
    return text.erase(at, text.find('\n', at) + 1 - at);
  };
  const auto changed = [](const std::string& from, const std::string& to) {
    std::string text = single("1", "cycles");
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
  };
  const std::vector<Bad> all{
      {"", {"no map"}},
      {"[1, 2", {"no YAML", "line"}},
      {"a: {b: *c}", {"no YAML"}},
      {"- 1\n", {"no map"}},
      {without("technology"), {"'technology'"}},
      {without("clock_ns"), {"'clock_ns'"}},
      {without("unit"), {"'unit'"}},
      {without("  version"), {"'version'"}},
      {without("          energy"), {"flashd.dram", "'energy'"}},
      {without("      count"), {"flashd.dram", "'count'"}},
      {kHead, {"'ERT'"}},
      {kHead + "ERT: 3\n", {"'ERT'", "no map"}},
      {kHead + "ERT:\n  version: '0.4'\n  tables: []\n", {"'tables'", "list"}},
      {changed("'0.4'", "'0.3'"), {"0.3", "0.4"}},
      {changed("fJ", "kWh"), {"'kWh'", "fJ, pJ, nJ or uJ"}},
      {changed("2.5", "0"), {"'clock_ns'", "more than 0"}},
      {changed("2.5", ".inf"), {"'clock_ns'"}},
      {changed("2.5", "fast"), {"'fast'", "a number"}},
      {changed("1.1", "-1"), {"'voltage'"}},
      {changed("        - name: act\n", "        - name: act\n        - name: act\n"),
       {"2 actions"}},
      {single("-1", "cycles"), {"'energy'", "-1", "at least 0"}},
      {single(".nan", "cycles"), {"'energy'", "finite"}},
      {single(".inf", "cycles"), {"'energy'", "finite"}},
      {single("1e999", "cycles"), {"'energy'"}},
      {single("much", "cycles"), {"'much'", "a number"}},
      {single("1", "cyclez"), {"count of flashd.dram", "'cyclez'", "LANES"}},
      {single("1", "1 + D"), {"'D'"}},
      {single("1", "_pi"), {"'_pi'"}},
      {single("1", "foo(cycles)"), {"'foo"}},
      {single("1", "1 +"), {"no expression"}},
      {single("1", ""), {"no expression"}},
      {single("1", "cycles = 3"), {"no expression"}},
      {single("1", "1, 2"), {"one number"}},
      {single("1", "tiles - cycles"), {"for this run"}},
      {single("1", "1 / tiles_skipped"), {"for this run"}},
      {single("1.7e308", "cycles * cycles"), {"finite"}},
      {single("1", "1") + entry("flashd.dram", "1", "1"), {"flashd.dram", "twice"}},
  };
  for (const Bad& bad : all) {
    const std::string sentence = refusal(bad.text);
    INFO(bad.text << "\n" << sentence);
    CHECK(sentence.find("t.yaml: ") == 0);
    CHECK(sentence.find('\n') == std::string::npos);
    for (const std::string& word : bad.words) CHECK(sentence.find(word) != std::string::npos);
  }
}

TEST_CASE("energy: files") {
  const testing::TemporaryFolder folder;
  CHECK_THROWS_AS(energy::load_table(folder / "none.yaml"), host::Error);
  CHECK_THROWS_AS(energy::load_table(folder.path()), host::Error);
  testing::write_text(folder / "big.yaml", "#" + std::string(1 << 20, ' '));
  CHECK_THROWS_AS(energy::load_table(folder / "big.yaml"), host::Error);
  testing::write_text(folder / "good.yaml", single("2", "cycles"));
  CHECK(energy::load_table(folder / "good.yaml").entries.size() == 1);
}

TEST_CASE("energy: the built-in table is the repository's") {
  const std::filesystem::path file =
      std::filesystem::path(FLASHD_SOURCE_DIR) / "spec/energy/nangate45.yaml";
  const energy::Table table = energy::built_in_table();
  CHECK(table.id == energy::load_table(file).id);
  for (std::size_t i = 0; i + 1 < energy::kGroups; ++i) {
    bool found = false;
    for (const energy::Entry& e : table.entries) found |= e.group == static_cast<Group>(i);
    INFO(energy::name(static_cast<Group>(i)));
    CHECK(found);
  }
  for (const energy::Entry& e : table.entries) CHECK(e.group != Group::other);
}

TEST_CASE("energy: a point of a sweep has the tiles of its rows") {
  // 37 causal rows of 90 keys, the last row sees all: rows see 54 to 90 keys, tiles of 16.
  const sweep::Point point =
      sweep::run_point(host::find_config("tiny"), Profile::fine,
                       sweep::parse_workload("prefill:37x90,causal"), "ideal");
  std::uint64_t tiles = 0, pairs = 0;
  for (std::uint64_t keys = 54; keys <= 90; ++keys) {
    tiles += (keys + 15) / 16;
    pairs += keys;
  }
  CHECK(device::value(point.counters, Counter::tiles) == tiles);
  CHECK(device::value(point.counters, Counter::keys_scored) == pairs);
  CHECK(device::value(point.counters, Counter::rows) == 37);
  CHECK(device::value(point.counters, Counter::rows_empty) == 0);
}

TEST_CASE("energy: a point of a sweep has the rows that see nothing") {
  // 30 causal rows of 12 keys: the first 18 see none.
  const sweep::Point point =
      sweep::run_point(host::find_config("tiny"), Profile::fine,
                       sweep::parse_workload("prefill:30x12,causal"), "ideal");
  CHECK(device::value(point.counters, Counter::rows) == 30);
  CHECK(device::value(point.counters, Counter::rows_empty) == 18);
  CHECK(device::value(point.counters, Counter::tiles) == 12);
  energy::Work work;
  work.counters = point.counters;
  work.d = work.dv = 64;
  const energy::Estimate e =
      energy::estimate(energy::built_in_table(), work, host::find_config("tiny"));
  for (const energy::Action& action : e.actions) {
    if (action.name == "flashd.lane.merge") CHECK(action.count == 0);
    if (action.name == "flashd.lane.merge_first") CHECK(action.count == 12 * 64);
  }
}
