// SPDX-License-Identifier: Apache-2.0
#include "host/accuracy/bars.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <tuple>

namespace flashd::accuracy {
namespace {

constexpr double kFloorFine = 3e-4;
constexpr double kFp16Fine = 5e-4;
constexpr double kTraceMedian = 0.35;

std::string numbers(const char* what, double measured, double allowed) {
  char text[96];
  std::snprintf(text, sizeof text, "%s %.3e, allowed %.3e", what, measured, allowed);
  return text;
}

/// Notes one case: a NaN in `measured` fails.
void note(Verdict& verdict, const Record& record, const char* what, double measured,
          double allowed) {
  const double ratio = measured / allowed;
  ++verdict.cases;
  if (!(ratio <= 1.0)) verdict.pass = false;
  if (verdict.where.empty() || ratio > verdict.worst || std::isnan(ratio)) {
    verdict.worst = ratio;
    verdict.where = describe(record) + ": " + numbers(what, measured, allowed);
  }
}

auto key(const Record& r) { return std::make_tuple(r.trace, r.source, r.keys, r.d, r.seed); }

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 != 0 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace

std::string describe(const Record& r) {
  std::string text = r.source + ", " + std::to_string(r.queries) + " x " + std::to_string(r.keys) +
                     ", d " + std::to_string(r.d);
  if (!r.trace) text += ", seed " + std::to_string(r.seed);
  return text + (r.format == InputFormat::bf16 ? ", bf16" : ", fp16");
}

std::vector<Verdict> judge(const std::vector<Record>& records) {
  std::map<decltype(key(records.front())), const Record*> gpu;
  for (const Record& r : records) {
    if (r.datapath == Datapath::gpu) gpu[key(r)] = &r;
  }
  Verdict fine_fp32{"fine, FP32 output: relative L2 <= max(GPU, 3e-4)"};
  Verdict fine_bf16{"fine, BF16 output: relative L2 <= max(1.02 GPU, GPU + 1e-5)"};
  Verdict lean_bf16{"lean, BF16 output: relative L2 <= max(1.03 GPU, GPU + 3e-5)"};
  Verdict traces{"fine, real traces, FP32 output: median of ours / GPU <= 0.35"};
  Verdict fp16{"fine, FP16 inputs, FP32 output: relative L2 <= 5e-4"};
  Verdict lse_fine{"fine, LSE within 1.2e-3 + 2^-16 |LSE|"};
  Verdict lse_lean{"lean, LSE within 2.4e-3 + 2^-16 |LSE|"};
  std::vector<double> ratios;
  for (const Record& r : records) {
    const Figures& f = r.figures;
    if (r.datapath == Datapath::fine) {
      note(lse_fine, r, "largest error over the bound", f.lse_ratio, 1.0);
      if (r.format == InputFormat::fp16) note(fp16, r, "error", f.rel_fp32, kFp16Fine);
    }
    if (r.datapath == Datapath::lean) {
      note(lse_lean, r, "largest error over the bound", f.lse_ratio, 1.0);
    }
    const auto found = gpu.find(key(r));
    if (found == gpu.end() || r.format != InputFormat::bf16) continue;
    const Figures& g = found->second->figures;
    if (r.datapath == Datapath::fine) {
      note(fine_fp32, r, "error", f.rel_fp32, std::max(g.rel_fp32, kFloorFine));
      note(fine_bf16, r, "error", f.rel_bf16, std::max(1.02 * g.rel_bf16, g.rel_bf16 + 1e-5));
      if (r.trace) ratios.push_back(f.rel_fp32 / g.rel_fp32);
    } else if (r.datapath == Datapath::lean) {
      note(lean_bf16, r, "error", f.rel_bf16, std::max(1.03 * g.rel_bf16, g.rel_bf16 + 3e-5));
    }
  }
  if (!ratios.empty()) {
    const double middle = median(ratios);
    traces.cases = ratios.size();
    traces.worst = middle / kTraceMedian;
    traces.pass = middle <= kTraceMedian;
    traces.where = "all traces: " + numbers("median", middle, kTraceMedian);
  }
  std::vector<Verdict> all;
  for (const Verdict& v : {fine_fp32, fine_bf16, traces, lean_bf16, fp16, lse_fine, lse_lean}) {
    if (v.cases > 0) all.push_back(v);
  }
  return all;
}

}  // namespace flashd::accuracy
