// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "host/api/config.hpp"
#include "model/golden/job.hpp"
#include "sim/plugin.hpp"

namespace flashd::host {

struct LineCounter {
  const char* name;
  std::uint64_t value;
};

/// Computes jobs one after another. Not thread-safe: a device serialises the calls.
class Backend {
 public:
  virtual ~Backend() = default;
  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  virtual const char* name() const = 0;
  virtual bool counts_cycles() const = 0;

  /// Throws Error: mismatch, usage (the job does not fit) or fault; `report` is filled before that.
  virtual Result run(const Job& job, const sim::Options& options, sim::Report& report) = 0;

  /// What passed over the line to the device since the back end was opened, by name; empty where
  /// there is no line.
  virtual std::vector<LineCounter> line() const { return {}; }
};

/// The golden model: bits of configuration and profile, no cycle counts.
std::unique_ptr<Backend> open_golden(const EngineConfig& config, Profile profile);

/// The verilated engine without the device around it, every probe in lockstep with golden. Throws
/// Error(unavailable) with the command that builds a missing plug-in, or naming both spec hashes
/// (or both builds) when they differ.
std::unique_ptr<Backend> open_engine(const EngineConfig& config, Profile profile);

/// The verilated device with the memory of Options::memory. Throws as open_engine().
std::unique_ptr<Backend> open_rtl(const EngineConfig& config, Profile profile);

/// The cycle-exact twin of the device (model/systemc) with the memory of Options::memory.
std::unique_ptr<Backend> open_model(const EngineConfig& config, Profile profile);

/// A board behind a serial line, whose firmware drives the device (docs/soc.md); `port` is DEVICE
/// or DEVICE@BAUD. Throws Error: usage (the port's name), unavailable (no such line, nothing
/// answers, another spec, named with both hashes, or another configuration).
std::unique_ptr<Backend> open_uart(const std::string& port, const EngineConfig& config,
                                   Profile profile);

/// A kernel of kernels/: "exact" on the first GPU, or "exact-cpu", its body on the CPU, both with
/// golden's bits; "fast" (that of the GPU's compute capability) or "division" on the first GPU, or
/// "fast-cpu", their arithmetic on the CPU: floating point. Throws Error: unavailable (built
/// without a CUDA compiler, no GPU) or usage (another name).
std::unique_ptr<Backend> open_cuda(const std::string& kernel, const EngineConfig& config,
                                   Profile profile);

/// Whether a back end of this name computes in floating point: neither golden's bits nor
/// keys_skipped, tiles, tiles_skipped and saturations, which stay 0, nor row states.
bool in_floating_point(const std::string& backend);

/// By name: "golden", "engine", "model", "rtl", "uart:DEVICE[@BAUD]" or "cuda[:KERNEL]", where the
/// kernel is exact unless named.
std::unique_ptr<Backend> open_backend(const std::string& name, const EngineConfig& config,
                                      Profile profile);

}  // namespace flashd::host
