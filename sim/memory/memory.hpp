// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace flashd::memory {

/// One AXI burst. Cycles are those of the device clock.
struct Burst {
  std::uint64_t cycle = 0;  ///< first cycle in which its address is valid
  std::uint64_t address = 0;
  std::uint32_t beats = 1;       ///< 1..256
  std::uint32_t beat_bytes = 8;  ///< bytes of the data bus
  bool write = false;
};

/// Cycles of the beats of one burst, strictly increasing: beat i at
/// first + floor((phase + i num) / den), or as listed.
struct Beats {
  std::uint64_t first = 0;
  std::uint64_t phase = 0;  ///< below den
  std::uint64_t num = 1;    ///< num / den is 1 or more
  std::uint64_t den = 1;
  std::vector<std::uint64_t> listed;  ///< wins if not empty: one cycle per beat

  std::uint64_t at(std::uint64_t beat) const {
    if (!listed.empty()) return listed[beat];
    return num == den ? first + beat : first + (phase + beat * num) / den;
  }
};

/// What the memory does with a burst.
struct Timing {
  std::uint64_t accept = 0;  ///< cycle of the address handshake, not before Burst::cycle
  /// Read: the cycle in which each beat is on the bus. Write: the first cycle in which the memory
  /// takes each beat; one that comes later is taken at once. Never more than one beat of a
  /// direction in a cycle, and in the order of the bursts.
  Beats beats;
  std::uint64_t response = 1;  ///< write: least cycles from the last beat to B
};

/// Time of a memory behind one AXI port, as a function of the order of calls and of a seed alone.
/// It keeps no data. Bursts come in the order of Burst::cycle; of a read and a write of one cycle
/// the read comes first. The B of a write is given in cycle
///   max(cycle of the last W beat + response, cycle of the B before + 1).
class Model {
 public:
  virtual ~Model() = default;
  Model() = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  virtual Timing schedule(const Burst& burst) = 0;
};

/// Pauses at random in front of addresses, beats and responses, on top of any model.
struct Pauses {
  double probability = 0.0;  ///< that a channel pauses in a cycle, 0 to below 1
  std::uint64_t seed = 1;
};

/// A model by name:
///   ideal                       a beat in every cycle; the first one cycle after its address
///   fixed:LATENCY               the same, the first LATENCY cycles after its address
///   bandwidth:LATENCY,BYTES     at most BYTES per cycle and direction; decimals count
///   dram:SET[,MHZ]              banks, rows and refresh of a timing set (sim/memory/dram.hpp) seen
///                               from a device clock of MHZ, by default 1000
///   jitter:LATENCY,SEED         fixed:LATENCY with pauses of probability 0.3
/// Throws std::invalid_argument with one sentence.
std::unique_ptr<Model> make(const std::string& text, const Pauses& pauses = {});

}  // namespace flashd::memory
