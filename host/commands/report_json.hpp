// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "host/report/report.hpp"

namespace flashd::host {

/// Every member of the report; a port without a limit is null.
nlohmann::ordered_json to_json(const report::Report& report);

}  // namespace flashd::host
