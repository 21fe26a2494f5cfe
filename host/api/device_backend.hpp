// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "host/api/backend.hpp"
#include "host/device/bus.hpp"
#include "host/device/driver.hpp"

namespace flashd::host {

/// Makes the device that the options describe; a new one for new options. Throws Error.
using DeviceFactory = std::function<std::unique_ptr<device::Executor>(const sim::Options&)>;
using BusFactory = std::function<std::unique_ptr<device::Bus>(const sim::Options&)>;

/// Devices whose registers this program drives. Options::watchdog limits the device's wait for its
/// bus and the driver's for the device.
DeviceFactory driven(BusFactory make);

/// Jobs through descriptors and memory of a device. `report` gets every counter of it; cycles are
/// those in which it was busy. With Options::lockstep outputs and states are compared with
/// golden's.
class DeviceBackend : public Backend {
 public:
  DeviceBackend(std::string name, const EngineConfig& config, Profile profile, DeviceFactory make);

  /// Makes the device before the first job. Throws Error.
  void open(const sim::Options& options) { device(options); }

  const char* name() const override { return name_.c_str(); }
  bool counts_cycles() const override { return true; }
  Result run(const Job& job, const sim::Options& options, sim::Report& report) override;

 private:
  device::Executor& device(const sim::Options& options);
  void compare(const Job& job, const sim::Options& options, const Result& result,
               sim::Report& report) const;

  std::string name_;
  const EngineConfig& config_;
  Profile profile_;
  DeviceFactory make_;
  std::unique_ptr<device::Executor> device_;
  sim::Options made_with_;
};

}  // namespace flashd::host
