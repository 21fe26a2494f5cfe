// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "host/device/bus.hpp"
#include "model/arith/spec.hpp"
#include "model/golden/job.hpp"

namespace flashd::device {

/// What a device says that it is.
struct Capabilities {
  std::uint32_t spec_hash = 0;
  Profile profile = Profile::fine;
  int sig = 0;
  bool soft_cap = false;
  bool skip_v = false;
  int width = 0, lanes = 0, contexts = 0, tile = 0, max_head_dim = 0;
  int axi_bits = 0;
};

/// Reads them. Throws host::Error(unavailable) naming both sides if the device is none of ours, or
/// speaks another version or spec.
Capabilities read_capabilities(Bus& bus);

/// Throws host::Error(unavailable) naming both sides if the device was built for something else.
void expect(const Capabilities& device, const spec::Config& config, Profile profile);

}  // namespace flashd::device
