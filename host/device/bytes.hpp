// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <gsl/span>

#include "host/device/capabilities.hpp"
#include "host/device/image.hpp"
#include "model/golden/job.hpp"

namespace flashd::device {

/// Bytes that a device moves for a descriptor (docs/system.md, "Bytes"). Bytes read leave out page
/// tables and assume that every value is fetched: exact without paging and skip_v.
struct Bytes {
  std::uint64_t read = 0;
  std::uint64_t written = 0;
};

Bytes count_bytes(gsl::span<const Job> jobs, const RunOptions& options, const Capabilities& device);

}  // namespace flashd::device
