// SPDX-License-Identifier: Apache-2.0
#include "host/api/backend.hpp"

#include "host/io/error.hpp"
#include "model/golden/golden.hpp"

namespace flashd::host {
namespace {

class GoldenBackend final : public Backend {
 public:
  GoldenBackend(const EngineConfig& config, Profile profile) : settings_{profile, config.tile} {}

  const char* name() const override { return "golden"; }
  bool counts_cycles() const override { return false; }

  Result run(const Job& job, const sim::Options&, sim::Report& report) override {
    Result result = golden::run(job, settings_);
    report.macs = result.counts.scores * static_cast<std::uint64_t>(job.d + job.dv);
    return result;
  }

 private:
  golden::Settings settings_;
};

constexpr const char* kChoice = "golden, engine, model, rtl, uart:DEVICE or cuda";
const std::string kUart = "uart:";
const std::string kCuda = "cuda:";

}  // namespace

std::unique_ptr<Backend> open_golden(const EngineConfig& config, Profile profile) {
  return std::make_unique<GoldenBackend>(config, profile);
}

std::unique_ptr<Backend> open_backend(const std::string& name, const EngineConfig& config,
                                      Profile profile) {
  if (name == "golden") return open_golden(config, profile);
  if (name == "engine") return open_engine(config, profile);
  if (name == "model") return open_model(config, profile);
  if (name == "rtl") return open_rtl(config, profile);
  if (name.rfind(kUart, 0) == 0) return open_uart(name.substr(kUart.size()), config, profile);
  if (name == "cuda") return open_cuda("exact", config, profile);
  if (name.rfind(kCuda, 0) == 0) return open_cuda(name.substr(kCuda.size()), config, profile);
  throw bad_input("back end", "'" + name + "' is unknown; expected " + kChoice);
}

}  // namespace flashd::host
