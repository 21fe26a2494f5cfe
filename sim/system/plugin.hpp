// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "host/device/bus.hpp"
#include "sim/memory/memory.hpp"
#include "sim/plugin.hpp"

namespace flashd::system {

/// How a simulated device is run. Nothing here changes a bit of a result.
struct Options {
  std::string memory = "ideal";  ///< name of a memory model
  memory::Pauses pauses;
  std::uint64_t seed = 1;  ///< of the registers before reset
  std::string wave;        ///< FST file of everything from now on; only of a checked build
  std::string trace;       ///< trace events (JSON) of the pipeline; not of a fast build
  std::uint64_t memory_base = std::uint64_t{0x12} << 32;
  std::uint64_t memory_bytes = std::uint64_t{1} << 36;
};

/// What the memory does wrong, once.
enum class FaultKind {
  read_slverr,  ///< one R beat
  read_decerr,
  write_slverr,  ///< one B
  write_decerr,
  silence,  ///< from some beat, address or response on it never answers again, until reset
};

/// A device in a simulator, with its memory.
class Simulator : public device::Bus {
 public:
  /// Clock cycles since the simulator was made.
  virtual std::uint64_t cycle() const = 0;
  /// Lets exactly so many cycles pass, interrupt or not.
  virtual void run(std::uint64_t cycles) = 0;
  /// The `after`-th R beat from now (reads), B (writes) or handshake of any kind goes wrong.
  virtual void inject(FaultKind kind, std::uint64_t after) = 0;
  /// Address of the beat or burst that an injected fault hit; none while it is still to come.
  virtual std::optional<std::uint64_t> injected() const = 0;
  /// Forgets a fault that has not happened.
  virtual void cancel() = 0;
  /// Handshakes of the memory port since the simulator was made.
  virtual std::uint64_t handshakes() const = 0;
};

}  // namespace flashd::system

/// Entry points of libflashd_top_<config>_<profile>.so and of its fast sister.
extern "C" {
/// Never fails.
void flashd_top_info(flashd::sim::BuildInfo* info);
/// Width of the AXI4 data bus.
int flashd_top_axi_bits();
/// Throws std::invalid_argument (memory model, trace) with one sentence. The caller owns the
/// simulator.
flashd::system::Simulator* flashd_top_open(const flashd::system::Options* options);
}
