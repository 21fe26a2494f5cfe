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

}  // namespace flashd::host
