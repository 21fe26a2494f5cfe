// SPDX-License-Identifier: Apache-2.0
#include "host/commands/report_json.hpp"

#include <cmath>

namespace flashd::host {

nlohmann::ordered_json to_json(const report::Report& r) {
  using nlohmann::ordered_json;
  return {{"busy_cycles", r.busy},
          {"macs", r.macs},
          {"utilisation", r.utilisation},
          {"bytes_read", r.bytes_read},
          {"bytes_written", r.bytes_written},
          {"bytes_per_cycle", r.bytes_per_cycle},
          {"port_bytes_per_cycle",
           std::isfinite(r.port_bytes) ? ordered_json(r.port_bytes) : ordered_json(nullptr)},
          {"bytes_per_flop", r.bytes_per_flop},
          {"compulsory_bytes_per_flop", r.compulsory},
          {"io_bound_bytes_per_flop", r.io_bound},
          {"limit", report::to_text(r.limit)},
          {"sentence", r.sentence}};
}

nlohmann::ordered_json to_json(const energy::Table& table, const energy::Estimate& e,
                               const std::string& profile) {
  using nlohmann::ordered_json;
  ordered_json out{
      {"table", table.source},
      {"table_id", table.id},
      {"technology", table.technology},
      {"voltage", table.voltage > 0 ? ordered_json(table.voltage) : ordered_json(nullptr)},
      {"clock_ns", table.clock_ns},
      {"profile", table.profile},
      {"total_pj", e.total},
      {"pj_per_pair", e.per_pair},
      {"power_mw", e.power_mw},
      {"toggles", energy::name(e.keys)},
      {"groups_pj", ordered_json::object()},
      {"actions", ordered_json::object()},
      {"sentence", energy::sentence(table, profile, e.keys)}};
  for (std::size_t i = 0; i < energy::kGroups; ++i)
    out["groups_pj"][energy::name(static_cast<energy::Group>(i))] = e.groups[i];
  for (const energy::Action& action : e.actions)
    out["actions"][action.name] = {{"count", action.count}, {"pj", action.pj}};
  return out;
}

}  // namespace flashd::host
