// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "host/energy/estimate.hpp"
#include "host/report/report.hpp"

namespace flashd::host {

/// Every member of the report; a port without a limit is null.
nlohmann::ordered_json to_json(const report::Report& report);

/// Table, totals, groups and every action with its count; a voltage that is not told is null, pJ per
/// pair and power are 0 without pairs or cycles.
nlohmann::ordered_json to_json(const energy::Table& table, const energy::Estimate& estimate,
                               const std::string& profile);

}  // namespace flashd::host
