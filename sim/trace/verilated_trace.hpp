// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>

#include "sim/trace/pipeline.hpp"

class VerilatedContext;

namespace flashd::trace {

/// Takes the calls of flashd_trace: passes them on, and makes bursts of addresses and beats.
class VerilatedTrace {
 public:
  explicit VerilatedTrace(Pipeline& pipeline) : pipeline_(pipeline) {}

  /// From now on the flashd_trace of the model in this context reports here; before the model's
  /// first evaluation. The object outlives the model's last.
  void connect(VerilatedContext* context);

  Pipeline& pipeline() { return pipeline_; }
  /// The bus is quiet: nothing of before a reset is left on it.
  void quiet() { channels_ = {}; }
  void address(std::uint64_t cycle, bool write, std::uint64_t address, std::uint32_t beats);
  void beat(std::uint64_t cycle, bool write, bool last, std::uint32_t client);

 private:
  struct Burst {
    std::uint64_t address, asked;
    std::uint32_t beats;
  };
  struct Channel {
    std::deque<Burst> bursts;
    bool inside = false;  ///< of a burst, which began in cycle `first`
    std::uint64_t first = 0;
  };
  Pipeline& pipeline_;
  std::array<Channel, 2> channels_;  ///< reads, writes
};

}  // namespace flashd::trace
