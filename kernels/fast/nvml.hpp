// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dlfcn.h>

#include <optional>
#include <string>

namespace flashd::cuda {

/// NVIDIA's management library, looked up at run time: energy, power and clocks of one GPU. Every
/// reading is empty where the library or the GPU does not give it.
class Nvml {
 public:
  /// `bus`: the GPU's PCI address, as CUDA tells it.
  explicit Nvml(const std::string& bus) : library_(dlopen("libnvidia-ml.so.1", RTLD_NOW)) {
    if (!library_) return;
    const auto init = function<int (*)()>("nvmlInit_v2");
    const auto find = function<int (*)(const char*, void**)>("nvmlDeviceGetHandleByPciBusId_v2");
    if (!init || !find || init() != 0) return;
    started_ = true;
    if (find(bus.c_str(), &device_) != 0) device_ = nullptr;
  }
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;
  ~Nvml() {
    if (const auto stop = function<int (*)()>("nvmlShutdown"); started_ && stop) stop();
    if (library_) dlclose(library_);
  }

  /// Joules since the driver was loaded.
  std::optional<double> energy() const {
    const auto get =
        function<int (*)(void*, unsigned long long*)>("nvmlDeviceGetTotalEnergyConsumption");
    unsigned long long millijoules = 0;
    if (!device_ || !get || get(device_, &millijoules) != 0) return std::nullopt;
    return 1e-3 * static_cast<double>(millijoules);
  }

  /// MHz of the multiprocessors (1) or the memory (2).
  std::optional<unsigned> clock(int kind) const { return number("nvmlDeviceGetClockInfo", kind); }
  std::optional<unsigned> most_clock(int kind) const {
    return number("nvmlDeviceGetMaxClockInfo", kind);
  }

  /// Watts at which the GPU is held.
  std::optional<double> power_limit() const {
    const auto get = function<int (*)(void*, unsigned*)>("nvmlDeviceGetEnforcedPowerLimit");
    unsigned milliwatts = 0;
    if (!device_ || !get || get(device_, &milliwatts) != 0) return std::nullopt;
    return 1e-3 * milliwatts;
  }

  std::optional<std::string> driver() const {
    const auto get = function<int (*)(char*, unsigned)>("nvmlSystemGetDriverVersion");
    char text[96] = {};
    if (!started_ || !get || get(text, sizeof text) != 0) return std::nullopt;
    return std::string(text);
  }

 private:
  template <class F>
  F function(const char* name) const {
    return library_ ? reinterpret_cast<F>(dlsym(library_, name)) : nullptr;
  }

  std::optional<unsigned> number(const char* name, int kind) const {
    const auto get = function<int (*)(void*, int, unsigned*)>(name);
    unsigned value = 0;
    if (!device_ || !get || get(device_, kind, &value) != 0) return std::nullopt;
    return value;
  }

  void* library_ = nullptr;
  void* device_ = nullptr;
  bool started_ = false;
};

}  // namespace flashd::cuda
