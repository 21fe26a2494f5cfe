// SPDX-License-Identifier: Apache-2.0
#include "host/api/backend.hpp"
#include "host/api/plugin_library.hpp"
#include "host/io/error.hpp"

namespace flashd::host {
namespace {

class EngineBackend final : public Backend {
 public:
  EngineBackend(const EngineConfig& config, Profile profile)
      : library_("engine", "flashd_rtl", config, profile),
        run_(library_.symbol<decltype(&flashd_rtl_run)>("flashd_rtl_run")) {
    sim::BuildInfo info;
    info.job_bytes = 0;
    library_.symbol<decltype(&flashd_rtl_info)>("flashd_rtl_info")(&info);
    library_.check(info, sizeof(sim::Options));
  }

  const char* name() const override { return "engine"; }
  bool counts_cycles() const override { return true; }

  Result run(const Job& job, const sim::Options& options, sim::Report& report) override {
    Result result;
    switch (run_(&job, &options, &result, &report)) {
      case 0:
        return result;
      case 1:
        throw Error(Exit::mismatch, report.failure);
      case 2:
        throw Error(Exit::usage, report.failure);
      case 4:
        throw Error(Exit::fault, report.failure);
      default:
        throw Error(Exit::internal, library_.path() + ": returned an unknown status");
    }
  }

 private:
  PluginLibrary library_;
  decltype(&flashd_rtl_run) run_;
};

}  // namespace

std::unique_ptr<Backend> open_engine(const EngineConfig& config, Profile profile) {
  return std::make_unique<EngineBackend>(config, profile);
}

}  // namespace flashd::host
