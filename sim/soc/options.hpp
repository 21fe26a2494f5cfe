// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "sim/soc/wire.hpp"

namespace flashd::soc {

struct Options {
  std::string firmware;  ///< hex file
  Faults faults;
  std::string link;        ///< symbolic link to the terminal; empty: none
  std::string log;         ///< file of transactions; empty: none
  std::string leds;        ///< file of the LEDs' changes; empty: none
  double max_seconds = 0;  ///< wall clock; 0: no bound
};

/// The options of a command line, or the exit code with which the program ends at once (what there
/// was to say is said).
std::optional<Options> parse(int argc, char** argv, int* exit_code);

}  // namespace flashd::soc
