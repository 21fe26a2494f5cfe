// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <iostream>
#include <memory>

#include "host/api/flashd.hpp"
#include "host/commands/context.hpp"
#include "host/commands/stats.hpp"
#include "host/io/parse.hpp"
#include "host/onnx/report.hpp"

namespace flashd::host {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

struct OnnxArguments {
  std::string cases;
  std::string select;
  std::string memory;
  std::vector<std::string> backends{"golden"};
  bool list = false, json = false;
  EngineOptions engine;
};

fs::path case_folder(const OnnxArguments& a) {
  if (!a.cases.empty()) return a.cases;
  const fs::path checkout = find_checkout();
  if (checkout.empty())
    throw Error(Exit::unavailable,
                "onnx: no checkout was found above the program or the working directory; name the "
                "folder that python/onnx_cases.py made with --cases DIR");
  return checkout / "build" / "onnx";
}

/// One back end over all cases.
class Runner {
 public:
  Runner(const OnnxArguments& a, const std::string& backend)
      : arguments_(a), backend_(backend), device_(backend, a.engine.config, a.engine.numerics) {
    device_.set("stall", a.engine.stall);
    device_.set("seed", a.engine.seed);
    device_.set("failure_wave", kFailureWave);
    if (!a.memory.empty()) device_.set("memory", a.memory);
  }

  /// Leaves the output in `o`; a refused case or one that could not run leaves it empty.
  onnx::Outcome run(const onnx::CaseEntry& entry, std::vector<float>& o) {
    onnx::Outcome outcome;
    outcome.entry = &entry;
    outcome.refused = onnx::refusal(entry, arguments_.engine.engine());
    if (!outcome.refused.empty()) return outcome;
    try {
      const EngineOptions& engine = arguments_.engine;
      device_.set("repeat", repeat_command(entry));
      const Case c = load_case(entry.folder, engine.input(), {}, engine.engine());
      o = attention(device_, make_call(c, OutputFormat::fp32)).o;
      outcome.verdict = onnx::judge(entry, o, engine.input(), engine.profile());
    } catch (const Error& error) {
      outcome.failure = error.what();
    } catch (const DeviceError& error) {
      outcome.failure = error.what();
    }
    return outcome;
  }

 private:
  /// What a failure report tells to run.
  std::string repeat_command(const onnx::CaseEntry& entry) const {
    const EngineOptions& e = arguments_.engine;
    return "./flashd run --input " + shell_word(entry.folder.string()) + " --output out/onnx" +
           " --backend " + backend_ + " --config " + e.config + " --numerics " + e.numerics +
           " --input-format " + e.input_format + " --stall " + e.stall + " --seed " + e.seed +
           (arguments_.memory.empty() ? "" : " --memory " + shell_word(arguments_.memory));
  }

  const OnnxArguments& arguments_;
  std::string backend_;
  Accelerator device_;
};

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

std::vector<onnx::CaseEntry> selected(const OnnxArguments& a, onnx::CaseList list) {
  std::vector<onnx::CaseEntry> chosen;
  for (onnx::CaseEntry& entry : list.cases)
    if (entry.name.find(a.select) != std::string::npos) chosen.push_back(std::move(entry));
  if (chosen.empty()) throw bad_input("--select", "no case has '" + a.select + "' in its name");
  return chosen;
}

Exit onnx_command(const OnnxArguments& a) {
  if (a.engine.input() == InputFormat::fp16 && a.engine.engine().sig < 11)
    throw bad_input("input format", "fp16 does not fit configuration " + a.engine.config +
                                        " of 8 significand bits; expected bf16");
  a.engine.stall_probability();
  a.engine.seed_value();
  onnx::CaseList list = onnx::read_cases(case_folder(a));
  const std::string version = list.version;
  const std::vector<onnx::CaseEntry> cases = selected(a, std::move(list));

  std::vector<std::vector<float>> first(cases.size());
  ordered_json report;
  int failed = 0;
  for (std::size_t b = 0; b < a.backends.size(); ++b) {
    Runner runner(a, a.backends[b]);
    std::vector<onnx::Outcome> outcomes;
    for (std::size_t i = 0; i < cases.size(); ++i) {
      std::vector<float> o;
      outcomes.push_back(runner.run(cases[i], o));
      if (b == 0)
        first[i] = std::move(o);
      else if (!outcomes.back().failed() && !same_bits(o, first[i]))
        outcomes.back().failure = "its bits differ from those of " + a.backends[0];
    }
    failed += onnx::count(outcomes, 0).failed;
    if (a.json) {
      ordered_json part{{"onnx", version},
                        {"backend", a.backends[b]},
                        {"config", a.engine.config},
                        {"numerics", a.engine.numerics},
                        {"input_format", a.engine.input_format}};
      part.update(onnx::to_json(outcomes));
      report.push_back(std::move(part));
      continue;
    }
    std::cout << "ONNX Attention cases, package onnx " << version << ", on " << a.backends[b] << " "
              << a.engine.config << " " << a.engine.numerics << " " << a.engine.input_format;
    if (b > 0) std::cout << ", bits compared with " << a.backends[0];
    std::cout << "\n";
    if (a.list) onnx::print_cases(std::cout, outcomes);
    onnx::print_table(std::cout, outcomes);
  }
  if (a.json)
    std::cout << report.dump(2) << "\n";
  else
    std::cout << "Y is what the operator's tests expect, Yr float64 attention of the rounded "
                 "inputs; a share is that of the tolerance in docs/onnx.md\n";
  return failed == 0 ? Exit::good : Exit::mismatch;
}

}  // namespace

void add_onnx(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<OnnxArguments>();
  CLI::App* command = app.add_subcommand("onnx", "Run the ONNX Attention operator's own cases");
  command
      ->add_option("--backend", arguments->backends,
                   "golden, engine, model or rtl, or several: golden,rtl; later ones must have the "
                   "bits of the first")
      ->delimiter(',');
  command->add_option("--cases", arguments->cases, "Folder that python/onnx_cases.py made");
  command->add_option("--select", arguments->select, "Only cases with this in their name");
  command->add_option("--memory", arguments->memory, "rtl, model: memory, as flashd run takes it");
  command->add_flag("--list", arguments->list, "Print every case");
  command->add_flag("--json", arguments->json, "Machine-readable");
  add_engine_options(*command, arguments->engine);
  command->callback(
      [arguments, &context] { context.action = [arguments] { return onnx_command(*arguments); }; });
}

}  // namespace flashd::host
