// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace flashd::testing {

/// A pseudo-terminal: the far end of a serial line. Raw, and open as long as the object.
class Terminal {
 public:
  Terminal();
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// What the host opens.
  const std::string& name() const { return name_; }
  /// Descriptor of the far end; reads and writes block.
  int far() const { return far_; }

 private:
  int far_ = -1;
  int near_ = -1;  ///< kept open: else the far end fails while no host has the line
  std::string name_;
};

}  // namespace flashd::testing
