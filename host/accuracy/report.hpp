// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "host/accuracy/accuracy.hpp"
#include "host/accuracy/bars.hpp"
#include "host/accuracy/extremes.hpp"

namespace flashd::accuracy {

/// Everything a run found.
struct Findings {
  std::vector<Record> records;
  std::vector<Record> without_error;  ///< told in every report but the table of errors
  std::vector<LongRow> long_rows;
  std::vector<Verdict> verdicts;
  int tile = 64;
};

/// Why no error can be told of inputs in a format.
std::string not_finite(const std::string& format);
/// One line per case, seed, input format and datapath.
std::string csv(const Findings& findings);
/// Verdicts and tables; the worst of the seeds.
std::string markdown(const Findings& findings);
/// One line per verdict, and one per input of which no error can be told.
std::string verdict_text(const Findings& findings);
/// The same as a JSON object.
std::string verdict_json(const Findings& findings);

}  // namespace flashd::accuracy
