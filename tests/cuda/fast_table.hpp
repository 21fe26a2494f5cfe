// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "kernels/fast/reference.hpp"
#include "tests/cuda/fast_jobs.hpp"

namespace flashd::cuda {

/// One input of the accuracy table.
struct FastLine {
  std::string input;  ///< "n01 d 64, 512 keys", or the name of a trace
  InputFormat format = InputFormat::bf16;
  std::vector<FastErrors> errors;  ///< one of each kernel, all rows, FP32 output
};

/// What the table is measured with; a GPU and its emulation differ in `run` alone.
struct FastTable {
  std::vector<FastKernel> kernels;
  std::function<Status(FastArrays*, FastKernel)> run;  ///< leaves o and lse in the arrays
  std::function<void(const FastLine&)> take;           ///< called once an input is measured
};

/// Traces in the folders, by name, as far as the kernels take them, then what is drawn, each in
/// both formats. Throws std::runtime_error with the sentence of a run that fails.
void measure_table(const std::vector<std::filesystem::path>& folders, const FastTable& table);

/// "bf16" or "fp16".
const char* name(InputFormat format);

}  // namespace flashd::cuda
