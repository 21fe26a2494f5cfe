// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "host/device/image.hpp"
#include "host/jobs/random_job.hpp"

namespace flashd::netlist {

/// A job and how it is run.
struct NamedJob {
  std::string name;
  jobs::OwnedJob job;
  device::RunOptions options;
};

/// Small jobs with what the device can do: a cut of a recorded trace (`trace`, a folder; none if
/// empty), causal with grouped heads and row states out, weights that are skipped, and `random`
/// drawn ones of at most `bytes` bytes each. Throws host::Error(usage).
std::vector<NamedJob> small_jobs(const std::string& trace, int random, std::int64_t bytes,
                                 std::uint64_t seed);

}  // namespace flashd::netlist
