// SPDX-License-Identifier: Apache-2.0
#include "sim/soc/options.hpp"

#include <CLI/CLI.hpp>

#include "host/io/error.hpp"

namespace flashd::soc {

std::optional<Options> parse(int argc, char** argv, int* exit_code) {
  Options options;
  CLI::App app{
      "flashd_soc_sim: the verilated SoC of docs/soc.md behind a pseudo-terminal, whose name is "
      "its "
      "first line of output. It runs until SIGTERM, SIGINT, the end of its parent or "
      "--max-seconds.",
      "flashd_soc_sim"};
  app.add_option("--firmware", options.firmware, "hex file of the firmware")->required();
  const auto probability = CLI::Range(0.0, 1.0);
  app.add_option("--drop", options.faults.drop, "probability that a byte on the wire is lost")
      ->check(probability);
  app.add_option("--flip", options.faults.flip, "probability that one bit of a byte is flipped")
      ->check(probability);
  app.add_option("--delay", options.faults.delay,
                 "probability that a byte comes up to 8,192 cycles late")
      ->check(probability);
  app.add_option("--seed", options.faults.seed, "seed of these");
  app.add_option("--link", options.link, "symbolic link to the terminal");
  app.add_option("--log", options.log, "file of the transactions on the device's buses");
  app.add_option("--leds", options.leds,
                 "file that gets a line \"CYCLE LEDS\" when the LEDs change, at most one in 1,024 "
                 "cycles");
  app.add_option("--max-seconds", options.max_seconds, "ends after so many seconds; 0: never")
      ->check(CLI::NonNegativeNumber);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    *exit_code = app.exit(success);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    throw host::Error(host::Exit::usage, std::string(error.what()) + "; see flashd_soc_sim --help");
  }
  return options;
}

}  // namespace flashd::soc
