// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "host/accuracy/accuracy.hpp"
#include "host/accuracy/measure.hpp"

namespace flashd::accuracy {

/// One set of inputs: a draw of a distribution, or a trace on disk.
struct InputCase {
  std::string source;
  std::filesystem::path trace;  ///< empty for a distribution
  distributions::Distribution distribution = distributions::Distribution::n01;
  distributions::Shape shape;  ///< of a distribution
  std::uint64_t seed = 0;

  /// Multiply-accumulates of one datapath, QK and PV together. Infinite for
  /// traces: they come first, so that one that cannot be read is told at once.
  double macs() const;
};

/// What cases gave.
struct Measured {
  std::vector<Record> records;
  /// Inputs with an exact output that is not finite, as a row sees NaN or Inf once they are in
  /// their format: no error can be told of them. Their datapath and figures mean nothing.
  std::vector<Record> without_error;
};

/// All cases of the options, largest first. 64 queries, 16 above 4,096 keys; `decay` ends at 4,096
/// keys. Traces of equal name and files count once. Throws host::Error if a folder of traces holds
/// none.
std::vector<InputCase> list_cases(const Options& options);

/// Measures every datapath on one case, in every format of the options.
Measured run_case(const InputCase& input, const Options& options);

/// Runs all cases on options.jobs threads; the order of the records does not depend on threads.
Measured run_cases(const Options& options, std::ostream* progress);

}  // namespace flashd::accuracy
