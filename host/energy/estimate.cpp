// SPDX-License-Identifier: Apache-2.0
#include "host/energy/estimate.hpp"

#include <cmath>

#include "host/io/error.hpp"

namespace flashd::energy {

KeyData keys_of(const Table& table, bool data) {
  if (!table.toggles) return KeyData::none;
  return data ? KeyData::counted : KeyData::random;
}

Estimate estimate(const Table& table, const Work& work, const spec::Config& config) {
  const Quantities known = quantities(work, config);
  Estimate sum;
  sum.keys = keys_of(table, work.toggles.has_value());
  for (const Entry& entry : table.entries) {
    const std::string where = table.source + ": count of " + entry.name;
    const double count = evaluate(entry.count, known, where);
    if (!std::isfinite(count) || count < 0)
      throw host::bad_input(where, "is " + std::to_string(count) +
                                       " for this run; expected a finite number of at least 0");
    const double pj = entry.pj * count;
    sum.actions.push_back({entry.name, entry.group, count, pj});
    sum.groups[static_cast<std::size_t>(entry.group)] += pj;
    sum.total += pj;
  }
  if (!std::isfinite(sum.total))
    throw host::bad_input(table.source, "gives an energy that is not finite for this run");
  const std::uint64_t pairs = device::value(work.counters, device::Counter::keys_scored);
  const std::uint64_t cycles = device::value(work.counters, device::Counter::cycles);
  if (pairs > 0) sum.per_pair = sum.total / static_cast<double>(pairs);
  if (cycles > 0) sum.power_mw = sum.total / (static_cast<double>(cycles) * table.clock_ns);
  return sum;
}

}  // namespace flashd::energy
