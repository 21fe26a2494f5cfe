// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "model/golden/job.hpp"
#include "model/reference/reference.hpp"

namespace flashd::accuracy {

/// Everything that is compared; the first two are flashd, the rest model/rivals.
enum class Datapath { fine, lean, gpu, flash2_bf16, published, published_exact, running_sum };

constexpr std::array<Datapath, 7> kDatapaths = {Datapath::fine,       Datapath::lean,
                                                Datapath::gpu,        Datapath::flash2_bf16,
                                                Datapath::published,  Datapath::published_exact,
                                                Datapath::running_sum};

/// Short name, as in the CSV file.
const char* name(Datapath datapath);
/// Name for people.
const char* title(Datapath datapath);

/// Results of one datapath: o [rows, dv] as FP32 and rounded to BF16, lse [rows] in nats.
struct Computed {
  std::vector<float> o;
  std::vector<float> o_bf16;
  std::vector<double> lse;
};

/// Runs one datapath; `tile` matters to flashd only.
Computed compute(const Job& job, Datapath datapath, int tile);

/// largest = max(largest, x), where a NaN wins and stays.
inline void keep_largest(double& largest, double x) {
  if (x > largest || x != x) largest = x;
}

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// Errors against float64. Relative L2 is ||o - ref|| / ||ref|| over the whole output.
struct Figures {
  double rmse = 0.0;          ///< of the FP32 output
  double rel_fp32 = 0.0;      ///< relative L2, FP32 output
  double rel_bf16 = 0.0;      ///< relative L2, BF16 output
  double worst = 0.0;         ///< largest element error of the FP32 output over max|V|
  double other_fp32 = kNone;  ///< relative L2 without V's outlier channels; NaN if there are none
  double other_bf16 = kNone;
  double lse_error = 0.0;  ///< largest absolute error of the log-sum-exp, nats
  double lse_ratio = 0.0;  ///< largest of that error over the profile's bound (fine's for rivals)
};

/// Half of the LSE contract: error <= constant + 2^-16 |LSE|.
constexpr double kLseFine = 1.2e-3;
constexpr double kLseLean = 2.4e-3;

/// Compares a result with the reference. `outliers` holds two channels of V per KV head, or
/// nothing.
Figures measure(const Job& job, const Computed& result, const reference::Output& exact,
                Datapath datapath, const std::vector<std::array<int, 2>>& outliers);

/// One line of the report.
struct Record {
  std::string source;  ///< distribution or trace
  bool trace = false;
  std::int64_t heads = 1;  ///< query heads
  std::int64_t queries = 0;
  std::int64_t keys = 0;
  int d = 0;
  std::uint64_t seed = 0;  ///< 0 for traces
  InputFormat format = InputFormat::bf16;
  Datapath datapath = Datapath::fine;
  Figures figures;
  bool has_outliers() const { return figures.other_fp32 == figures.other_fp32; }
};

}  // namespace flashd::accuracy
