// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

#include "host/energy/count.hpp"
#include "host/energy/table.hpp"

namespace flashd::energy {

struct Action {
  std::string name;
  Group group = Group::other;
  double count = 0;
  double pj = 0;  ///< of all of them
};

/// Where the toggles of keys come from.
enum class KeyData {
  none,     ///< the table has no use for them
  counted,  ///< in the job's Q and K
  random,   ///< the mean of random keys: there are no data
};
/// As in files.
const char* name(KeyData keys);

/// Energy of a run, in pJ.
struct Estimate {
  std::vector<Action> actions;  ///< in the table's order
  std::array<double, kGroups> groups{};
  double total = 0;
  double per_pair = 0;  ///< per visible (row, key) pair; 0 if there is none
  double power_mw = 0;  ///< total over `cycles` of the table's clock; 0 without cycles
  KeyData keys = KeyData::none;

  double group(Group g) const { return groups[static_cast<std::size_t>(g)]; }
};

/// Sum of energy x count. Throws host::Error(usage) if a count is negative or not finite.
Estimate estimate(const Table& table, const Work& work, const spec::Config& config);

/// What the figures are: technology, clock, an estimate, whose keys. `profile` is the run's.
std::string sentence(const Table& table, const std::string& profile, KeyData keys);

/// Keys of a run on a table, with and without data.
KeyData keys_of(const Table& table, bool data);

/// Total, energy per pair, power; one line per group that the table has; the sentence.
std::string to_text(const Table& table, const Estimate& estimate, const std::string& profile);

}  // namespace flashd::energy
