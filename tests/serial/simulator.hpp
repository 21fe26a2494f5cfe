// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

namespace flashd::testing {

/// flashd_soc_sim in a process of its own, as long as the object.
class SocSimulator {
 public:
  /// Throws std::runtime_error if it does not tell its terminal.
  SocSimulator(const std::string& program, const std::string& firmware,
               const std::vector<std::string>& options);
  ~SocSimulator();
  SocSimulator(const SocSimulator&) = delete;
  SocSimulator& operator=(const SocSimulator&) = delete;

  const std::string& name() const { return name_; }

 private:
  pid_t child_ = 0;
  std::string name_;
};

}  // namespace flashd::testing
