// SPDX-License-Identifier: Apache-2.0
#include "host/commands/context.hpp"

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
  command.add_option("--stall", options.stall, "rtl: probability that a stream pauses in a cycle");
  command.add_option("--seed", options.seed, "Seed of the pauses and of random jobs");
  command.add_option("--wave", options.wave, "rtl: write an FST file of the whole run");
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
