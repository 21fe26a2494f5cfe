// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdio>

#include "host/energy/estimate.hpp"

namespace flashd::energy {

namespace {

/// Three digits with a prefix: number("J", -12) of 1234 is "1.23 nJ".
std::string scaled(double value, const char* unit, int exponent) {
  constexpr std::array<const char*, 6> kPrefixes{"p", "n", "u", "m", "", "k"};
  std::size_t at = static_cast<std::size_t>((exponent + 12) / 3);
  while (value >= 999.5 && at + 1 < kPrefixes.size()) {
    value /= 1000;
    ++at;
  }
  while (value > 0 && value < 0.9995 && at > 0) {
    value *= 1000;
    --at;
  }
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f %s%s",
                value < 9.995   ? 2
                : value < 99.95 ? 1
                                : 0,
                value, kPrefixes[at], unit);
  return text.data();
}

bool has_group(const Estimate& e, std::size_t group) {
  for (const Action& action : e.actions)
    if (static_cast<std::size_t>(action.group) == group) return true;
  return false;
}

}  // namespace

const char* name(KeyData keys) {
  constexpr std::array<const char*, 3> kNames{"none", "counted", "random"};
  return kNames[static_cast<std::size_t>(keys)];
}

std::string sentence(const Table& table, const std::string& profile, KeyData keys) {
  std::array<char, 48> volts{}, clock{};
  if (table.voltage > 0) std::snprintf(volts.data(), volts.size(), ", %g V", table.voltage);
  std::snprintf(clock.data(), clock.size(), "%g ns", table.clock_ns);
  std::string text = "The energy is an estimate, not a measurement: energies per action in " +
                     table.technology + volts.data() + ", clock " + clock.data() +
                     ", times the counters.";
  if (keys == KeyData::counted) text += " What changes from key to key was counted in Q and K.";
  if (keys == KeyData::random)
    text += " What changes from key to key is the mean of random keys, for there are no data.";
  if (!table.profile.empty() && table.profile != profile)
    text += " The table is for the profile " + table.profile + ", this run is " + profile + ".";
  return text;
}

std::string to_text(const Table& table, const Estimate& e, const std::string& profile) {
  std::string out = "energy: " + scaled(e.total, "J", -12);
  std::array<char, 96> text{};
  if (e.per_pair > 0) {
    std::snprintf(text.data(), text.size(), ", %.*f pJ per query x key", e.per_pair < 1000 ? 1 : 0,
                  e.per_pair);
    out += text.data();
  }
  std::snprintf(text.data(), text.size(), " on average at a clock of %g ns\n", table.clock_ns);
  out += ", " + scaled(e.power_mw, "W", -3) + text.data();
  for (std::size_t i = 0; i < kGroups; ++i) {
    if (!has_group(e, i)) continue;
    const double share = e.total > 0 ? 100 * e.groups[i] / e.total : 0;
    std::snprintf(text.data(), text.size(), "  %-18s %10s %6.1f %%\n",
                  to_text(static_cast<Group>(i)), scaled(e.groups[i], "J", -12).c_str(), share);
    out += text.data();
  }
  return out + sentence(table, profile, e.keys) + "\n";
}

}  // namespace flashd::energy
