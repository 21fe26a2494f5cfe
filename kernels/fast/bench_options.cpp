// SPDX-License-Identifier: Apache-2.0
#include "kernels/fast/bench_options.hpp"

#include <cmath>
#include <cstdlib>
#include <cstring>

namespace flashd::cuda {

const char* const kBenchUsage =
    "usage: flashd_gpu_bench [--kernel fast|portable|division|choose|exact] [--d 64|128|256]\n"
    "         [--heads N] [--kv-heads N] [--batch N] [--queries N] [--keys N] [--causal]\n"
    "         [--parts N] [--format bf16|fp16] [--warmup N] [--repeat N] [--seconds S]\n"
    "         [--check [ROWS]] [--json]\n"
    "Times one attention call on the first GPU; one JSON object on stdout with --json.\n"
    "--parts N has N blocks share a row's keys (default: as many as fit the GPU);\n"
    "--seconds S also measures energy over S seconds; --check compares sampled rows (default\n"
    "64) with float64. Status: 0 good, 1 a check failed, 2 usage, 3 no GPU, 4 the GPU failed.\n";

namespace {

Status refused(std::string sentence) { return {Outcome::refused, std::move(sentence)}; }

/// A whole number from low to high.
Status read_number(const std::string& name, const char* text, double low, double high,
                   double* value, bool whole = true) {
  char* end = nullptr;
  *value = std::strtod(text, &end);
  if (end == text || *end != '\0' || !(*value >= low && *value <= high) ||
      (whole && *value != std::floor(*value)))
    return refused(name + " is " + text + "; expected a " + (whole ? "whole " : "") +
                   "number from " + std::to_string(static_cast<long long>(low)) + " to " +
                   std::to_string(static_cast<long long>(high)));
  return {};
}

}  // namespace

Status parse_bench(int argc, const char* const* argv, BenchOptions* options) {
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    const bool more = i + 1 < argc;
    if (name == "--help" || name == "-h") {
      options->help = true;
    } else if (name == "--causal") {
      options->causal = true;
    } else if (name == "--json") {
      options->json = true;
    } else if (name == "--check" && (!more || argv[i + 1][0] == '-')) {
      options->check = 64;
    } else if (name == "--kernel" && more) {
      options->kernel = argv[++i];
      bool known = false;
      for (const char* kernel : {"fast", "portable", "division", "choose", "exact"})
        known = known || options->kernel == kernel;
      if (!known)
        return refused("--kernel is " + options->kernel +
                       "; expected fast, portable, division, choose or exact");
    } else if (name == "--format" && more) {
      options->format = argv[++i];
      if (options->format != "bf16" && options->format != "fp16")
        return refused("--format is " + options->format + "; expected bf16 or fp16");
    } else {
      constexpr double kMost = 1e9;
      double x = 0.0;
      if (!more) return refused(name + " is unknown or lacks its value");
      const char* text = argv[++i];
      const double low = name == "--warmup" || name == "--seconds" ? 0.0 : 1.0;
      const double high = name == "--repeat" || name == "--warmup" ? 1e6
                          : name == "--seconds"                    ? 3600.0
                          : name == "--parts"                      ? 1.0 * kMaxParts
                                                                   : kMost;
      const Status status = read_number(name, text, low, high, &x, name != "--seconds");
      if (name == "--d") {
        options->d = static_cast<int>(x);
      } else if (name == "--heads") {
        options->heads = static_cast<std::int64_t>(x);
      } else if (name == "--kv-heads") {
        options->kv_heads = static_cast<std::int64_t>(x);
      } else if (name == "--batch") {
        options->batch = static_cast<std::int64_t>(x);
      } else if (name == "--queries") {
        options->queries = static_cast<std::int64_t>(x);
      } else if (name == "--keys") {
        options->keys = static_cast<std::int64_t>(x);
      } else if (name == "--parts") {
        options->parts = static_cast<int>(x);
      } else if (name == "--warmup") {
        options->warmup = static_cast<int>(x);
      } else if (name == "--repeat") {
        options->repeat = static_cast<int>(x);
      } else if (name == "--seconds") {
        options->seconds = x;
      } else if (name == "--check") {
        options->check = static_cast<std::int64_t>(x);
      } else {
        return refused(name + " is unknown");
      }
      if (!status.good()) return status;
    }
  }
  if (options->kv_heads == 0) options->kv_heads = options->heads;
  if (options->keys == 0) options->keys = options->queries;
  if (options->kernel == "exact" &&
      (options->batch != 1 || options->check != 0 || options->parts != 0))
    return refused(
        "kernel exact takes --batch 1, no --parts and no --check (its tests compare every bit)");
  return {};
}

}  // namespace flashd::cuda
