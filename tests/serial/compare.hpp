// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "host/device/driver.hpp"
#include "model/golden/job.hpp"

namespace flashd::testing {

/// Empty if o, LSE, row states and counts of a job are golden's in the configuration tiny, bit by
/// bit; else what differs. `compared` grows by the number of values.
std::string against_golden(const Job& job, const device::Finished& finished,
                           const device::RunOptions& options, std::uint64_t* compared);

}  // namespace flashd::testing
