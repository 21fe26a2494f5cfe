// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "model/arith/spec.hpp"
#include "sim/plugin.hpp"
#include "sim/system/plugin.hpp"

namespace flashd::system {

/// A verilated device, loaded from its shared library, which must outlive its simulators.
class Plugin {
 public:
  /// Throws std::runtime_error with one sentence.
  explicit Plugin(const std::string& path);

  const sim::BuildInfo& info() const { return info_; }
  const spec::Config& config() const;
  /// Of the bus, which some builds have wider than their configuration.
  int axi_bits() const { return axi_bits_; }
  std::unique_ptr<Simulator> open(const Options& options) const {
    return std::unique_ptr<Simulator>(open_(&options));
  }

 private:
  struct Close {
    void operator()(void* handle) const;
  };
  std::unique_ptr<void, Close> library_;
  sim::BuildInfo info_;
  int axi_bits_ = 0;
  decltype(&flashd_top_open) open_ = nullptr;
};

}  // namespace flashd::system
