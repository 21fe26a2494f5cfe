// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <gsl/span>

#include "host/device/driver.hpp"
#include "model/golden/golden.hpp"

namespace flashd::system {

/// Numbers of values compared.
struct Compared {
  std::uint64_t jobs = 0, outputs = 0, states = 0, counts = 0;
};

/// Compares outputs and states of every sequence with golden. Empty, or the first difference.
std::string compare_results(gsl::span<const Job> jobs, const device::RunOptions& options,
                            const std::vector<Result>& results, const device::Capabilities& device,
                            Compared* compared, Counts* golden_counts = nullptr);

/// Compares outputs, states and counts of a descriptor with golden, and its counters with each
/// other and with the closed formulas for bytes. Empty, or the first difference.
std::string compare(gsl::span<const Job> jobs, const device::RunOptions& options,
                    const device::Finished& finished, const device::Capabilities& device,
                    Compared* compared);

}  // namespace flashd::system
