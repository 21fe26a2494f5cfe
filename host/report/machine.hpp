// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "model/arith/spec.hpp"
#include "model/golden/job.hpp"

namespace flashd::report {

/// Bits of a device's memories: every flashd_ram of the RTL, width times depth. FIFOs of a few
/// words and flip-flops are left out.
struct OnChip {
  std::uint64_t queries = 0;  ///< loader's FIFO and the lanes' buffers
  std::uint64_t keys = 0;
  std::uint64_t values = 0;
  std::uint64_t scores = 0;
  std::uint64_t contexts = 0;  ///< raw o
  std::uint64_t outputs = 0;   ///< banks of the output writer
  std::uint64_t states = 0;    ///< banks of the state reader
  std::uint64_t bias = 0;      ///< banks of biases, tables of rows and slopes

  std::uint64_t total() const {
    return queries + keys + values + scores + contexts + outputs + states + bias;
  }
};

OnChip on_chip(const spec::Config& config);

/// Multipliers of both arrays: 2 LANES WIDTH, each one multiply-accumulate per cycle.
inline std::uint64_t multipliers(const spec::Config& config) {
  return 2 * static_cast<std::uint64_t>(config.lanes) * static_cast<std::uint64_t>(config.width);
}

/// Most bytes per cycle that a memory model (docs/system.md) passes in one direction; infinite for
/// one without a limit. Throws std::invalid_argument with one sentence for an unknown model.
double memory_peak(const std::string& model);

/// The same behind the configuration's AXI bus.
double port_peak(const spec::Config& config, const std::string& model);

}  // namespace flashd::report
