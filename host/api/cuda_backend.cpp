// SPDX-License-Identifier: Apache-2.0
#include "host/api/backend.hpp"
#include "host/io/error.hpp"
#include "kernels/exact/exact.hpp"

namespace flashd::host {
namespace {

void require_good(const cuda::Status& status) {
  switch (status.outcome) {
    case cuda::Outcome::good:
      return;
    case cuda::Outcome::refused:
      throw Error(Exit::usage, "job: " + status.sentence);
    case cuda::Outcome::unavailable:
      throw Error(Exit::unavailable, "back end cuda: " + status.sentence);
    case cuda::Outcome::fault:
      throw Error(Exit::fault, "back end cuda: " + status.sentence);
  }
}

class ExactBackend final : public Backend {
 public:
  ExactBackend(bool gpu, const EngineConfig& config, Profile profile)
      : gpu_(gpu), settings_{profile, config.tile} {
    cuda::Gpu found;
    if (gpu_) require_good(cuda::find_gpu(&found));
  }

  const char* name() const override { return gpu_ ? "cuda:exact" : "cuda:exact-cpu"; }
  bool counts_cycles() const override { return false; }

  Result run(const Job& job, const sim::Options&, sim::Report& report) override {
    Result result;
    const cuda::LaunchShape shape = cuda::fitting_shape(job);
    require_good(gpu_ ? cuda::run_exact(job, settings_, shape, &result)
                      : cuda::run_exact_on_cpu(job, settings_, shape, &result));
    report.macs = result.counts.scores * static_cast<std::uint64_t>(job.d + job.dv);
    return result;
  }

 private:
  bool gpu_;
  golden::Settings settings_;
};

}  // namespace

std::unique_ptr<Backend> open_cuda(const std::string& kernel, const EngineConfig& config,
                                   Profile profile) {
  if (kernel == "exact" || kernel == "exact-cpu")
    return std::make_unique<ExactBackend>(kernel == "exact", config, profile);
  if (kernel == "fast")
    throw Error(Exit::unavailable,
                "kernel 'fast' is not part of this release; choose exact or exact-cpu");
  throw bad_input("kernel", "'" + kernel + "' is unknown; expected exact or exact-cpu");
}

}  // namespace flashd::host
