// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "host/commands/context.hpp"
#include "host/io/case.hpp"

namespace flashd::host {

/// Options of a case and of its back end as written on the command line.
struct CaseArguments {
  std::optional<std::string> scale, diagonal, window, softcap, page_size, kernel, memory;
  std::optional<bool> causal;
  bool skip_v_fetch = false;

  /// Parsed and checked; throws Error(usage).
  CaseOptions parse() const;
  /// The back end with the kernel that --kernel names; throws Error(usage) if it takes none.
  std::string with_kernel(const std::string& backend) const;
  /// The first option given that is of the job, or nothing.
  std::string first_of_job() const;
  /// The options as they are written on a command line, each with a blank in front.
  std::string text() const;
};

void add_case_options(CLI::App& command, CaseArguments& arguments);

}  // namespace flashd::host
