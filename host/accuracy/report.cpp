// SPDX-License-Identifier: Apache-2.0
#include "host/accuracy/report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <sstream>
#include <tuple>

#include <nlohmann/json.hpp>

#include "host/api/config.hpp"

namespace flashd::accuracy {
namespace {

std::string number(const char* format, double value) {
  if (std::isnan(value)) return "";
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

/// Text that may stand in a table cell.
std::string cell_text(const std::string& text) {
  std::string escaped;
  for (const char c : text) escaped += c == '|' ? std::string("\\|") : std::string(1, c);
  return escaped;
}

/// A table row: one case without its seed.
using Case = std::tuple<bool, std::string, std::int64_t, int, std::int64_t>;
/// Largest figures over the seeds, by datapath.
using Worst = std::map<Datapath, Figures>;

void keep_worst(Figures& worst, const Figures& f) {
  keep_largest(worst.rmse, f.rmse);
  keep_largest(worst.rel_fp32, f.rel_fp32);
  keep_largest(worst.rel_bf16, f.rel_bf16);
  keep_largest(worst.worst, f.worst);
  keep_largest(worst.lse_error, f.lse_error);
  keep_largest(worst.lse_ratio, f.lse_ratio);
  if (!std::isnan(f.other_fp32)) {
    worst.other_fp32 =
        std::isnan(worst.other_fp32) ? f.other_fp32 : std::max(worst.other_fp32, f.other_fp32);
    worst.other_bf16 =
        std::isnan(worst.other_bf16) ? f.other_bf16 : std::max(worst.other_bf16, f.other_bf16);
  }
}

std::map<Case, Worst> worst_of_seeds(const std::vector<Record>& records, InputFormat format) {
  std::map<Case, Worst> table;
  for (const Record& r : records) {
    if (r.format != format) continue;
    keep_worst(table[{r.trace, r.source, r.keys, r.d, r.queries}][r.datapath], r.figures);
  }
  return table;
}

std::string case_cells(const Case& c) {
  const auto& [trace, source, keys, d, queries] = c;
  return "| " + source + " | " + std::to_string(queries) + " x " + std::to_string(keys) + " | " +
         std::to_string(d) + " |";
}

/// One table: a cell per datapath, filled by `cell`; cases for which `wanted` is false are left
/// out.
template <class Wanted, class Cell>
void table(std::ostringstream& out, const std::map<Case, Worst>& cases,
           const std::vector<Datapath>& columns, Wanted wanted, Cell cell) {
  out << "| inputs | queries x keys | d |";
  for (const Datapath datapath : columns) out << " " << title(datapath) << " |";
  out << "\n|---|---|---|";
  for (std::size_t i = 0; i < columns.size(); ++i) out << "---|";
  out << "\n";
  for (const auto& [c, figures] : cases) {
    if (!wanted(c, figures)) continue;
    out << case_cells(c);
    for (const Datapath datapath : columns) {
      const auto found = figures.find(datapath);
      out << " " << (found == figures.end() ? "" : cell(found->second)) << " |";
    }
    out << "\n";
  }
  out << "\n";
}

std::string thousandths(double fp32, double bf16) {
  return number("%.3g", fp32 * 1e3) + " / " + number("%.3g", bf16 * 1e3);
}

void bf16_tables(std::ostringstream& out, const std::map<Case, Worst>& cases) {
  const std::vector<Datapath> all(kDatapaths.begin(), kDatapaths.end());
  const auto relative = [](const Figures& f) { return thousandths(f.rel_fp32, f.rel_bf16); };
  const auto synthetic = [](const Case& c, const Worst&) { return !std::get<0>(c); };
  const auto trace = [](const Case& c, const Worst&) { return std::get<0>(c); };
  out << "## Real traces, BF16 inputs: relative L2 with FP32 / with BF16 output, units 1e-3\n\n";
  table(out, cases, all, trace, relative);
  out << "## Distributions, BF16 inputs: relative L2 with FP32 / with BF16 output, units 1e-3\n\n";
  table(out, cases, all, synthetic, relative);
  out << "## `vchan`: the other channels, FP32 / BF16 output, units 1e-3\n\n"
         "Relative L2 without the two channels of V that are 100 times larger.\n\n";
  table(
      out, cases, all,
      [](const Case&, const Worst& w) { return !std::isnan(w.begin()->second.other_fp32); },
      [](const Figures& f) { return thousandths(f.other_fp32, f.other_bf16); });
  out << "## RMSE / worst element over max|V|, FP32 output, BF16 inputs\n\n";
  table(
      out, cases, all, [](const Case&, const Worst&) { return true; },
      [](const Figures& f) { return number("%.2e", f.rmse) + " / " + number("%.2e", f.worst); });
  out << "## Log-sum-exp: largest error in nats, BF16 inputs\n\n"
         "The published form keeps no sum of its own; its LSE is read out of (s, w).\n\n";
  table(
      out, cases, all, [](const Case&, const Worst&) { return true; },
      [](const Figures& f) { return number("%.2e", f.lse_error); });
}

void long_row_table(std::ostringstream& out, const std::vector<LongRow>& rows) {
  out << "## 1,048,576 keys of equal score, d 16: worst element over max|V|, FP32 output\n\n"
         "| V | `fine`, tile 16 | `fine`, tile 64 | `lean`, tile 64 | GPU | running sum |\n"
         "|---|---|---|---|---|---|\n";
  for (const LongRow& row : rows) {
    out << "| " << row.pattern;
    for (const double x : {row.fine16, row.fine64, row.lean64, row.gpu, row.running_sum}) {
      out << " | " << number("%.2e", x);
    }
    out << " |\n";
  }
  out << "\n";
}

}  // namespace

std::string not_finite(const std::string& format) {
  return "an exact output is not finite, as a row sees NaN or Inf once inputs are in " + format;
}

std::string csv(const Findings& findings) {
  std::ostringstream out;
  out << "inputs,trace,heads,queries,keys,d,seed,input_format,datapath,rmse,relative_l2_fp32,"
         "relative_l2_bf16,worst_over_max_v,other_channels_fp32,other_channels_bf16,lse_error,"
         "lse_error_over_bound\n";
  for (const Record& r : findings.records) {
    const Figures& f = r.figures;
    out << r.source << "," << (r.trace ? 1 : 0) << "," << r.heads << "," << r.queries << ","
        << r.keys << "," << r.d << "," << r.seed << "," << host::to_text(r.format) << ","
        << name(r.datapath);
    for (const double x : {f.rmse, f.rel_fp32, f.rel_bf16, f.worst, f.other_fp32, f.other_bf16,
                           f.lse_error, f.lse_ratio}) {
      out << "," << number("%.6e", x);
    }
    out << "\n";
  }
  return out.str();
}

std::string verdict_text(const Findings& findings) {
  std::ostringstream out;
  for (const Verdict& v : findings.verdicts) {
    out << (v.pass ? "pass  " : "FAIL  ") << v.bar << "\n      worst " << number("%.3f", v.worst)
        << " of what is allowed in " << v.cases << (v.cases == 1 ? " case" : " cases") << ": "
        << v.where << "\n";
  }
  for (const Record& r : findings.without_error) {
    out << "none  no error can be told: " << not_finite("this format") << "\n      "
        << describe(r) << "\n";
  }
  return out.str();
}

std::string verdict_json(const Findings& findings) {
  nlohmann::ordered_json out;
  out["spec_hash"] = host::hash_text(spec::kHash);
  out["tile"] = findings.tile;
  out["records"] = findings.records.size();
  out["pass"] = std::all_of(findings.verdicts.begin(), findings.verdicts.end(),
                            [](const Verdict& v) { return v.pass; });
  for (const Verdict& v : findings.verdicts) {
    out["verdicts"].push_back({{"bar", v.bar},
                               {"pass", v.pass},
                               {"cases", v.cases},
                               {"worst_over_allowed", v.worst},
                               {"where", v.where}});
  }
  for (const Record& r : findings.without_error) out["without_error"].push_back(describe(r));
  return out.dump(2) + "\n";
}

std::string markdown(const Findings& findings) {
  std::ostringstream out;
  out << "# Accuracy against float64\n\n"
      << "Written by `flashd accuracy`, spec " << host::hash_text(spec::kHash) << ", tiles of "
      << findings.tile << " keys. Worst of the seeds. The rivals are the models of `model/rivals`, "
      << "described there operation by operation.\n\n## Bars\n\n"
      << "| | bar | cases | worst, over what is allowed | where |\n|---|---|---|---|---|\n";
  for (const Verdict& v : findings.verdicts) {
    out << "| " << (v.pass ? "pass" : "**FAIL**") << " | " << cell_text(v.bar) << " | " << v.cases
        << " | " << number("%.3f", v.worst) << " | " << cell_text(v.where) << " |\n";
  }
  out << "\n";
  if (!findings.without_error.empty()) {
    out << "No error can be told of these inputs: " << not_finite("this format") << ".\n\n";
    for (const Record& r : findings.without_error) out << "* " << cell_text(describe(r)) << "\n";
    out << "\n";
  }
  const auto bf16 = worst_of_seeds(findings.records, InputFormat::bf16);
  if (!bf16.empty()) bf16_tables(out, bf16);
  const auto fp16 = worst_of_seeds(findings.records, InputFormat::fp16);
  if (!fp16.empty()) {
    out << "## FP16 inputs: relative L2 with FP32 output, units 1e-3 / LSE error, nats\n\n";
    table(
        out, fp16, {Datapath::fine, Datapath::lean}, [](const Case&, const Worst&) { return true; },
        [](const Figures& f) {
          return number("%.3g", f.rel_fp32 * 1e3) + " / " + number("%.2e", f.lse_error);
        });
  }
  if (!findings.long_rows.empty()) long_row_table(out, findings.long_rows);
  return out.str();
}

}  // namespace flashd::accuracy
