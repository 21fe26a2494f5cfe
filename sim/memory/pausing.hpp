// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "sim/memory/memory.hpp"
#include "sim/random.hpp"

namespace flashd::memory {

/// Another model with random pauses in front of addresses, beats and responses. Reads and writes
/// draw from sequences of their own.
class Pausing final : public Model {
 public:
  Pausing(std::unique_ptr<Model> inner, const Pauses& pauses)
      : inner_(std::move(inner)),
        probability_(pauses.probability),
        read_{0, sim::Random(sim::Random(pauses.seed).next())},
        write_{0, sim::Random(~sim::Random(pauses.seed).next())} {}
  Timing schedule(const Burst& burst) override;

 private:
  struct Channel {
    std::uint64_t next = 0;  ///< first cycle that no beat has taken
    sim::Random random;
  };
  std::uint64_t pause(Channel& channel);

  std::unique_ptr<Model> inner_;
  double probability_;
  Channel read_, write_;
};

}  // namespace flashd::memory
