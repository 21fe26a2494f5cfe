// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "host/onnx/judge.hpp"

namespace flashd::host::onnx {

/// What became of a case on one back end.
struct Outcome {
  const CaseEntry* entry = nullptr;
  Verdict verdict;
  std::string refused;  ///< the sentence, or empty
  std::string failure;  ///< why it could not run or differs in bits, or empty

  bool passed() const { return refused.empty() && failure.empty() && verdict.good(); }
  bool failed() const { return refused.empty() && !passed(); }
};

struct Totals {
  int cases = 0, passed = 0, failed = 0, refused = 0;
  std::size_t elements = 0;
  double error = 0, share = 0, rounded_error = 0, rounded_share = 0;  ///< largest of each
};

/// Sums over the outcomes whose class is `letter`; 0 for all classes.
Totals count(const std::vector<Outcome>& outcomes, char letter);

/// The table of classes, then one line per failed case and one per refused class.
void print_table(std::ostream& out, const std::vector<Outcome>& outcomes);

/// One line per case.
void print_cases(std::ostream& out, const std::vector<Outcome>& outcomes);

nlohmann::ordered_json to_json(const std::vector<Outcome>& outcomes);

}  // namespace flashd::host::onnx
