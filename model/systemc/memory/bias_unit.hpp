// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/systemc/memory/read_master.hpp"
#include "model/systemc/sequence.hpp"

namespace flashd::twin {

/// Twin of flashd_bias_unit.
class BiasUnit {
 public:
  explicit BiasUnit(const Parameters&) {}
  void start(const Sequence&) {}
  bool busy() const { return false; }
  Segment request() const { return {}; }
  bool valid() const { return false; }
  void step(Cycle, bool, const ReadMaster::Beat&, bool) {}
  Cycle quiet(Cycle) const { return kForever; }
};

}  // namespace flashd::twin
