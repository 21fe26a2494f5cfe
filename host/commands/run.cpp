// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>

#include "host/api/backend.hpp"
#include "host/api/flashd.hpp"
#include "host/commands/case_options.hpp"
#include "host/commands/context.hpp"
#include "host/commands/report_json.hpp"
#include "host/commands/run_checks.hpp"
#include "host/commands/stats.hpp"
#include "host/io/output.hpp"
#include "host/io/parse.hpp"
#include "host/io/row_state.hpp"

namespace flashd::host {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

struct RunArguments {
  std::string input, output;
  std::string backend = "golden";
  std::string output_format = "fp32";
  std::string state_in, state_out, trace;
  std::optional<std::string> v_exponent;
  std::optional<std::string> keys_per_job, energy;
  bool no_lse = false, check = false, json = false;
  EngineOptions engine;
  CaseArguments options;
};

/// The same command for a failure report.
std::string repeat_command(const RunArguments& a) {
  std::string text = "./flashd run --input " + shell_word(a.input) + " --output " +
                     shell_word(a.output) + " --backend " + a.backend + " --config " +
                     a.engine.config + " --numerics " + a.engine.numerics + " --input-format " +
                     a.engine.input_format + " --stall " + a.engine.stall + " --seed " +
                     a.engine.seed;
  if (a.v_exponent) text += " --v-exponent " + *a.v_exponent;
  text += a.options.text();
  if (!a.state_in.empty()) text += " --state-in " + shell_word(a.state_in);
  return text;
}

Accelerator open_device(const RunArguments& a) {
  Accelerator device(a.options.with_kernel(a.backend), a.engine.config, a.engine.numerics);
  device.set("stall", a.engine.stall);
  if (a.options.memory) device.set("memory", *a.options.memory);
  if (a.options.skip_v_fetch) device.set("skip_v", "1");
  device.set("seed", a.engine.seed);
  device.set("wave", a.engine.wave);
  device.set("trace", a.trace);
  device.set("repeat", repeat_command(a));
  device.set("failure_wave", kFailureWave);
  return device;
}

/// Checks --trace before anything runs.
void check_trace(const RunArguments& a) {
  if (a.trace.empty()) return;
  if (a.backend != "model" && a.backend != "rtl")
    throw bad_input("--trace", "needs the whole device; add --backend model or rtl");
  expect_writable(a.trace, "--trace");
}

/// The table of --energy, or the built-in one; none on a back end without the device's counters.
std::optional<energy::Table> energy_table(const RunArguments& a) {
  if (has_device(a.backend))
    return a.energy ? energy::load_table(*a.energy) : energy::built_in_table();
  if (a.energy)
    throw bad_input(
        "--energy",
        "is not available on the back end " + a.backend +
            ", which has no counters of a device; expected --backend model, rtl or uart:DEVICE");
  return std::nullopt;
}

/// `floating`: sums can overflow where golden's cannot. `clamped`: clamped_values().
void warn(const flashd_counters& counters, std::uint64_t clamped, bool floating) {
  if (clamped > 0)
    std::cerr << "flashd: warning: " << clamped
              << " values of V are beyond the value exponent of the states or of --v-exponent and "
                 "were clamped\n";
  if (counters.saturations > 0)
    std::cerr << "flashd: warning: " << counters.saturations
              << " scores left the range of the datapath and were clamped\n";
  if (counters.rows_nan > 0)
    std::cerr << "flashd: warning: " << counters.rows_nan
              << " output rows are NaN because of NaN or Inf in the inputs"
              << (floating ? ", or of values that overflow\n" : "\n");
}

/// A shape from its first dimension that is not 1: a batch of one may be left out.
std::vector<std::int64_t> without_ones(const std::vector<std::int64_t>& shape) {
  return {std::find_if(shape.begin(), shape.end(), [](std::int64_t n) { return n != 1; }),
          shape.end()};
}

/// Errors against float64 and, if the case brings one, against o_ref.npy.
ordered_json check_errors(const Case& c, const AttentionResult& result, const fs::path& input) {
  const double max_v = max_abs_v(c);
  const WideOutput wide = wide_reference(c);
  ordered_json out;
  out["float64"] = to_json(distance(result.o, wide.o), max_v);
  if (!result.lse.empty()) out["float64"]["lse_worst"] = distance(result.lse, wide.lse).worst;
  const fs::path o_ref = input / "o_ref.npy";
  if (fs::exists(fs::symlink_status(o_ref))) {
    const NpyArray array = read_npy(o_ref);
    std::vector<std::int64_t> shape = c.row_shape();
    shape.push_back(c.dv);
    if (!is_float(array.dtype) || without_ones(array.shape) != without_ones(shape))
      throw bad_input(array.name, "has shape " + shape_text(array.shape) + " of " +
                                      dtype_name(array.dtype) + "; expected floats of shape " +
                                      shape_text(shape) + ", as o.npy");
    std::vector<double> values(array.elements());
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = array.real(i);
    out["o_ref"] = to_json(distance(result.o, values), max_v);
  }
  return out;
}

ordered_json transferred(const Case& c, const AttentionResult& r) {
  const std::size_t read = 2 * (c.q.size() + c.k.size() + c.v.size() + c.bias16.size()) +
                           4 * (c.bias.size() + c.alibi.size() + c.page_table.size());
  return {{"inputs", read}, {"outputs", 4 * (r.o.size() + r.lse.size())}};
}

/// The counters of a back end that is a whole device; none on the others, where all are 0.
std::optional<device::Counters> whole_device(const Accelerator& device) {
  const auto named = device.device_counters();
  device::Counters counters{};
  if (named.size() != counters.size()) return std::nullopt;
  for (std::size_t i = 0; i < counters.size(); ++i) counters[i] = named[i].second;
  if (device::value(counters, device::Counter::cycles) == 0) return std::nullopt;
  return counters;
}

report::Report make_report(const RunArguments& a, const Case& c, const AttentionCall& call,
                           const device::Counters& counters) {
  report::Shape shape;
  for (std::int64_t entry = 0; entry < c.batch; ++entry) {
    Job job = c.job(entry);
    job.output = call.output;
    report::add(shape, job);
  }
  const EngineConfig& config = a.engine.engine();
  return report::make_report(counters, config, shape,
                             report::port_peak(config, a.options.memory.value_or("ideal")));
}

/// What changes from key to key; none if the table does not ask for them.
std::optional<energy::Toggles> toggles(const energy::Table& table, const Case& c,
                                       const EngineConfig& config) {
  if (!table.toggles) return std::nullopt;
  energy::Toggles sum;
  for (std::int64_t entry = 0; entry < c.batch; ++entry) {
    const energy::Toggles more = energy::count_toggles(c.job(entry), config);
    sum.sign_bits += more.sign_bits;
    sum.significand += more.significand;
  }
  return sum;
}

/// What passed over the line to a board, in words.
std::string line_text(const ordered_json& line) {
  const auto text = [&](const char* name) { return line.at(name).dump(); };
  return "serial line: " + text("bytes_sent") + " bytes sent, " + text("bytes_received") +
         " received, " + text("commands") + " commands, " + text("resends") + " sent again (" +
         text("time_outs") + " time-outs, " + text("spoilt_answers") +
         " spoilt answers); firmware: " + text("firmware_bad_crc") + " bad CRCs, " +
         text("firmware_bad_form") + " bad forms, " + text("firmware_overruns") + " overruns\n";
}

void print_summary(const ordered_json& stats, const std::string& report, const fs::path& output) {
  const auto& counts = stats["counters"];
  const auto& engine = stats["engine"];
  const auto text = [](const ordered_json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
  };
  std::cout << text(engine["backend"]);
  if (!engine["numerics"].is_null())
    std::cout << " " << text(engine["config"]) << " " << text(engine["numerics"]) << ", spec "
              << text(engine["spec_hash"]);
  std::cout << ": " << text(counts["scores"]) << " scores";
  if (!counts["keys_skipped"].is_null())
    std::cout << ", " << text(counts["keys_skipped"]) << " skipped, " << text(counts["saturations"])
              << " saturated";
  if (!counts["cycles"].is_null()) {
    char share[32];
    std::snprintf(share, sizeof share, "%.1f", 100 * counts["utilisation"].get<double>());
    std::cout << ", " << text(counts["cycles"]) << " cycles, utilisation " << share << " %";
  }
  std::cout << "\n" << report;
  if (stats.contains("check"))
    std::cout << "relative L2 error against float64: "
              << text(stats["check"]["float64"]["relative_l2"]) << "\n";
  std::cout << "outputs: " << output.string() << "\n";
}

void add_outputs(const RunArguments& a, const Case& c, const AttentionResult& result,
                 const StateShape& state_shape, const ordered_json& stats, OutputFiles& files) {
  const fs::path output = a.output;
  std::vector<std::int64_t> shape = c.row_shape();
  if (a.no_lse)
    files.remove(output / "lse.npy");
  else
    files.add(output / "lse.npy", encode_npy(shape, result.lse));
  shape.push_back(c.dv);
  files.add(output / "o.npy", encode_npy(shape, result.o));
  files.add_text(output / "stats.json", stats.dump(2) + "\n");
  if (!a.state_out.empty())
    files.add(fs::path(a.state_out) / "state.bin", encode_states(state_shape, result.states));
}

Exit run(const RunArguments& a) {
  const EngineConfig& config = a.engine.engine();
  const OutputFormat output_format = parse_output_format(a.output_format);
  a.engine.stall_probability();
  a.engine.seed_value();
  const bool floating = in_floating_point(a.options.with_kernel(a.backend));
  if (floating && a.v_exponent)
    throw bad_input("--v-exponent", "is of golden's arithmetic; expected --kernel exact with it");
  if (a.check && !a.state_in.empty())
    throw bad_input("--check", "cannot be used with --state-in: the state's keys are not known");
  OutputFiles files;
  files.expect_folder(a.output);
  if (!a.state_out.empty()) files.expect_folder(a.state_out);
  const Case c = load_case(a.input, a.engine.input(), a.options.parse(), config);

  check_device_options(a.backend, a.engine, a.options);
  const std::optional<energy::Table> table = energy_table(a);

  AttentionCall call = make_call(c, output_format);
  if (a.v_exponent) {
    const std::int64_t exponent = parse_integer(*a.v_exponent, "--v-exponent");
    if (exponent < -126 || exponent > 127)
      throw bad_input("--v-exponent",
                      "is " + *a.v_exponent + "; expected a value exponent of the input format");
    call.v_exponent = static_cast<int>(exponent);
  }
  if (a.keys_per_job) {
    const std::int64_t keys = parse_integer(*a.keys_per_job, "--keys-per-job");
    if (keys < 0 || keys > c.keys + config.tile)
      throw bad_input("--keys-per-job", "is " + *a.keys_per_job + "; expected 0 to " +
                                            std::to_string(c.keys + config.tile));
    call.keys_per_job = keys;
  }
  call.lse = !a.no_lse;
  call.states_out = !a.state_out.empty();
  const StateShape state_shape{c.batch, c.heads_q,   c.queries,
                               c.dv,    config.tile, a.engine.profile()};
  std::vector<std::byte> states;
  if (!a.state_in.empty()) states = read_states(fs::path(a.state_in) / "state.bin", state_shape);
  call.states_in = states;
  check_wave(a.engine, a.backend == "rtl" || a.backend == "engine",
             static_cast<std::uint64_t>(c.batch));
  check_trace(a);

  std::optional<Accelerator> device(open_device(a));
  const auto start = std::chrono::steady_clock::now();
  const AttentionResult result = attention(*device, call);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;

  ordered_json stats;
  stats["engine"] = to_json(device->capabilities());
  stats["job"] = describe(c);
  stats["job"]["output_format"] = a.output_format;
  stats["counters"] = to_json(result.counters, device->capabilities());
  const std::uint64_t clamped = clamped_values(c, call);
  stats["counters"]["values_clamped"] = clamped;
  stats["bytes"] = transferred(c, result);
  std::string report_text;
  if (const auto counters = whole_device(*device)) {
    for (std::size_t i = 0; i < counters->size(); ++i)
      stats["device"][device::kCounterNames[i]] = (*counters)[i];
    const report::Report report = make_report(a, c, call, *counters);
    stats["report"] = to_json(report);
    report_text = report::to_text(report, *counters);
    if (table) {
      const energy::Work work{*counters, c.d, c.dv, toggles(*table, c, config)};
      const energy::Estimate estimate = energy::estimate(*table, work, config);
      stats["energy"] = to_json(*table, estimate, a.engine.numerics);
      report_text += energy::to_text(*table, estimate, a.engine.numerics);
    }
  }
  stats["seconds"] = seconds.count();
  const auto line = device->line_counters();
  for (const auto& [name, value] : line) stats["line"][name] = value;
  if (!line.empty()) report_text += line_text(stats["line"]);
  device.reset();  // which ends the files of --trace and --wave
  expect_whole(a.trace, "\n]}\n", "--trace");
  expect_whole(a.engine.wave, "", "--wave");
  if (a.check) stats["check"] = check_errors(c, result, a.input);
  add_outputs(a, c, result, state_shape, stats, files);
  files.commit();
  warn(result.counters, clamped, floating);
  if (a.json)
    std::cout << stats.dump(2) << "\n";
  else
    print_summary(stats, report_text, a.output);
  return Exit::good;
}

}  // namespace

void add_run(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<RunArguments>();
  CLI::App* command = app.add_subcommand("run", "Compute attention of a case directory");
  command->add_option("--input", arguments->input, "Directory with q.npy, k.npy, v.npy")
      ->required();
  command->add_option("--output", arguments->output, "Directory for o.npy, lse.npy, stats.json")
      ->required();
  command->add_option("--backend", arguments->backend,
                      "golden, engine, model, rtl, uart:DEVICE[@BAUD] or cuda");
  command->add_option("--output-format", arguments->output_format, "fp32, bf16 or fp16");
  command->add_option("--state-in", arguments->state_in, "Directory with state.bin to continue");
  command->add_option("--state-out", arguments->state_out, "Directory for state.bin");
  command->add_option("--v-exponent", arguments->v_exponent,
                      "VE, default from V; a continued job takes the state's");
  command->add_option("--keys-per-job", arguments->keys_per_job,
                      "Continue longer rows from their raw state; changes no bit");
  command->add_flag("--no-lse", arguments->no_lse, "Write no lse.npy");
  command->add_flag("--check", arguments->check, "Add errors against float64 to stats.json");
  command->add_flag("--json", arguments->json, "Print stats.json instead of the summary");
  add_engine_options(*command, arguments->engine);
  add_wave_option(*command, arguments->engine);
  command->add_option("--trace", arguments->trace,
                      "model, rtl: write the pipeline's trace events (JSON, for ui.perfetto.dev)");
  command->add_option("--energy", arguments->energy,
                      "model, rtl, uart: table of energies per action (YAML), default Nangate45");
  add_case_options(*command, arguments->options);
  const CLI::Option* config = command->get_option("--config");
  command->callback([arguments, config, &context] {
    // A board holds the one configuration that docs/soc.md names.
    if (config->count() == 0 && is_board(arguments->backend)) arguments->engine.config = "tiny";
    context.action = [arguments] { return run(*arguments); };
  });
}

}  // namespace flashd::host
