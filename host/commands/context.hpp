// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "host/api/config.hpp"
#include "host/io/error.hpp"

namespace flashd::host {

/// Window around a mismatch or hang, in the working directory: a failed run leaves no output
/// folder.
constexpr const char* kFailureWave = "flashd-failure.fst";

/// What a parsed command line leaves for main() to run.
struct Context {
  std::function<Exit()> action;
};

/// Adds one subcommand each; its callback sets the context's action.
void add_run(CLI::App& app, Context& context);
void add_verify(CLI::App& app, Context& context);
void add_info(CLI::App& app, Context& context);
void add_demo(CLI::App& app, Context& context);
void add_accuracy(CLI::App& app, Context& context);
void add_onnx(CLI::App& app, Context& context);
void add_sweep_point(CLI::App& app, Context& context);

/// Options that choose and drive an engine, common to several commands.
struct EngineOptions {
  std::string config = "base";
  std::string numerics = "fine";
  std::string input_format = "bf16";
  std::string stall = "0";
  std::string seed = "1";
  std::string wave;

  const EngineConfig& engine() const { return find_config(config); }
  Profile profile() const { return parse_profile(numerics); }
  InputFormat input() const { return parse_input_format(input_format); }
  /// The checked probability.
  double stall_probability() const;
  std::uint64_t seed_value() const;
};

/// --config, --numerics, --input-format, --stall, --seed.
void add_engine_options(CLI::App& command, EngineOptions& options);

/// --wave.
void add_wave_option(CLI::App& command, EngineOptions& options);

/// Checks --wave before anything runs: one job, on the verilated engine, into a folder
/// that exists or can be created.
void check_wave(const EngineOptions& options, bool is_rtl, std::uint64_t jobs);

/// Throws Error(usage) naming the option if the file cannot be written; makes its folder.
void expect_writable(const std::filesystem::path& file, const char* option);

/// The tree with README and tests/data: upwards from the executable or the working directory; empty
/// if neither lies in one.
std::filesystem::path find_checkout();

}  // namespace flashd::host
