// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include "host/api/device_backend.hpp"
#include "host/api/plugin_library.hpp"
#include "host/io/error.hpp"
#include "sim/system/plugin.hpp"

namespace flashd::host {
namespace {

class RtlBackend final : public Backend {
 public:
  RtlBackend(const EngineConfig& config, Profile profile)
      : library_("rtl", "flashd_top", config, profile),
        device_("rtl", config, profile,
                driven([this](const sim::Options& options) { return open(options); })) {
    sim::BuildInfo info;
    info.job_bytes = 0;
    library_.symbol<decltype(&flashd_top_info)>("flashd_top_info")(&info);
    library_.check(info, sizeof(system::Options));
  }

  const char* name() const override { return device_.name(); }
  bool counts_cycles() const override { return device_.counts_cycles(); }
  Result run(const Job& job, const sim::Options& options, sim::Report& report) override {
    return device_.run(job, options, report);
  }

 private:
  std::unique_ptr<device::Bus> open(const sim::Options& options) const {
    system::Options system;
    system.memory = options.memory;
    system.pauses = {options.stall, options.seed};
    system.seed = options.seed;
    system.wave = options.wave;
    system.trace = options.trace;
    try {
      return std::unique_ptr<device::Bus>(
          library_.symbol<decltype(&flashd_top_open)>("flashd_top_open")(&system));
    } catch (const std::invalid_argument& error) {
      throw Error(Exit::usage, error.what());
    }
  }

  PluginLibrary library_;  // outlives the simulators that it made
  DeviceBackend device_;
};

}  // namespace

std::unique_ptr<Backend> open_rtl(const EngineConfig& config, Profile profile) {
  return std::make_unique<RtlBackend>(config, profile);
}

}  // namespace flashd::host
