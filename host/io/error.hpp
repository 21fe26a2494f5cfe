// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

namespace flashd::host {

/// Exit codes of the command; the C API's status values are the same up to `internal`.
enum class Exit {
  good = 0,
  mismatch = 1,     ///< a comparison failed
  usage = 2,        ///< bad input or usage
  unavailable = 3,  ///< tool or back end not there
  fault = 4,        ///< device fault or watchdog
  internal = 5,
  interrupted = 130,
};

/// A failure that the user can act on: one sentence and the exit code that goes with it.
class Error : public std::runtime_error {
 public:
  Error(Exit exit, const std::string& sentence) : std::runtime_error(sentence), exit_(exit) {}
  Exit exit() const noexcept { return exit_; }

 private:
  Exit exit_;
};

/// Bad input: `where` is the file, array or option, `sentence` what was found and expected.
inline Error bad_input(const std::string& where, const std::string& sentence) {
  return Error(Exit::usage, where + ": " + sentence);
}

}  // namespace flashd::host
