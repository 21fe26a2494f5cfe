// SPDX-License-Identifier: Apache-2.0
#include "host/api/device_backend.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <limits>

#include "host/io/error.hpp"
#include "model/golden/golden.hpp"

namespace flashd::host {
namespace {

bool same_device(const sim::Options& a, const sim::Options& b) {
  return a.memory == b.memory && a.stall == b.stall && a.seed == b.seed && a.wave == b.wave &&
         a.trace == b.trace && a.watchdog == b.watchdog;
}

[[noreturn]] void differ(const char* what, std::size_t index, std::uint32_t device,
                         std::uint32_t golden, const sim::Options& options) {
  std::array<char, 160> text{};
  std::snprintf(text.data(), text.size(),
                "the result of the device differs from golden: %s[%zu] is 0x%08x, golden has "
                "0x%08x",
                what, index, static_cast<unsigned>(device), static_cast<unsigned>(golden));
  throw Error(Exit::mismatch, std::string(text.data()) + "\n  repeat with: " + options.repeat);
}

template <typename T>
std::uint64_t compare_values(const char* what, const std::vector<T>& device,
                             const std::vector<T>& golden, const sim::Options& options) {
  static_assert(sizeof(T) == sizeof(std::uint32_t));
  for (std::size_t i = 0; i < golden.size(); ++i) {
    std::uint32_t a = 0, b = 0;
    std::memcpy(&a, &device[i], sizeof a);
    std::memcpy(&b, &golden[i], sizeof b);
    if (a != b) differ(what, i, a, b, options);
  }
  return golden.size();
}

/// A driver and the bus that it drives.
class DrivenDevice final : public device::Executor {
 public:
  DrivenDevice(std::unique_ptr<device::Bus> bus, std::uint64_t watchdog)
      : bus_(std::move(bus)), driver_(*bus_) {
    // The device's own limit on the bus first, so that a memory that hangs is told as such.
    constexpr std::uint64_t kLongest = std::numeric_limits<std::uint32_t>::max();
    driver_.set_timeout(static_cast<std::uint32_t>(std::min(watchdog, kLongest)));
    driver_.set_patience(2 * watchdog);
  }

  const device::Capabilities& capabilities() const override { return driver_.capabilities(); }
  device::Finished run(gsl::span<const Job> jobs, const device::RunOptions& options) override {
    return driver_.run(jobs, options);
  }

 private:
  std::unique_ptr<device::Bus> bus_;
  device::Driver driver_;
};

}  // namespace

DeviceFactory driven(BusFactory make) {
  return [make = std::move(make)](const sim::Options& options) {
    return std::make_unique<DrivenDevice>(make(options), options.watchdog);
  };
}

DeviceBackend::DeviceBackend(std::string name, const EngineConfig& config, Profile profile,
                             DeviceFactory make)
    : name_(std::move(name)), config_(config), profile_(profile), make_(std::move(make)) {}

device::Executor& DeviceBackend::device(const sim::Options& options) {
  if (device_ && same_device(options, made_with_)) return *device_;
  device_.reset();
  std::unique_ptr<device::Executor> device = make_(options);
  device::expect(device->capabilities(), config_, profile_);
  device_ = std::move(device);
  made_with_ = options;
  return *device_;
}

void DeviceBackend::compare(const Job& job, const sim::Options& options, const Result& result,
                            sim::Report& report) const {
  const Result golden = golden::run(job, {profile_, config_.tile});
  report.mismatches = 1;
  report.compared.outputs = compare_values("o", result.o, golden.o, options);
  if (options.lse)
    report.compared.outputs += compare_values("lse", result.lse, golden.lse, options);
  if (options.state_out) {
    report.compared.row_states =
        compare_values("row state o", result.state.o, golden.state.o, options);
    for (std::size_t i = 0; i < golden.state.head.size(); ++i) {
      const RowHead &a = result.state.head[i], &b = golden.state.head[i];
      if (a.flags != b.flags) differ("row flags", i, a.flags, b.flags, options);
      if (a.mantissa != b.mantissa) differ("row sum", i, a.mantissa, b.mantissa, options);
      if (a.exponent != b.exponent)
        differ("row sum exponent", i, static_cast<std::uint32_t>(a.exponent),
               static_cast<std::uint32_t>(b.exponent), options);
      ++report.compared.row_states;
    }
  }
  report.mismatches = 0;
}

Result DeviceBackend::run(const Job& job, const sim::Options& options, sim::Report& report) {
  report = {};
  device::RunOptions run;
  run.write_lse = options.lse;
  run.state_out = options.state_out;
  run.skip_v = options.skip_v;
  device::Finished finished;
  try {
    finished = device(options).run({&job, 1}, run);
  } catch (const Error& error) {
    if (error.exit() == Exit::usage || error.exit() == Exit::unavailable) throw;
    device_.reset();
    throw Error(error.exit(), std::string(error.what()) + "; repeat with: " + options.repeat);
  }
  const device::Counters& counters = finished.counters;
  Result result = std::move(finished.results[0]);
  result.counts = device::to_counts(counters);
  report.cycles = device::value(counters, device::Counter::busy);
  report.total_cycles = device::value(counters, device::Counter::cycles);
  report.macs = result.counts.scores * static_cast<std::uint64_t>(job.d + job.dv);
  report.tiles_unread = device::value(counters, device::Counter::tiles_unread);
  report.device.assign(counters.begin(), counters.end());
  if (report.cycles != 0)
    report.utilisation = static_cast<double>(report.macs) /
                         (2.0 * config_.lanes * config_.width * static_cast<double>(report.cycles));
  if (options.lockstep) compare(job, options, result, report);
  return result;
}

}  // namespace flashd::host
