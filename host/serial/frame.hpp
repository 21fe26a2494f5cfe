// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "host/serial/cobs.hpp"

namespace flashd::serial {

/// What passes over the line (docs/soc.md, "Frames").
struct Frame {
  std::uint8_t kind = 0;
  std::uint8_t sequence = 0;
  Bytes body;
};

/// Stuffed, with its CRC and the zero that ends it.
Bytes encode(const Frame& frame);

/// Bytes on the line of a frame with a body of so many bytes, at most.
std::size_t line_bytes(std::size_t body);

/// Finds frames in a stream of bytes.
class Receiver {
 public:
  enum class Event {
    none,   ///< no frame has ended
    good,   ///< frame() is new
    spoilt  ///< a frame ended that was too short or long, not COBS, or had another CRC
  };

  /// Zeros without anything between them are no frame.
  Event take(std::uint8_t byte);
  const Frame& frame() const { return frame_; }

 private:
  Bytes code_;
  Frame frame_;
  bool too_long_ = false;
};

// Fields, little endian.
void put(Bytes& to, std::uint64_t value, int bytes);
/// Needs `bytes` bytes from `at` on.
std::uint64_t get(ByteSpan from, std::size_t at, int bytes);

}  // namespace flashd::serial
