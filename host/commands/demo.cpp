// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>
#include <memory>

#include <unistd.h>

#include "host/commands/context.hpp"
#include "host/commands/demo_report.hpp"
#include "host/commands/picture.hpp"
#include "host/commands/stats.hpp"
#include "host/io/output.hpp"
#include "host/io/parse.hpp"

namespace flashd::host {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

struct DemoArguments {
  std::string input, output;
  bool json = false, no_picture = false;
  EngineOptions engine;
};

/// Folders with a q.npy, by name.
std::vector<fs::path> find_cases(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> cases;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (fs::exists(entry.path() / "q.npy")) cases.push_back(entry.path());
  std::sort(cases.begin(), cases.end());
  if (cases.empty())
    throw bad_input(folder.string(), "holds no case; expected folders with q.npy, k.npy, v.npy");
  return cases;
}

fs::path input_folder(const DemoArguments& a) {
  if (!a.input.empty()) return a.input;
  const fs::path checkout = find_checkout();
  if (checkout.empty())
    throw Error(Exit::unavailable,
                "demo: tests/data/traces was not found above the program or the working "
                "directory; name a folder of cases with --input DIR");
  return checkout / "tests" / "data" / "traces";
}

fs::path output_folder(const DemoArguments& a) {
  if (!a.output.empty()) return a.output;
  const fs::path checkout = find_checkout();
  return (checkout.empty() ? fs::current_path() : checkout) / "out" / "demo";
}

struct Outcome {
  TraceReport report;
  std::vector<float> o, lse;
};

Outcome run_trace(const DemoArguments& a, const fs::path& folder, const Case& c) {
  const EngineConfig& config = a.engine.engine();
  Lockstep lockstep(config, a.engine.profile());
  sim::Options options;
  options.stall = a.engine.stall_probability();
  options.seed = a.engine.seed_value();
  options.failure_wave = kFailureWave;
  options.repeat = "./flashd verify --input " + shell_word(folder.string()) + " --config " +
                   a.engine.config + " --numerics " + a.engine.numerics + " --input-format " +
                   a.engine.input_format + " --stall " + a.engine.stall + " --seed " +
                   a.engine.seed;
  Outcome out;
  for (std::int64_t entry = 0; entry < c.batch; ++entry) {
    const Result result = lockstep.run(c.job(entry), options);
    out.o.insert(out.o.end(), result.o.begin(), result.o.end());
    out.lse.insert(out.lse.end(), result.lse.begin(), result.lse.end());
  }
  out.report = {folder.filename().string(), lockstep.totals(), 0, compare_paths(c, out.o)};
  const double offered =
      2.0 * config.lanes * config.width * static_cast<double>(lockstep.totals().cycles);
  if (offered > 0) out.report.utilisation = static_cast<double>(lockstep.totals().macs) / offered;
  return out;
}

void add_outputs(const fs::path& folder, const Case& c, const Outcome& outcome,
                 const ordered_json& stats, OutputFiles& files) {
  std::vector<std::int64_t> shape = c.row_shape();
  files.add(folder / "lse.npy", encode_npy(shape, outcome.lse));
  std::vector<std::int64_t> error_shape = shape;
  error_shape.insert(error_shape.begin(), static_cast<std::int64_t>(outcome.report.errors.size()));
  std::vector<float> errors;
  for (const PathError& path : outcome.report.errors)
    errors.insert(errors.end(), path.rows.begin(), path.rows.end());
  files.add(folder / "row_errors.npy", encode_npy(error_shape, errors));
  shape.push_back(c.dv);
  files.add(folder / "o.npy", encode_npy(shape, outcome.o));
  files.add_text(folder / "stats.json", stats.dump(2) + "\n");
}

/// Where a path lies as seen from the working directory, if that is shorter.
std::string short_path(const fs::path& path) {
  std::error_code error;
  const std::string relative = fs::proximate(path, error).string();
  return error || relative.size() > path.string().size() ? path.string() : relative;
}

void print(const DemoArguments& a, const std::vector<TraceReport>& reports, const fs::path& output,
           const std::string& picture_note) {
  std::cout << "golden and rtl in lockstep, tolerance 0: " << a.engine.config << " "
            << a.engine.numerics << " " << a.engine.input_format << ", spec "
            << hash_text(spec::kHash) << "\n\n"
            << table(reports) << "\n"
            << "outputs: " << short_path(output)
            << "/<trace>/{o.npy, lse.npy, row_errors.npy, stats.json"
            << (picture_note.empty() ? ", attention.png}\n" : "}\n");
  if (!picture_note.empty()) std::cout << "no picture: " << picture_note << "\n";
  std::cout << "wave:    ./flashd run --input tests/data/traces/" << reports.front().name
            << " --output out/wave --backend rtl --wave out/demo.fst\n"
            << "         gtkwave out/demo.fst\n";
}

Exit demo(const DemoArguments& a) {
  const fs::path output = output_folder(a);
  OutputFiles files;
  files.expect_folder(output);
  const bool terminal = isatty(STDERR_FILENO) != 0;
  const std::vector<fs::path> cases = find_cases(input_folder(a));
  std::vector<TraceReport> reports;
  ordered_json all;
  for (const fs::path& folder : cases) {
    if (terminal) std::cerr << "\r\033[Ksimulating " << folder.filename().string() << " ...";
    const Case c = load_case(folder, a.engine.input(), {}, a.engine.engine());
    const Outcome outcome = run_trace(a, folder, c);
    ordered_json stats{{"trace", outcome.report.name},
                       {"config", a.engine.config},
                       {"numerics", a.engine.numerics},
                       {"spec_hash", hash_text(spec::kHash)},
                       {"job", describe(c)}};
    stats.update(to_json(outcome.report));
    add_outputs(output / outcome.report.name, c, outcome, stats, files);
    all.push_back(stats);
    reports.push_back(outcome.report);
  }
  if (terminal) std::cerr << "\r\033[K";
  files.commit();
  std::vector<Drawing> drawings;
  for (std::size_t i = 0; i < cases.size(); ++i)
    drawings.push_back({cases[i], output / reports[i].name});
  const std::string note = a.no_picture ? "--no-picture was given" : draw_pictures(drawings);
  if (a.json)
    std::cout << all.dump(2) << "\n";
  else
    print(a, reports, output, note);
  return Exit::good;
}

}  // namespace

void add_demo(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<DemoArguments>();
  CLI::App* command =
      app.add_subcommand("demo", "Attention of real models, golden and RTL in lockstep");
  command->add_option("--input", arguments->input, "Folder of case folders, default the traces");
  command->add_option("--output", arguments->output, "Folder for results, default out/demo");
  command->add_flag("--no-picture", arguments->no_picture, "Draw nothing");
  command->add_flag("--json", arguments->json, "Machine-readable");
  add_engine_options(*command, arguments->engine);
  command->callback(
      [arguments, &context] { context.action = [arguments] { return demo(*arguments); }; });
}

}  // namespace flashd::host
