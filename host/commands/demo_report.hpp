// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "host/commands/lockstep.hpp"
#include "host/io/case.hpp"

namespace flashd::host {

/// Relative L2 error of one datapath against float64, with FP32 and with BF16 output.
struct PathError {
  std::string name;
  double fp32_output = 0;
  double bf16_output = 0;
  std::vector<float> rows;  ///< relative L2 of each output row, FP32 output
};

/// Errors of flashd's outputs `o` [batch, heads_q, queries, dv], of FlashAttention-2 as a GPU runs
/// it and of published FLASH-D on the same inputs.
std::vector<PathError> compare_paths(const Case& c, gsl::span<const float> o);

/// What the demo shows of one trace.
struct TraceReport {
  std::string name;
  LockstepTotals lockstep;
  double utilisation = 0;
  std::vector<PathError> errors;
};

/// The table of the demo as text.
std::string table(const std::vector<TraceReport>& reports);

nlohmann::ordered_json to_json(const TraceReport& report);

}  // namespace flashd::host
