// SPDX-License-Identifier: Apache-2.0
// The fast kernels on a GPU: against float64 and a framework's rounding by FlashAttention's rule,
// and against the same algorithm on the CPU; the accuracy table of the kernels themselves. Needs no
// test framework (see gpu_main.cpp).
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "kernels/fast/job.hpp"
#include "kernels/fast/on_cpu.hpp"
#include "tests/cuda/fast_gpu.hpp"
#include "tests/cuda/fast_table.hpp"

namespace {

using namespace flashd;
using namespace flashd::cuda;

constexpr int kSkipped = 77, kUsageStatus = 2, kFailed = 1;
constexpr std::int64_t kRows = 60;

struct Totals {
  int cases = 0;
  std::int64_t values = 0;
  double worst_ratio = 0.0;  ///< error over the rule's bound
  double worst_difference = 0.0;
};

/// One unit of a weight as the tensor cores take it.
double unit_of(const FastJob& job) { return job.input == InputFormat::bf16 ? 0x1p-8 : 0x1p-11; }

/// What the CPU may differ by: sums in another order and ex2's last units can turn the rounding of
/// a weight, which can be most of a row, and that of the result.
double allowed(const FastJob& job, const FastErrors& errors) {
  const double out = job.output == OutputFormat::fp32   ? 0.0
                     : job.output == OutputFormat::bf16 ? 0x1p-8
                                                        : 0x1p-11;
  return (unit_of(job) + out) * std::max(1.0, errors.largest_value) + 1e-5;
}

/// Empty, or what is wrong.
std::string judge(const FastCase& c, std::uint64_t seed, FastKernel kernel, bool hopper,
                  Totals* totals) {
  FastArrays on_gpu(c, seed), on_cpu(c, seed);
  if (const Status s = run_fast_on_gpu(&on_gpu, kernel); !s.good()) return s.sentence;
  if (const Status s = run_fast_on_cpu(on_cpu.job, kernel, hopper); !s.good()) return s.sentence;
  const auto rows = sample_rows(on_gpu.job, kRows);
  const FastErrors errors = measure_rows(on_gpu.job, rows);
  double difference = 0.0, lse = 0.0;
  for (const RowIndex& row : rows) {
    const RowResult a = row_of_result(on_gpu.job, row);
    const RowResult b = row_of_result(on_cpu.job, row);
    for (std::size_t i = 0; i < a.o.size(); ++i) {
      const double x = std::fabs(a.o[i] - b.o[i]);
      if (x > difference || x != x) difference = x;
    }
    const double x = a.lse == b.lse ? 0.0 : std::fabs(a.lse - b.lse);
    if (x > lse || x != x) lse = x;
  }
  ++totals->cases;
  totals->values += errors.values;
  const double bound = 2.0 * errors.framework_largest + 1e-5;
  totals->worst_ratio = std::max(totals->worst_ratio, errors.largest / bound);
  totals->worst_difference = std::max(totals->worst_difference, difference);
  const auto text = [](double x) { return std::to_string(x); };
  if (!within_rule(errors))
    return "the error is " + text(errors.largest) + ", a framework's " +
           text(errors.framework_largest);
  if (!(difference <= allowed(on_gpu.job, errors)))
    return "o differs by " + text(difference) + " from the CPU's";
  if (!(lse <= std::max(1e-3, unit_of(on_gpu.job))))
    return "lse differs by " + text(lse) + " from the CPU's";
  return {};
}

/// Kernels that are asked for and that this GPU has.
using Kernels = std::vector<FastKernel>;

bool is_hopper(const Gpu& gpu) { return gpu.major == 9 && gpu.minor == 0; }

std::string run_cases(bool small, const Gpu& gpu, const Kernels& kernels, Totals* totals) {
  std::uint64_t seed = 0;
  for (const FastCase& c : fast_cases()) {
    ++seed;
    if (small && seed % 7 != 1) continue;
    for (const FastKernel kernel : kernels) {
      const std::string wrong = judge(c, seed, kernel, is_hopper(gpu), totals);
      if (!wrong.empty()) return std::string(name(kernel)) + ", " + name(c) + ": " + wrong;
    }
  }
  return {};
}

/// Jobs of the host, copied both ways: the bits of the launch above, the counts of the CPU.
std::string run_host(const Gpu& gpu, Kernels kernels, Totals* totals) {
  // What `choose` stands for is asked for by both names.
  const FastKernel chosen = is_hopper(gpu) ? FastKernel::fast : FastKernel::portable;
  if (std::count(kernels.begin(), kernels.end(), chosen) > 0) kernels.push_back(FastKernel::choose);
  std::uint64_t seed = 0;
  for (FastCase c : fast_cases()) {
    ++seed;
    if (c.varlen) continue;
    c.batch = 1;
    c.rows_first = false;
    for (const FastKernel kernel : kernels) {
      FastArrays arrays(c, seed);
      arrays.set_parts(fitting_parts(arrays.job, kernel, gpu));
      const Job job = host_job(c, arrays);
      Result on_gpu, on_cpu;
      const std::string what = std::string(name(kernel)) + ", " + name(c) + ": ";
      for (const Status& s : {run_fast_on_gpu(&arrays, kernel), run_fast(job, kernel, &on_gpu),
                              run_fast_job_on_cpu(job, kernel, &on_cpu)})
        if (!s.good()) return what + s.sentence;
      const std::int64_t wrong = differences(arrays, on_cpu.counts, on_gpu);
      if (wrong != 0) return what + std::to_string(wrong) + " values or counts differ";
      ++totals->cases;
      totals->values += static_cast<std::int64_t>(on_gpu.o.size() + on_gpu.lse.size());
    }
  }
  return {};
}

/// Long rows: many tiles, all stages and frames in turn; one query in the parts that fit the GPU.
std::string run_long(const Gpu& gpu, const Kernels& kernels, Totals* totals) {
  for (const int d : {64, 128, 256}) {
    for (const bool causal : {false, true}) {
      FastCase c;
      c.d = d;
      c.causal = causal;
      c.heads_q = 2;
      c.heads_kv = 1;
      c.queries = 40;
      c.keys = 8192;
      for (const FastKernel kernel : kernels) {
        std::string wrong = judge(c, 1, kernel, is_hopper(gpu), totals);
        if (!wrong.empty()) return std::string(name(kernel)) + ", " + name(c) + ": " + wrong;
        FastCase one = c;
        one.queries = 1;
        one.parts = fitting_parts(FastArrays(one, 1).job, kernel, gpu);
        wrong = judge(one, 1, kernel, is_hopper(gpu), totals);
        if (!wrong.empty()) return std::string(name(kernel)) + ", " + name(one) + ": " + wrong;
      }
    }
  }
  return {};
}

/// The accuracy table: of each kernel the largest error, its ratio to the framework's and that of
/// the log-sum-exp. Narrow, since kernels/on_gpu.py keeps no more than the end of what is long.
int run_accuracy(const std::vector<std::filesystem::path>& folders, const Kernels& kernels) {
  int lines = 0, beyond = 0;
  std::printf("|inputs|format|framework|");
  for (const FastKernel kernel : kernels) std::printf("%s|ratio|LSE|", name(kernel));
  std::printf("\n|---|---|---|");
  for (std::size_t i = 0; i < kernels.size(); ++i) std::printf("---|---|---|");
  const auto print = [&](const FastLine& line) {
    const double framework = line.errors.front().framework_largest;
    std::printf("\n|%s|%s|%.2e|", line.input.c_str(), name(line.format), framework);
    for (const FastErrors& e : line.errors)
      std::printf("%.2e|%.2f|%.1e|", e.largest, e.largest / framework, e.lse);
    ++lines;
    beyond += std::all_of(line.errors.begin(), line.errors.end(),
                          [](const FastErrors& e) { return within_rule(e); })
                  ? 0
                  : 1;
  };
  measure_table(folders, {kernels, run_fast_on_gpu, print});
  std::printf("\n\naccuracy: %d inputs, %d beyond twice the framework's largest error + 1e-5\n",
              lines, beyond);
  return lines > 0 && beyond == 0 ? 0 : kFailed;
}

int run_checks(const std::string& what, const Gpu& gpu, const Kernels& kernels) {
  Totals totals;
  const std::string wrong = what == "long"   ? run_long(gpu, kernels, &totals)
                            : what == "host" ? run_host(gpu, kernels, &totals)
                                             : run_cases(what == "small", gpu, kernels, &totals);
  if (!wrong.empty()) {
    std::printf("FAILED: %s\n", wrong.c_str());
    return kFailed;
  }
  if (what == "host") {
    std::printf("host: %d jobs, %lld values: the bits of a launch\n", totals.cases,
                static_cast<long long>(totals.values));
    return totals.cases > 0 ? 0 : kFailed;
  }
  std::printf(
      "%s: %d cases, %lld values; worst error %.3f of the rule's bound; largest "
      "difference from the CPU %.2e\n",
      what.c_str(), totals.cases, static_cast<long long>(totals.values), totals.worst_ratio,
      totals.worst_difference);
  return totals.cases > 0 ? 0 : kFailed;
}

/// What the command line asks for.
struct Request {
  std::string what;
  Kernels kernels;
  std::vector<std::filesystem::path> folders;  ///< of traces, for `accuracy`
};

/// False if the arguments make no sense.
bool parse(int argc, char** argv, Request* request) {
  std::vector<std::string> words(argv + 1, argv + argc);
  const std::vector<std::string> known{"cases", "small", "long", "host", "accuracy"};
  if (words.empty() || std::count(known.begin(), known.end(), words[0]) == 0) return false;
  request->what = words[0];
  words.erase(words.begin());
  const Kernels all{FastKernel::fast, FastKernel::portable, FastKernel::division};
  for (const FastKernel kernel : all)
    if (!words.empty() && words[0] == name(kernel)) request->kernels = {kernel};
  if (request->kernels.empty())
    request->kernels = all;
  else
    words.erase(words.begin());
  request->folders.assign(words.begin(), words.end());
  return std::all_of(request->folders.begin(), request->folders.end(),
                     [&](const auto& f) { return request->what == "accuracy" && is_directory(f); });
}

int run(Request request) {
  Gpu gpu;
  if (const Status status = find_gpu(&gpu); !status.good()) {
    std::printf("SKIP: %s\n", status.sentence.c_str());
    return kSkipped;
  }
  Kernels& kernels = request.kernels;
  if (!is_hopper(gpu))
    kernels.erase(std::remove(kernels.begin(), kernels.end(), FastKernel::fast), kernels.end());
  if (kernels.empty()) {
    std::printf("SKIP: the kernel 'fast' needs compute capability 9.0; %s has %d.%d\n",
                gpu.name.c_str(), gpu.major, gpu.minor);
    return kSkipped;
  }
  return request.what == "accuracy" ? run_accuracy(request.folders, kernels)
                                    : run_checks(request.what, gpu, kernels);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    Request request;
    if (parse(argc, argv, &request)) return run(std::move(request));
    std::fputs(
        "usage: cuda_fast_gpu cases | small | long | host [fast | portable | division]\n"
        "       cuda_fast_gpu accuracy [fast | portable | division] [FOLDER OF TRACES]...\n",
        stderr);
    return kUsageStatus;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cuda_fast_gpu: %s\n", error.what());
    return kFailed;
  }
}
