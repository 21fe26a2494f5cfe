// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <mutex>
#include <thread>

#include "tests/serial/soc_model.hpp"
#include "tests/serial/terminal.hpp"
#include "tests/serial/wire.hpp"

namespace flashd::testing {

/// A board at the far end of a pseudo-terminal, on a thread of its own.
class FakeBoard {
 public:
  explicit FakeBoard(const Misbehaviour& misbehaviour = {}, const WireFaults& faults = {},
                     std::uint64_t seed = 1);
  ~FakeBoard();

  const std::string& name() const { return terminal_.name(); }
  /// What the wire did so far, both directions.
  Wire::Counts counts() const;
  std::uint64_t starts() const { return starts_; }

 private:
  void serve();
  void send(const std::uint8_t* bytes, std::size_t count);

  Terminal terminal_;
  Wire to_board_, to_host_;
  SocModel soc_;
  mutable std::mutex mutex_;
  Wire::Counts counts_;
  std::atomic<std::uint64_t> starts_{1};
  std::atomic<bool> closing_{false};
  std::thread thread_;
};

/// What is no board: sends these bytes again and again, after every byte that it gets.
class Babbler {
 public:
  explicit Babbler(std::string text);
  ~Babbler();
  const std::string& name() const { return terminal_.name(); }

 private:
  void serve();

  Terminal terminal_;
  std::string text_;
  std::atomic<bool> closing_{false};
  std::thread thread_;
};

}  // namespace flashd::testing
