// SPDX-License-Identifier: Apache-2.0
#include "host/accuracy/accuracy.hpp"

#include <algorithm>
#include <fstream>
#include <utility>

#include "host/accuracy/cases.hpp"
#include "host/accuracy/report.hpp"
#include "host/api/config.hpp"

namespace flashd::accuracy {
namespace {

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.flush();
  if (!file) throw host::bad_input(path.string(), "could not be written");
}

void prepare_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!std::filesystem::is_directory(folder)) {
    throw host::bad_input(folder.string(),
                          "expected a folder for the reports, or a path where one can be made");
  }
}

/// Throws NoFigure if some inputs have a figure in none of the formats.
void refuse_inputs_without_any_figure(const Findings& findings) {
  for (const Record& r : findings.without_error) {
    if (std::any_of(findings.records.begin(), findings.records.end(),
                    [&](const Record& other) { return other.source == r.source; })) {
      continue;
    }
    throw NoFigure(host::Exit::usage, r.source + ": " + not_finite(host::to_text(r.format)) +
                                          ", so no error can be told");
  }
}

}  // namespace

Options full() {
  Options options;
  options.distributions.assign(distributions::kAll.begin(), distributions::kAll.end());
  options.sizes = {1, 17, 512, 4096, 65536};
  options.dims = {16, 64, 128, 256};
  options.seeds = {1, 2, 3, 4, 5};
  options.formats = {InputFormat::bf16, InputFormat::fp16};
  options.million = true;
  return options;
}

Options brief() {
  Options options = full();
  options.sizes = {1, 17, 512};
  options.dims = {16, 64};
  options.seeds = {1};
  options.million = false;
  return options;
}

host::Exit run(const Options& options, std::ostream& out, std::ostream* progress) {
  if (!options.out.empty()) prepare_folder(options.out);
  Findings findings;
  findings.tile = options.tile;
  Measured measured = run_cases(options, progress);
  findings.records = std::move(measured.records);
  findings.without_error = std::move(measured.without_error);
  findings.verdicts = judge(findings.records);
  if (options.million) {
    if (progress) *progress << "rows of 1,048,576 keys\r" << std::flush;
    findings.long_rows = long_rows();
    findings.verdicts.push_back(judge_long_rows(findings.long_rows));
    for (const Verdict& v : judge_extremes(options.tile)) findings.verdicts.push_back(v);
    if (progress) *progress << "\033[K" << std::flush;
  }
  if (!options.out.empty()) {
    write(options.out / "accuracy.csv", csv(findings));
    write(options.out / "accuracy.md", markdown(findings));
  }
  out << (options.json ? verdict_json(findings) : verdict_text(findings));
  refuse_inputs_without_any_figure(findings);
  const bool pass = std::all_of(findings.verdicts.begin(), findings.verdicts.end(),
                                [](const Verdict& v) { return v.pass; });
  return pass ? host::Exit::good : host::Exit::mismatch;
}

}  // namespace flashd::accuracy
