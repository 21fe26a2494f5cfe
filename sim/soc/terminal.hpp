// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace flashd::soc {

/// A pseudo-terminal in raw mode; the simulation holds its master side. A symbolic link to it, if
/// asked for, goes with it.
class Terminal {
 public:
  /// `link`: path of the symbolic link, which may replace another one; empty: none. Throws
  /// host::Error.
  explicit Terminal(const std::string& link);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// What others open.
  const std::string& name() const { return name_; }

  /// Takes up to `room` bytes that wait; returns their number, never blocks.
  std::size_t read(std::uint8_t* to, std::size_t room);

  /// Gives bytes to whoever reads; those for which there is no room are lost, as on a line that
  /// nobody listens to. Never blocks.
  void write(const std::uint8_t* from, std::size_t count);

 private:
  int master_ = -1;
  int slave_ = -1;  // kept open, so that the last reader's leaving ends nothing
  std::string name_;
  std::string link_;
};

}  // namespace flashd::soc
