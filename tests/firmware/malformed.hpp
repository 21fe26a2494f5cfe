// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/jobs/rng.hpp"

namespace flashd::testing {

/// Bytes of the line that a host of ours would not send: damaged frames, noise, frames too short
/// and too long, and whole frames with commands and bodies that are none. Ends with a zero. A
/// function of the generator alone. No command that it may hold restarts the firmware or resets the
/// device, and none waits for longer than a millisecond.
std::vector<std::uint8_t> malformed(jobs::Rng& rng);

}  // namespace flashd::testing
