// SPDX-License-Identifier: Apache-2.0
#include "host/commands/context.hpp"

#include <fstream>

#include "host/io/parse.hpp"

namespace flashd::host {

double EngineOptions::stall_probability() const {
  const double value = parse_real(stall, "--stall");
  if (!(value >= 0 && value < 1))
    throw bad_input("--stall",
                    "is " + stall + "; expected a probability of at least 0 and below 1");
  return value;
}

std::uint64_t EngineOptions::seed_value() const { return parse_count(seed, "--seed"); }

void add_engine_options(CLI::App& command, EngineOptions& options) {
  command.add_option("--config", options.config, "Engine configuration; flashd info lists them");
  command.add_option("--numerics", options.numerics, "Numerics profile: fine or lean");
  command.add_option("--input-format", options.input_format, "Format of Q, K, V: bf16 or fp16");
  command.add_option("--stall", options.stall,
                     "engine, rtl: probability that a stream pauses in a cycle");
  command.add_option("--seed", options.seed, "Seed of the pauses and of random jobs");
}

void add_wave_option(CLI::App& command, EngineOptions& options) {
  command.add_option("--wave", options.wave, "engine, rtl: write an FST file of the whole run");
}

void check_wave(const EngineOptions& options, bool is_rtl, std::uint64_t jobs) {
  if (options.wave.empty()) return;
  if (!is_rtl) throw bad_input("--wave", "needs verilated hardware; add --backend rtl");
  if (jobs != 1)
    throw bad_input("--wave", "takes one job, this command has " + std::to_string(jobs));
  expect_writable(options.wave, "--wave");
}

void expect_writable(const std::filesystem::path& file, const char* option) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::absolute(file).parent_path();
  std::error_code error;
  fs::create_directories(folder, error);
  if (!fs::is_directory(folder, error))
    throw bad_input(option, "its folder " + folder.string() + " cannot be created");
  const bool was_there = fs::exists(file, error);
  const bool good = std::ofstream(file, std::ios::app).is_open();
  if (good && !was_there) fs::remove(file, error);
  if (!good) throw bad_input(option, file.string() + " cannot be written");
}

std::filesystem::path find_checkout() {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  for (fs::path start : {program.parent_path(), fs::current_path(error)}) {
    for (; !start.empty(); start = start.parent_path()) {
      if (fs::is_directory(start / "tests" / "data" / "traces", error)) return start;
      if (start == start.root_path()) break;
    }
  }
  return {};
}

}  // namespace flashd::host
