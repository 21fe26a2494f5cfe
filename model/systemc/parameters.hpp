// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/arith/spec.hpp"
#include "model/golden/job.hpp"

namespace flashd::twin {

/// Elaboration-time parameters of flashd_top, and what follows from them.
struct Parameters {
  Profile profile = Profile::fine;
  int sig = 11;
  int width = 16;
  int lanes = 1;
  int contexts = 4;
  int tile = 16;
  int max_head_dim = 64;
  int soft_cap = 1;
  int axi_bits = 128;

  int merge() const { return (width + tile - 1) / tile; }
  int v_banks() const { return contexts < 4 ? 4 : 3; }
  int slots() const { return 2 * tile; }
  int axi_bytes() const { return axi_bits / 8; }
};

/// Of a named configuration.
inline Parameters parameters_of(const spec::Config& config, Profile profile) {
  Parameters p;
  p.profile = profile;
  p.sig = config.sig;
  p.width = config.width;
  p.lanes = config.lanes;
  p.contexts = config.contexts;
  p.tile = config.tile;
  p.max_head_dim = config.max_head_dim;
  p.axi_bits = config.axi_bits;
  p.soft_cap = config.soft_cap;
  return p;
}

inline int ceil_div(int a, int b) { return (a + b - 1) / b; }

}  // namespace flashd::twin
