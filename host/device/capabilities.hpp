// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
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

/// Registers that say what a device is.
struct Identity {
  std::uint32_t id = 0, version = 0, spec_hash = 0;
  std::array<std::uint32_t, 4> cap{};
};

/// Throws host::Error(unavailable) naming both sides if the device is none of ours, or speaks
/// another version or spec.
Capabilities to_capabilities(const Identity& identity);
Capabilities read_capabilities(Bus& bus);

/// Throws host::Error(unavailable) naming both sides if the device was built for something else.
void expect(const Capabilities& device, const spec::Config& config, Profile profile);

}  // namespace flashd::device
