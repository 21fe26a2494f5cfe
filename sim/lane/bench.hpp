// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "model/golden/job.hpp"
#include "sim/lane/operands.hpp"
#include "sim/lane/pins.hpp"
#include "sim/lane/recorder.hpp"

/// The bench of every lane of docs/lane.md. A design's program is one file:
///
///   #include "Vlane.h"
///   #include "sim/lane/bench.hpp"
///   int main(int argc, char** argv) {
///     flashd::lane::Design design;
///     design.shape.d = FLASHD_LANE_D; ...
///     design.prepare = [](const flashd::Job& job) { return flashd::lane::raw_operands(job, ...);
///     }; design.expect = [](const flashd::Job& job) { return ...; }; return
///     flashd::lane::run<Vlane>(argc, argv, design);
///   }
namespace flashd::lane {

/// A lane and its value-level model.
struct Design {
  LaneShape shape;
  int tile = 64;  ///< keys per run; a shorter last one is filled up to 16 with masked keys
  std::function<Operands(const Job&)> prepare;
  std::function<Expected(const Job&)> expect;
  /// What of row_state_o is compared; without it, all of it.
  std::function<std::uint64_t(std::uint64_t)> state;
};

/// How a job is driven.
struct Drive {
  double gaps = 0.0;             ///< chance that a cycle brings no key
  std::uint64_t seed = 1;        ///< of the gaps
  Recorder* recorder = nullptr;  ///< with it, idle operands hold their value instead of noise
};

/// What came out, and when.
struct Outcome {
  std::vector<std::uint32_t> o;      ///< [queries, d]
  std::vector<std::uint64_t> state;  ///< [queries]
  std::uint64_t keys = 0;            ///< taken, masked ones included
  std::uint64_t cycles = 0;          ///< from the first key offered to the last one taken
  std::uint64_t stalls = 0;          ///< a key offered, ready_o low
};

/// Drives a job through a lane: tile by tile, row after row. With 8 rows the queries come in blocks
/// of 8, a multiple of 8 in all. A query is loaded in the cycle of run_i (1 row), or at least two
/// cycles before its first key and after its row's last one (8 rows). Throws std::runtime_error
/// with one sentence if the lane breaks the ports' rules or nothing comes any more.
class Driver {
 public:
  /// Applies the reset.
  Driver(Lane* lane, const LaneShape& shape, Recorder* recorder);
  Outcome run(const Job& job, const Operands& operands, int tile, const Drive& drive);

 private:
  Lane* lane_;
  LaneShape shape_;
  Pins pins_;
};

/// The command line: --job NAME (several: one after the other), --keys, --queries, --seed, --gaps,
/// --vectors. Prints a line per job; 0, or 1 if an element or a row state differs, 2 on bad input.
int run_command(int argc, char** argv, const Design& design,
                const std::function<std::unique_ptr<Lane>()>& make);

template <class Top>
int run(int argc, char** argv, Design design) {
  design.shape.distance = VerilatedLane<Top>::kDistance;
  return run_command(argc, argv, design,
                     [] { return std::unique_ptr<Lane>(new VerilatedLane<Top>); });
}

}  // namespace flashd::lane
