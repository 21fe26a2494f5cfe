// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/golden/job.hpp"

namespace flashd::sim {

/// How the verilated engine is driven. Nothing here changes a bit of the result.
struct Options {
  double stall = 0.0;               ///< probability that a stream pauses in a cycle, 0..1 (< 1)
  std::uint64_t seed = 1;           ///< of the pauses
  bool lockstep = true;             ///< compare every probe with golden, tolerance 0
  std::string wave;                 ///< FST file: the whole run; empty: only a window at a failure
  std::string trace;                ///< trace events (JSON) of the whole device
  std::string failure_wave;         ///< FST file of the window around the first mismatch or hang
  std::uint64_t watchdog = 100000;  ///< cycles without a handshake before the run is called hung
  std::string memory = "ideal";     ///< of the whole device: sim/memory/memory.hpp
  bool lse = true;                  ///< ask the whole device for the log-sum-exp
  bool state_out = true;            ///< ask the engine for the raw o of every row, so Result has it
  bool skip_v = false;              ///< do not feed the values of tiles that the engine gives up
  bool warm = false;                ///< a small job of other constants passes first, without reset
  std::string repeat;               ///< command line that repeats this run; printed at a failure
};

/// Values compared with golden, by probe.
struct Comparisons {
  std::uint64_t scores = 0;
  std::uint64_t weights = 0;     ///< p
  std::uint64_t tile_sums = 0;   ///< T and l
  std::uint64_t row_states = 0;  ///< row sum and flags after a tile
  std::uint64_t outputs = 0;     ///< o and LSE
};

struct Report {
  std::uint64_t cycles = 0;        ///< first key in to last output out, summed over rounds
  std::uint64_t total_cycles = 0;  ///< reset to idle
  std::uint64_t macs = 0;          ///< useful multiply-accumulates: visible scores * (d + dv)
  double utilisation = 0.0;        ///< macs / (2 LANES WIDTH cycles)
  Comparisons compared;
  std::vector<std::uint64_t> device;  ///< every counter of the whole device, by device::Counter
  std::uint64_t tiles_unread = 0;     ///< whose values were not fed (skip_v)
  std::uint64_t mismatches = 0;
  std::string failure;  ///< several lines: cycle, module, probe, indices, values, command
};

/// What a plug-in (one verilated configuration and profile) was built for.
struct BuildInfo {
  const char* config = "";
  Profile profile = Profile::fine;
  int width = 0, lanes = 0, contexts = 0, tile = 0, max_head_dim = 0, sig = 0;
  std::uint32_t spec_hash = 0;
  std::uint32_t job_bytes =
      sizeof(Job);  ///< an older build has another Job, and says so or nothing
  bool soft_cap = false;
  std::uint32_t options_bytes = 0;  ///< of the Options that its entry point takes
};

}  // namespace flashd::sim

/// Entry points of libflashd_rtl_<config>_<profile>.so, loaded by the host library with dlopen.
extern "C" {
/// Never fails.
void flashd_rtl_info(flashd::sim::BuildInfo* info);
/// Returns 0 good, 1 mismatch (report->failure says where), 2 job does not fit this build
/// (report->failure is the sentence), 4 watchdog.
int flashd_rtl_run(const flashd::Job* job, const flashd::sim::Options* options,
                   flashd::Result* result, flashd::sim::Report* report);
}
