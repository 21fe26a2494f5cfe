// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "host/report/report.hpp"
#include "host/sweep/workload.hpp"

namespace flashd::sweep {

/// One run of the twin, timing only.
struct Point {
  device::Counters counters{};  ///< with keys_scored, tiles, rows_empty; others of data are 0
  report::Report report;
};

/// Empty if the configuration takes the workload, else the reason.
std::string misfit(const spec::Config& config, const Workload& workload);

/// Throws host::Error: usage (the workload does not fit), fault.
Point run_point(const spec::Config& config, Profile profile, const Workload& workload,
                const std::string& memory);

}  // namespace flashd::sweep
