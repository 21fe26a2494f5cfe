// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "host/api/config.hpp"
#include "sim/plugin.hpp"

namespace flashd::host {

/// A shared library of simulated hardware, found in FLASHD_PLUGIN_DIR or else beside this library
/// and the program.
class PluginLibrary {
 public:
  /// Loads lib<stem>_<configuration>_<numerics>.so. Throws Error(unavailable) with the command that
  /// builds a missing one; `backend` names who wants it.
  PluginLibrary(const std::string& backend, const std::string& stem, const EngineConfig& config,
                Profile profile);

  /// Throws Error(unavailable) if the library was built from another spec, with other jobs or
  /// options (of so many bytes) or for another configuration; `info` is what it says of itself.
  void check(const sim::BuildInfo& info, std::size_t options_bytes) const;

  template <typename Function>
  Function symbol(const char* name) const {
    return reinterpret_cast<Function>(find(name));
  }
  const std::string& path() const { return path_; }

 private:
  struct Close {
    void operator()(void* handle) const;
  };
  void* find(const char* name) const;

  const EngineConfig& config_;
  Profile profile_;
  std::string path_;
  std::unique_ptr<void, Close> library_;
};

}  // namespace flashd::host
