// SPDX-License-Identifier: Apache-2.0
#include "host/onnx/report.hpp"

#include <algorithm>
#include <cstdio>

namespace flashd::host::onnx {
namespace {

using nlohmann::ordered_json;

/// A share in six columns.
std::string share_text(double share) {
  if (!(share < 1000)) return "  >999";
  char text[16];
  std::snprintf(text, sizeof text, "%6.2f", share);
  return text;
}

void print_row(std::ostream& out, const std::string& title, const Totals& t) {
  char text[160];
  std::snprintf(text, sizeof text, "%-28s%7d%8d%8d%9d%9zu%11.2e %s%11.2e %s\n", title.c_str(),
                t.cases, t.passed, t.failed, t.refused, t.elements, t.error,
                share_text(t.share).c_str(), t.rounded_error, share_text(t.rounded_share).c_str());
  out << text;
}

std::string state_of(const Outcome& outcome) {
  if (!outcome.refused.empty()) return "refused";
  return outcome.passed() ? "passed" : "failed";
}

std::string reason_of(const Outcome& outcome) {
  if (!outcome.failure.empty()) return outcome.failure;
  char text[200];
  std::snprintf(text, sizeof text,
                "off by %.2e from the expected Y, %.2f of the tolerance, and by %.2e from float64 "
                "of the rounded inputs, %.2f of the bound",
                outcome.verdict.error, outcome.verdict.share, outcome.verdict.rounded_error,
                outcome.verdict.rounded_share);
  return text;
}

}  // namespace

Totals count(const std::vector<Outcome>& outcomes, char letter) {
  Totals t;
  for (const Outcome& outcome : outcomes) {
    if (letter != 0 && outcome.entry->letter != letter) continue;
    ++t.cases;
    t.passed += outcome.passed();
    t.failed += outcome.failed();
    t.refused += !outcome.refused.empty();
    const Verdict& v = outcome.verdict;
    t.elements += v.elements;
    t.error = std::max(t.error, v.error);
    t.share = std::max(t.share, v.share);
    t.rounded_error = std::max(t.rounded_error, v.rounded_error);
    t.rounded_share = std::max(t.rounded_share, v.rounded_share);
  }
  return t;
}

void print_table(std::ostream& out, const std::vector<Outcome>& outcomes) {
  char head[160];
  std::snprintf(head, sizeof head, "%-28s%7s%8s%8s%9s%9s%18s%18s\n", "class", "cases", "passed",
                "failed", "refused", "values", "|o - Y|  share", "|o - Yr|  share");
  out << head;
  for (const ClassTitle& title : kClasses) {
    const Totals t = count(outcomes, title.letter);
    if (t.cases > 0) print_row(out, std::string(1, title.letter) + "  " + title.title, t);
  }
  print_row(out, "all", count(outcomes, 0));
  for (const Outcome& outcome : outcomes)
    if (outcome.failed()) out << outcome.entry->name << ": " << reason_of(outcome) << "\n";
  for (const ClassTitle& title : kClasses) {
    const int refused = count(outcomes, title.letter).refused;
    const auto first = std::find_if(outcomes.begin(), outcomes.end(), [&](const Outcome& o) {
      return o.entry->letter == title.letter && !o.refused.empty();
    });
    if (first == outcomes.end()) continue;
    out << "refused in class " << title.letter << ", " << refused
        << (refused == 1 ? " case" : " cases") << " such as " << first->entry->name << ": "
        << first->refused << "\n";
  }
}

void print_cases(std::ostream& out, const std::vector<Outcome>& outcomes) {
  for (const Outcome& outcome : outcomes) {
    const CaseEntry& entry = *outcome.entry;
    const Verdict& v = outcome.verdict;
    char text[200];
    std::snprintf(text, sizeof text, "%c  %-54s %-9s opset %d  %-8s%9.2e %s%10.2e %s\n",
                  entry.letter, entry.name.c_str(), entry.type.c_str(), entry.opset,
                  state_of(outcome).c_str(), v.error, share_text(v.share).c_str(), v.rounded_error,
                  share_text(v.rounded_share).c_str());
    out << text;
  }
}

ordered_json to_json(const std::vector<Outcome>& outcomes) {
  const Totals t = count(outcomes, 0);
  ordered_json out{{"cases", t.cases},
                   {"passed", t.passed},
                   {"failed", t.failed},
                   {"refused", t.refused},
                   {"values", t.elements}};
  for (const Outcome& outcome : outcomes) {
    ordered_json item{{"name", outcome.entry->name},
                      {"class", std::string(1, outcome.entry->letter)},
                      {"state", state_of(outcome)}};
    if (!outcome.refused.empty()) {
      item["reason"] = outcome.refused;
    } else if (!outcome.failure.empty()) {
      item["reason"] = outcome.failure;
    } else {
      item["error"] = outcome.verdict.error;
      item["share"] = outcome.verdict.share;
      item["rounded_error"] = outcome.verdict.rounded_error;
      item["rounded_share"] = outcome.verdict.rounded_share;
    }
    out["results"].push_back(std::move(item));
  }
  return out;
}

}  // namespace flashd::host::onnx
