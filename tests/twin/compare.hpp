// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "host/device/driver.hpp"
#include "model/golden/job.hpp"
#include "model/systemc/parameters.hpp"

namespace flashd::twin {

/// Empty if results and counters are equal, else what differs first.
std::string difference(const device::Finished& a, const device::Finished& b);

/// Empty if the results are golden's, bit by bit.
std::string against_golden(const Job& job, const device::Finished& finished, const Parameters& p,
                           const device::RunOptions& options);

}  // namespace flashd::twin
