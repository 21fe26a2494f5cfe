// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include "host/api/device_backend.hpp"
#include "host/io/error.hpp"
#include "model/systemc/twin_simulator.hpp"

namespace flashd::host {
namespace {

const spec::Config& spec_of(const EngineConfig& config) {
  for (const spec::Config& c : spec::kConfigs) {
    if (std::string(c.name) == config.name) return c;
  }
  throw Error(Exit::internal, std::string("configuration ") + config.name + " is not in the spec");
}

/// The twin has no watch on its bus: what the RTL's would tell of the first access is told here.
void expect_answer(const sim::Options& options, int axi_bytes) {
  const auto beats = static_cast<std::uint32_t>(axi_bytes);
  const memory::Timing first = memory::make(options.memory)->schedule({0, 0, 1, beats, false});
  if (options.watchdog != 0 && first.beats.first > options.watchdog)
    throw Error(Exit::fault, "device: the bus hung: the memory did not answer for TIMEOUT = " +
                                 std::to_string(options.watchdog) + " cycles");
}

}  // namespace

std::unique_ptr<Backend> open_model(const EngineConfig& config, Profile profile) {
  const twin::Parameters parameters = twin::parameters_of(spec_of(config), profile);
  const auto make = [parameters](const sim::Options& options) -> std::unique_ptr<device::Bus> {
    if (!options.wave.empty())
      throw Error(Exit::usage, "wave: the back end model has no signals; use rtl or engine");
    system::Options system;
    system.memory = options.memory;
    system.pauses = {options.stall, options.seed};
    system.seed = options.seed;
    system.trace = options.trace;
    try {
      expect_answer(options, parameters.axi_bytes());
      return std::make_unique<twin::TwinSimulator>(parameters, system,
                                                   twin::TwinSimulator::Settings{});
    } catch (const std::invalid_argument& error) {
      throw Error(Exit::usage, error.what());
    }
  };
  return std::make_unique<DeviceBackend>("model", config, profile, driven(make));
}

}  // namespace flashd::host
