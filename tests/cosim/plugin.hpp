// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "sim/plugin.hpp"

namespace flashd::cosim {

/// A verilated engine, loaded from its shared library.
class Plugin {
 public:
  /// Throws std::runtime_error with one sentence.
  explicit Plugin(const std::string& path);

  const sim::BuildInfo& info() const { return info_; }
  int run(const Job& job, const sim::Options& options, Result* result, sim::Report* report) const {
    return run_(&job, &options, result, report);
  }

 private:
  struct Close {
    void operator()(void* handle) const;
  };
  std::unique_ptr<void, Close> library_;
  sim::BuildInfo info_;
  decltype(&flashd_rtl_run) run_ = nullptr;
};

}  // namespace flashd::cosim
