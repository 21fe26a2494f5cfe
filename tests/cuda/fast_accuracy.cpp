// SPDX-License-Identifier: Apache-2.0
// flashd_fast_accuracy: errors of the fast kernels' arithmetic, on the CPU, against float64.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <vector>

#include "host/api/config.hpp"
#include "host/io/case.hpp"
#include "host/io/error.hpp"
#include "kernels/fast/on_cpu.hpp"
#include "model/distributions/distributions.hpp"
#include "tests/cuda/fast_jobs.hpp"

namespace {

using namespace flashd;
using namespace flashd::cuda;
namespace fs = std::filesystem;

constexpr int kUsage = 2, kBeyond = 1;
constexpr double kSlack = 1.05;  // beyond what an input's rounding happens to do

struct Totals {
  int cases = 0;
  int beyond = 0;
  int worse = 0;  ///< relative error more than kSlack times the division kernel's
};

/// One line of the table: relative L2 and largest error of each kernel, FP32 output; largest error
/// of the log-sum-exp.
void measure(const std::string& source, const Job& job, Totals* totals) {
  FastArrays arrays(job, OutputFormat::fp32);
  const auto rows = sample_rows(arrays.job, std::numeric_limits<std::int64_t>::max());
  std::printf("| %s | %s |", source.c_str(), job.input == InputFormat::bf16 ? "bf16" : "fp16");
  FastErrors errors;
  std::vector<double> relative, lse;
  for (const FastKernel kernel : {FastKernel::fast, FastKernel::portable, FastKernel::division}) {
    arrays.clear_results();
    if (const Status s = run_fast_on_cpu(arrays.job, kernel); !s.good())
      throw std::runtime_error(s.sentence);
    errors = measure_rows(arrays.job, rows);
    relative.push_back(errors.relative);
    lse.push_back(errors.lse);
    ++totals->cases;
    totals->beyond += within_rule(errors) ? 0 : 1;
    std::printf(" %.2e / %.2e |", errors.relative, errors.largest);
  }
  for (const double one : relative) totals->worse += one > kSlack * relative.back() ? 1 : 0;
  std::printf(" %.2e | %.1e / %.1e |\n", errors.framework_largest, lse.front(), lse.back());
}

void measure_trace(const fs::path& folder, Totals* totals) {
  for (const InputFormat input : {InputFormat::bf16, InputFormat::fp16}) {
    // Any configuration that has the head dimension: it only bounds what a case may be.
    const auto config = std::max_element(
        std::begin(spec::kConfigs), std::end(spec::kConfigs),
        [](const auto& a, const auto& b) { return a.max_head_dim < b.max_head_dim; });
    const host::Case inputs = host::load_case(folder, input, {}, *config);
    const Job job = inputs.job(0);
    const Visibility& v = job.visibility;
    const bool plain = !job.bias && !job.soft_cap && job.alibi.empty() && !job.paging &&
                       !v.diagonal && !v.window_left && !v.key_length && inputs.batch == 1;
    if (plain) measure(folder.filename().string(), job, totals);
  }
}

int run(int argc, char** argv) {
  std::printf(
      "| inputs | format | fast: relative L2 / largest | portable | division | framework, "
      "largest | LSE: fast / division |\n|---|---|---|---|---|---|---|\n");
  Totals totals;
  for (int i = 1; i < argc; ++i) {
    if (!fs::is_directory(argv[i])) {
      std::fprintf(stderr, "flashd_fast_accuracy: %s is no folder of traces\n", argv[i]);
      return kUsage;
    }
    std::vector<fs::path> folders;
    for (const auto& entry : fs::directory_iterator(argv[i]))
      if (fs::exists(entry.path() / "q.npy")) folders.push_back(entry.path());
    std::sort(folders.begin(), folders.end());
    for (const fs::path& folder : folders) measure_trace(folder, &totals);
  }
  for (const auto distribution :
       {distributions::Distribution::n01, distributions::Distribution::fa3,
        distributions::Distribution::peaky}) {
    for (const int d : {64, 128, 256}) {
      const distributions::Draw draw = distributions::draw(distribution, {2, 2, 32, 512, d}, 7);
      for (const InputFormat input : {InputFormat::bf16, InputFormat::fp16}) {
        const distributions::Inputs inputs = distributions::round_to(draw, input);
        measure(distributions::name(distribution) + " d " + std::to_string(d) + ", 512 keys",
                inputs.job(), &totals);
      }
    }
  }
  std::printf(
      "\n%d measurements, %d beyond twice the framework's largest error, %d with more than %.2f "
      "times the relative error of the division kernel\n",
      totals.cases, totals.beyond, totals.worse, kSlack);
  return totals.beyond + totals.worse == 0 ? 0 : kBeyond;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "flashd_fast_accuracy: %s\n", error.what());
    return kUsage;
  }
}
