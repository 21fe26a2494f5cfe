// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "host/device/bus.hpp"
#include "host/io/error.hpp"

namespace flashd::device {

/// Device memory handed out from the bottom; all of it at once goes back.
class Arena {
 public:
  explicit Arena(const MemoryRange& range) : range_(range), next_(range.base) {}

  /// `bytes` bytes at a multiple of `alignment`, a power of two of 64 or more. Throws Error(usage).
  std::uint64_t take(std::uint64_t bytes, std::uint64_t alignment = 64) {
    const std::uint64_t address = (next_ + alignment - 1) & ~(alignment - 1);
    const std::uint64_t end = range_.base + range_.bytes;
    if (address > end || bytes > end - address)
      throw host::bad_input("device memory", std::to_string(range_.bytes) +
                                                 " bytes do not hold the arrays of this job");
    next_ = address + bytes;
    return address;
  }

  std::uint64_t mark() const { return next_; }
  /// Gives back everything taken after the mark.
  void release(std::uint64_t mark) { next_ = mark; }

 private:
  MemoryRange range_;
  std::uint64_t next_;
};

}  // namespace flashd::device
