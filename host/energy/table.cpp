// SPDX-License-Identifier: Apache-2.0
#include "host/energy/table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <utility>

#include <yaml-cpp/yaml.h>

#include "host/energy/built_in.hpp"
#include "host/energy/count.hpp"
#include "host/io/error.hpp"

namespace flashd::energy {

namespace {

constexpr std::uintmax_t kMaxBytes = std::uintmax_t{1} << 20;
constexpr const char* kVersion = "0.4";  // of Accelergy's ERT

struct GroupName {
  const char* name;
  const char* text;
};
constexpr std::array<GroupName, kGroups> kGroupNames{{{"scores", "scores"},
                                                      {"weights", "weights"},
                                                      {"outputs", "outputs"},
                                                      {"merge_and_rows", "merge and rows"},
                                                      {"buffers", "buffers"},
                                                      {"bus", "bus"},
                                                      {"dram", "DRAM"},
                                                      {"clock_and_leakage", "clock and leakage"},
                                                      {"other", "other"}}};

Group group_of(const std::string& name) {
  constexpr std::array<std::pair<const char*, Group>, 11> kStarts{{
      {"flashd.lane.score_", Group::scores},
      {"flashd.lane.weight", Group::weights},
      {"flashd.lane.output_mac", Group::outputs},
      {"flashd.lane.skip", Group::outputs},
      {"flashd.lane.merge", Group::rows},
      {"flashd.lane.row_unit", Group::rows},
      {"flashd.lane.clock", Group::clock},
      {"flashd.lane.leakage", Group::clock},
      {"flashd.buffer.", Group::buffers},
      {"flashd.axi.", Group::bus},
      {"flashd.dram", Group::dram},
  }};
  for (const auto& [start, group] : kStarts)
    if (name.rfind(start, 0) == 0) return group;
  return Group::other;
}

/// FNV-1a, 64 bits.
std::string hash(const std::string& text) {
  std::uint64_t h = 0xcbf29ce484222325u;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(h));
  return digits.data();
}

/// A map of the file; `where` is what errors call it.
struct Map {
  YAML::Node node;
  std::string where;

  YAML::Node need(const char* key) const {
    if (!node.IsMap()) throw host::bad_input(where, "is no map; expected one with " + quoted(key));
    YAML::Node value = node[key];
    if (!value.IsDefined() || value.IsNull()) throw host::bad_input(where, "has no " + quoted(key));
    return value;
  }
  bool has(const char* key) const {
    const YAML::Node value = node[key];
    return value.IsDefined() && !value.IsNull();
  }
  std::string text(const char* key) const {
    const YAML::Node value = need(key);
    if (!value.IsScalar()) throw host::bad_input(where, quoted(key) + " is no text");
    return value.Scalar();
  }
  double real(const char* key) const {
    const std::string value = text(key);
    double number = 0;
    if (!YAML::convert<double>::decode(need(key), number))
      throw host::bad_input(where, quoted(key) + " is '" + value + "'; expected a number");
    return number;
  }
  Map map(const char* key) const { return {need(key), where + ": " + quoted(key)}; }
  YAML::Node list(const char* key) const {
    YAML::Node value = need(key);
    if (!value.IsSequence() || value.size() == 0)
      throw host::bad_input(where, quoted(key) + " is no list of at least one entry");
    return value;
  }
  static std::string quoted(const char* key) { return "'" + std::string(key) + "'"; }
};

double positive(const Map& map, const char* key) {
  const double value = map.real(key);
  if (!std::isfinite(value) || value <= 0)
    throw host::bad_input(map.where,
                          Map::quoted(key) + " is " + map.text(key) + "; expected more than 0");
  return value;
}

double picojoules(const Map& root) {
  constexpr std::array<std::pair<const char*, double>, 4> kUnits{
      {{"fJ", 1e-3}, {"pJ", 1.0}, {"nJ", 1e3}, {"uJ", 1e6}}};
  const std::string unit = root.text("unit");
  for (const auto& [name, pj] : kUnits)
    if (unit == name) return pj;
  throw host::bad_input(root.where, "'unit' is '" + unit + "'; expected fJ, pJ, nJ or uJ");
}

Entry parse_entry(const Map& map, const std::string& source, double unit) {
  Entry entry;
  entry.name = map.text("name");
  const Map named{map.node, source + ": " + entry.name};
  const YAML::Node actions = named.list("actions");
  if (actions.size() != 1)
    throw host::bad_input(named.where, "has " + std::to_string(actions.size()) +
                                           " actions; expected one, which its count counts");
  const Map action{actions[0], named.where};
  const double energy = action.real("energy");
  if (!std::isfinite(energy) || energy < 0)
    throw host::bad_input(named.where, "'energy' is " + action.text("energy") +
                                           "; expected a finite number of at least 0");
  entry.group = group_of(entry.name);
  entry.pj = energy * unit;
  entry.count = named.text("count");
  evaluate(entry.count, quantities({}, spec::kConfigs[0]), source + ": count of " + entry.name);
  return entry;
}

Table parse(const std::string& text, const std::string& source) {
  const Map root{YAML::Load(text), source};
  Table table;
  table.source = source;
  table.id = hash(text);
  table.technology = root.text("technology");
  table.clock_ns = positive(root, "clock_ns");
  if (root.has("voltage")) table.voltage = positive(root, "voltage");
  if (root.has("profile")) table.profile = root.text("profile");
  const double unit = picojoules(root);
  const Map ert = root.map("ERT");
  if (ert.text("version") != kVersion)
    throw host::bad_input(ert.where,
                          "has the version " + ert.text("version") + "; expected " + kVersion);
  const YAML::Node entries = ert.list("tables");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Map map{entries[i], ert.where + ", entry " + std::to_string(i + 1) + " of 'tables'"};
    Entry entry = parse_entry(map, source, unit);
    const auto same = [&](const Entry& other) { return other.name == entry.name; };
    if (std::any_of(table.entries.begin(), table.entries.end(), same))
      throw host::bad_input(source, "has " + entry.name + " twice");
    table.toggles |= has_toggles(entry.count);
    table.entries.push_back(std::move(entry));
  }
  return table;
}

}  // namespace

const char* name(Group group) { return kGroupNames[static_cast<std::size_t>(group)].name; }
const char* to_text(Group group) { return kGroupNames[static_cast<std::size_t>(group)].text; }

Table parse_table(const std::string& text, const std::string& source) {
  try {
    return parse(text, source);
  } catch (const YAML::Exception& error) {
    throw host::bad_input(
        source, "is no YAML: " + error.msg + " in line " + std::to_string(error.mark.line + 1));
  }
}

Table load_table(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error))
    throw host::bad_input(file.string(), "is no file; expected a table of energies per action");
  if (std::filesystem::file_size(file, error) > kMaxBytes || error)
    throw host::bad_input(file.string(), "is larger than 1 MiB; expected a table of energies");
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) throw host::bad_input(file.string(), "cannot be read");
  return parse_table(text, file.string());
}

Table built_in_table() { return parse_table(built_in_text(), "built in"); }

}  // namespace flashd::energy
