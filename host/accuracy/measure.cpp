// SPDX-License-Identifier: Apache-2.0
#include "host/accuracy/measure.hpp"

#include <algorithm>
#include <cmath>

#include "model/golden/golden.hpp"
#include "model/reference/decode.hpp"
#include "model/rivals/rivals.hpp"

namespace flashd::accuracy {
namespace {

struct Text {
  const char* name;
  const char* title;
};
constexpr Text kText[] = {{"fine", "flashd `fine`"},
                          {"lean", "flashd `lean`"},
                          {"gpu", "FlashAttention-2 as a GPU runs it"},
                          {"flash2_bf16", "FlashAttention-2, all BF16"},
                          {"published", "FLASH-D as published"},
                          {"published_exact", "FLASH-D published, exact functions"},
                          {"running_sum", "running unnormalised sum"}};

rivals::Output run_rival(const Job& job, Datapath datapath) {
  switch (datapath) {
    case Datapath::gpu:
      return rivals::flash2_gpu(job);
    case Datapath::flash2_bf16:
      return rivals::flash2_bf16(job);
    case Datapath::published:
      return rivals::flashd_published(job, rivals::FlashdFunctions::piecewise_linear);
    case Datapath::published_exact:
      return rivals::flashd_published(job, rivals::FlashdFunctions::exact);
    default:
      return rivals::running_sum(job);
  }
}

/// Sums of squares of one selection of elements.
struct Squares {
  double error = 0.0;
  double reference = 0.0;
  void add(double value, double exact) {
    error += (value - exact) * (value - exact);
    reference += exact * exact;
  }
  /// A reference of zero (no visible key) leaves the error itself: 0 when all is well.
  double relative() const { return std::sqrt(reference > 0.0 ? error / reference : error); }
};

double largest_value(const Job& job) {
  double largest = 0.0;
  for (const std::uint16_t bits : job.v) {
    largest = std::max<double>(largest, std::fabs(reference::element_value(bits, job.input)));
  }
  return largest;
}

}  // namespace

const char* name(Datapath datapath) { return kText[static_cast<int>(datapath)].name; }
const char* title(Datapath datapath) { return kText[static_cast<int>(datapath)].title; }

Computed compute(const Job& job, Datapath datapath, int tile) {
  Computed result;
  if (datapath == Datapath::fine || datapath == Datapath::lean) {
    const Profile profile = datapath == Datapath::fine ? Profile::fine : Profile::lean;
    flashd::Result raw = golden::run(job, {profile, tile});
    result.o_bf16 = golden::finish(raw.state, job.dv, OutputFormat::bf16, profile).o;
    result.lse.assign(raw.lse.begin(), raw.lse.end());
    result.o = std::move(raw.o);
    return result;
  }
  rivals::Output raw = run_rival(job, datapath);
  result.o.assign(raw.o.begin(), raw.o.end());
  result.o_bf16 = result.o;
  for (float& x : result.o_bf16) x = reference::bf16_value(reference::bf16_bits(x));
  result.lse = std::move(raw.lse);
  return result;
}

Figures measure(const Job& job, const Computed& result, const reference::Output& exact,
                Datapath datapath, const std::vector<std::array<int, 2>>& outliers) {
  Squares fp32, bf16, other_fp32, other_bf16;
  double worst = 0.0;
  const std::int64_t group = job.heads_q / job.heads_kv;
  for (std::size_t i = 0; i < exact.o.size(); ++i) {
    fp32.add(result.o[i], exact.o[i]);
    bf16.add(result.o_bf16[i], exact.o[i]);
    keep_largest(worst, std::fabs(result.o[i] - exact.o[i]));
    if (outliers.empty()) continue;
    const auto& channels = outliers[i / (job.queries * job.dv) / group];
    const auto c = static_cast<int>(i % job.dv);
    if (c == channels[0] || c == channels[1]) continue;
    other_fp32.add(result.o[i], exact.o[i]);
    other_bf16.add(result.o_bf16[i], exact.o[i]);
  }
  Figures f;
  f.rmse = exact.o.empty() ? 0.0 : std::sqrt(fp32.error / static_cast<double>(exact.o.size()));
  f.rel_fp32 = fp32.relative();
  f.rel_bf16 = bf16.relative();
  const double largest = largest_value(job);
  f.worst = largest > 0.0 ? worst / largest : worst;
  if (!outliers.empty()) {
    f.other_fp32 = other_fp32.relative();
    f.other_bf16 = other_bf16.relative();
  }
  const double constant = datapath == Datapath::lean ? kLseLean : kLseFine;
  for (std::size_t row = 0; row < exact.lse.size(); ++row) {
    if (result.lse[row] == exact.lse[row]) continue;  // -inf of both included
    const double error = std::fabs(result.lse[row] - exact.lse[row]);
    keep_largest(f.lse_error, error);
    keep_largest(f.lse_ratio, error / (constant + std::fabs(exact.lse[row]) / 65536.0));
  }
  return f;
}

}  // namespace flashd::accuracy
