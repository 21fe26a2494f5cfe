// SPDX-License-Identifier: Apache-2.0
// The exact kernel on a GPU against golden, tolerance 0. It needs no test framework, so that
// kernels/on_gpu.py can build it on a machine that has a GPU and little else.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>

#include "kernels/exact/plan.hpp"
#include "tests/cuda/cases.hpp"

namespace {

using namespace flashd;
using namespace flashd::cuda;

constexpr const char* kUsage =
    "usage: cuda_gpu jobs | small | long | far | million | fault | traces FOLDER...\n";
constexpr int kUsageStatus = 2;
constexpr int kSkipped = 77;

std::vector<Way> two_ways() { return {{on_gpu(), {256, 8}}, {on_gpu(), {96, 3}}}; }

std::string run_traces(int argc, char** argv, Compared* compared) {
  for (int i = 2; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) {
      std::printf("%s: absent, its traces were not run\n", argv[i]);
      continue;
    }
    int cases = 0;
    const std::string found = traces(argv[i], two_ways(), &cases, compared);
    std::printf("%d traces\n", cases);
    if (!found.empty()) return found;
  }
  return compared->jobs == 0 ? "no trace was found" : "";
}

std::string run_far(const Gpu& gpu, Compared* compared) {
  constexpr std::uint64_t kNeeded = std::uint64_t{40} << 30;
  if (gpu.memory < kNeeded) {
    std::printf("SKIP: the GPU has less than 40 GiB of memory\n");
    return {};
  }
  bool ran = false;
  const std::string found = far_job({{on_gpu(), {256, 8}}}, compared, &ran);
  if (!ran) std::printf("SKIP: the system gives no 34 GB of address space\n");
  return found;
}

/// A kernel that reads where nothing is must end in a sentence, and so must what follows it.
std::string run_fault() {
  Job job;
  job.queries = job.keys = 1;
  job.d = job.dv = 8;
  const std::vector<std::uint16_t> ones(8, 0x3F80);
  job.q = job.k = job.v = ones;
  Result result;
  const golden::Settings settings{Profile::fine, 64};
  if (Status s = run_exact(job, settings, {}, &result); !s.good()) return s.sentence;
  ExactPlan plan(job, settings);
  ExactArguments& a = plan.arguments;
  // 64 TiB: aligned, and no memory of any GPU.
  a.q = reinterpret_cast<const std::uint16_t*>(std::uintptr_t{1} << 46);
  const Status launched = launch_exact(a, {}, nullptr);
  const Status status = launched.good() ? run_exact(job, settings, {}, &result) : launched;
  std::printf("%s\n", status.sentence.c_str());
  return status.outcome == Outcome::fault ? "" : "the fault was not reported";
}

std::string run(const std::string& what, int argc, char** argv, const Gpu& gpu,
                Compared* compared) {
  if (what == "jobs") return random_jobs(200, 1500000, two_ways(), compared);
  if (what == "small") return random_jobs(24, 40000, two_ways(), compared);
  if (what == "long") return long_jobs(two_ways(), compared);
  if (what == "far") return run_far(gpu, compared);
  if (what == "million") return million_keys(two_ways(), compared);
  if (what == "fault") return run_fault();
  return run_traces(argc, argv, compared);
}

bool known(const char* what) {
  for (const char* name : {"jobs", "small", "long", "far", "million", "fault", "traces"}) {
    if (std::strcmp(what, name) == 0) return true;
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || !known(argv[1]) || (argc > 2) != (std::strcmp(argv[1], "traces") == 0)) {
    std::fputs(kUsage, stderr);
    return kUsageStatus;
  }
  try {
    Gpu gpu;
    if (const Status status = find_gpu(&gpu); !status.good()) {
      std::printf("SKIP: %s\n", status.sentence.c_str());
      return kSkipped;
    }
    std::printf("%s, compute capability %d.%d, driver %d.%d\n", gpu.name.c_str(), gpu.major,
                gpu.minor, gpu.driver / 1000, gpu.driver % 1000 / 10);
    Compared compared;
    const auto start = std::chrono::steady_clock::now();
    const std::string found = run(argv[1], argc, argv, gpu, &compared);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    if (!found.empty()) {
      std::printf("FAILED: %s\n", found.c_str());
      return 1;
    }
    std::printf(
        "%s: %llu jobs, %llu outputs, %llu values of row states, %llu counts equal golden's, "
        "%.1f s\n",
        argv[1], static_cast<unsigned long long>(compared.jobs),
        static_cast<unsigned long long>(compared.outputs),
        static_cast<unsigned long long>(compared.states),
        static_cast<unsigned long long>(compared.counts), seconds.count());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cuda_gpu: %s\n", error.what());
    return 1;
  }
}
