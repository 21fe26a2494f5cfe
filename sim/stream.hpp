// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "sim/ports.hpp"
#include "sim/random.hpp"

namespace flashd::sim {

/// What a report says about a stream.
struct StreamStatus {
  std::string name;
  bool input = true;
  std::uint64_t beats = 0;  ///< that passed
  std::uint64_t total = 0;  ///< of the run
  std::uint64_t last = 0;   ///< cycle of the last beat
  Handshake levels;         ///< in the last cycle
};

/// Beats that go into the engine, in order.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::uint64_t total() const = 0;
  /// Beats of the total that were found to be needless.
  virtual std::uint64_t dropped() const { return 0; }
  /// The next beat is known.
  virtual bool ready() { return true; }
  /// Puts the payload of the next beat on the ports.
  virtual void drive(Ports* ports) = 0;
  /// The beat was taken.
  virtual void advance() = 0;
};

/// Offers a source's beats, pausing at random; an offered beat stays until it is taken.
class InputStream {
 public:
  InputStream(std::string name, Source* source, Handshake Ports::*pins, double stall,
              std::uint64_t seed);

  void prepare(Ports* ports);
  /// True if a beat passed in this cycle.
  bool finish(Ports* ports, std::uint64_t cycle);
  bool done() const { return status_.beats == status_.total; }
  const StreamStatus& status() const { return status_; }

 private:
  Source* source_;
  std::uint64_t all_;
  Handshake Ports::*pins_;
  double stall_;
  Random random_;
  StreamStatus status_;
};

/// Takes beats from the engine, pausing at random. `total` beats are due.
class OutputStream {
 public:
  OutputStream(std::string name, std::uint64_t total, Handshake Ports::*pins, double stall,
               std::uint64_t seed);

  void prepare(Ports* ports);
  bool finish(const Ports& ports, std::uint64_t cycle);
  bool done() const { return status_.beats == status_.total; }
  const StreamStatus& status() const { return status_; }

 private:
  Handshake Ports::*pins_;
  double stall_;
  Random random_;
  StreamStatus status_;
};

}  // namespace flashd::sim
