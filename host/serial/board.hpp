// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "host/device/driver.hpp"
#include "host/serial/client.hpp"

namespace flashd::serial {

/// A board whose firmware drives the device: jobs are laid out here, in the board's job memory.
/// A board that restarts in the middle of a job is noticed, and the job is done once more.
class Board final : public device::Executor {
 public:
  /// Says hello and resets the device. Throws host::Error(unavailable).
  Board(const PortName& name, const Patience& patience);
  Board(std::unique_ptr<Port> port, unsigned baud, const Patience& patience);

  const device::Capabilities& capabilities() const override { return capabilities_; }
  device::Finished run(gsl::span<const Job> jobs, const device::RunOptions& options) override;

  const Hello& hello() const { return hello_; }
  Client& client() { return client_; }
  /// Cycles of the device without progress after which a job is given up.
  void set_patience(std::uint64_t cycles) { patience_ = cycles; }
  /// Times that a job was begun again because the board had restarted.
  std::uint64_t restarts() const { return restarts_; }

 private:
  void connect();
  device::Finished run_once(gsl::span<const Job> jobs, const device::RunOptions& options,
                            std::uint64_t bytes);
  Waited wait(std::uint32_t ticket);

  Client client_;
  Seconds standstill_;
  Hello hello_;
  device::Capabilities capabilities_;
  std::uint64_t patience_ = device::Driver::kDefaultPatience;
  std::uint64_t restarts_ = 0;
  bool broken_ = false;  ///< reset before the next run
};

}  // namespace flashd::serial
