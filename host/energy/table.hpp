// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

namespace flashd::energy {

/// Parts of a device that an estimate tells apart.
enum class Group { scores, weights, outputs, rows, buffers, bus, dram, clock, other };
constexpr std::size_t kGroups = 9;
/// As in files, and as in a line of text.
const char* name(Group group);
const char* to_text(Group group);

/// One action of the device.
struct Entry {
  std::string name;  ///< "flashd.lane.weight"; decides the group
  Group group = Group::other;
  double pj = 0;      ///< energy of one action, finite, not negative
  std::string count;  ///< expression: how many of them a job has; see quantities()
};

/// Energies per action, an energy reference table as Accelergy writes it (docs/energy.md).
struct Table {
  std::string source;  ///< its file, or "built in"
  std::string id;      ///< hash of the text, 16 hexadecimal digits
  std::string technology;
  double voltage = 0;   ///< 0: not told
  double clock_ns = 0;  ///< period for which the energies of a cycle hold
  std::string profile;  ///< numerics profile of the measured lane; empty: not told
  std::vector<Entry> entries;
  bool toggles = false;  ///< some count has toggles of keys
};

/// Reads a table from its YAML text; `source` names it in errors. Throws host::Error(usage) with
/// one sentence for a text that is no YAML, a missing or unknown field value, an energy that is
/// negative or not finite, an unknown unit, a count that is no expression or has unknown names.
Table parse_table(const std::string& text, const std::string& source);

/// The same from a file of at most 1 MiB.
Table load_table(const std::filesystem::path& file);

/// spec/energy/nangate45.yaml, as of the build.
Table built_in_table();

}  // namespace flashd::energy
