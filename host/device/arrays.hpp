// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <gsl/span>

#include "host/device/arena.hpp"
#include "host/device/bus.hpp"
#include "model/device/spec.hpp"
#include "model/golden/job.hpp"

namespace flashd::device {

/// Lines of 64 bytes that hold so many bytes; throws host::Error(usage) beyond 32 bits.
std::uint32_t lines(std::uint64_t bytes);

/// An array in device memory, the rightmost extent innermost; its rows are 16-bit elements (or any
/// bytes), each padded to lines.
class Array {
 public:
  /// `row_bytes` without padding; `gap` lines stay free after every row, head and sequence.
  Array(Arena& arena, std::vector<std::uint64_t> extents, std::uint64_t row_bytes,
        std::uint32_t gap);

  std::uint64_t address() const { return address_; }
  std::uint64_t bytes() const { return bytes_; }
  /// In lines; axis 0 is the outermost.
  std::uint32_t stride(std::size_t axis) const { return lines(strides_[axis]); }

  /// Writes dense rows, of index `outer` of the outermost axis or of all; nothing if there is no
  /// data.
  void write(Memory& memory, const void* dense, std::uint64_t outer) const;
  void write(Memory& memory, const void* dense) const;

 private:
  std::uint64_t count(std::size_t from) const;

  std::vector<std::uint64_t> extents_;
  std::vector<std::uint64_t> strides_;  ///< bytes
  std::uint64_t row_bytes_;
  std::uint64_t address_ = 0;
  std::uint64_t bytes_ = 0;
};

/// Writes a record of 32-bit words.
template <std::size_t N>
void write_words(Memory& memory, std::uint64_t address, const std::array<std::uint32_t, N>& words) {
  memory.write_memory(address, gsl::as_bytes(gsl::span<const std::uint32_t>(words)));
}

/// The page tables of all sequences, each as long as the longest.
void place_page_tables(Memory& memory, Arena& arena, gsl::span<const Job> jobs, Descriptor* d);
/// Biases, one row of keys per query, head and sequence that the bias does not broadcast.
void place_bias(Memory& memory, Arena& arena, gsl::span<const Job> jobs, std::uint32_t gap,
                Descriptor* d);
void place_slopes(Memory& memory, Arena& arena, const Job& job, Descriptor* d);

/// What guarded memory holds before a job.
constexpr std::byte kGuard{0xA5};
void fill_guard(Memory& memory, std::uint64_t address, std::uint64_t bytes);

}  // namespace flashd::device
