// SPDX-License-Identifier: Apache-2.0
#include "host/api/backend.hpp"
#include "host/io/error.hpp"
#include "kernels/exact/exact.hpp"
#include "kernels/fast/job.hpp"

namespace flashd::host {
namespace {

constexpr const char* kFast = "cuda:fast";
constexpr const char* kFastCpu = "cuda:fast-cpu";
constexpr const char* kDivision = "cuda:division";

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

/// Floating point on tensor cores, or the same arithmetic on the CPU.
class FastBackend final : public Backend {
 public:
  FastBackend(bool gpu, cuda::FastKernel kernel) : gpu_(gpu), kernel_(kernel) {
    if (!gpu_) return;
    cuda::Gpu found;
    require_good(cuda::find_gpu(&found));
    cuda::FastKernel resolved = kernel_;
    require_good(cuda::resolve_fast(kernel_, found.major, found.minor, &resolved));
  }

  const char* name() const override {
    if (!gpu_) return kFastCpu;
    return kernel_ == cuda::FastKernel::division ? kDivision : kFast;
  }
  bool counts_cycles() const override { return false; }

  Result run(const Job& job, const sim::Options& options, sim::Report& report) override {
    if (options.state_out) require_good(cuda::refuse_row_states(gpu_ ? "exact" : "exact-cpu"));
    Result result;
    require_good(gpu_ ? cuda::run_fast(job, kernel_, &result)
                      : cuda::run_fast_job_on_cpu(job, kernel_, &result));
    report.macs = result.counts.scores * static_cast<std::uint64_t>(job.d + job.dv);
    return result;
  }

 private:
  bool gpu_;
  cuda::FastKernel kernel_;
};

}  // namespace

bool in_floating_point(const std::string& backend) {
  return backend == kFast || backend == kDivision || backend == kFastCpu;
}

std::unique_ptr<Backend> open_cuda(const std::string& kernel, const EngineConfig& config,
                                   Profile profile) {
  if (kernel == "exact" || kernel == "exact-cpu")
    return std::make_unique<ExactBackend>(kernel == "exact", config, profile);
  if (kernel == "fast" || kernel == "fast-cpu")
    return std::make_unique<FastBackend>(kernel == "fast", cuda::FastKernel::choose);
  if (kernel == "division") return std::make_unique<FastBackend>(true, cuda::FastKernel::division);
  throw bad_input("kernel", "'" + kernel +
                                "' is unknown; expected exact, exact-cpu, fast, fast-cpu or "
                                "division");
}

}  // namespace flashd::host
