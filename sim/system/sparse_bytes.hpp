// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <unordered_map>

#include <gsl/span>

namespace flashd::system {

/// Bytes of a large address space, of which few were written; the others read as 0.
class SparseBytes {
 public:
  static constexpr std::size_t kChunk = std::size_t{1} << 16;

  void write(std::uint64_t address, gsl::span<const std::byte> from) {
    for (std::size_t done = 0; done < from.size();) {
      const std::size_t n = piece(address + done, from.size() - done);
      std::memcpy(at(address + done), from.data() + done, n);
      done += n;
    }
  }

  void read(std::uint64_t address, gsl::span<std::byte> to) const {
    for (std::size_t done = 0; done < to.size();) {
      const std::size_t n = piece(address + done, to.size() - done);
      const std::byte* from = find(address + done);
      if (from)
        std::memcpy(to.data() + done, from, n);
      else
        std::memset(to.data() + done, 0, n);
      done += n;
    }
  }

  /// Where a byte lies, up to the end of its chunk; makes the chunk.
  std::byte* at(std::uint64_t address) {
    std::unique_ptr<std::byte[]>& chunk = chunks_[address / kChunk];
    if (!chunk) chunk = std::make_unique<std::byte[]>(kChunk);
    return &chunk[address % kChunk];
  }

  /// The same; null if nothing was written to the chunk.
  const std::byte* find(std::uint64_t address) const {
    const auto chunk = chunks_.find(address / kChunk);
    return chunk == chunks_.end() ? nullptr : &chunk->second[address % kChunk];
  }

 private:
  static std::size_t piece(std::uint64_t address, std::size_t bytes) {
    return std::min(bytes, kChunk - static_cast<std::size_t>(address % kChunk));
  }

  std::unordered_map<std::uint64_t, std::unique_ptr<std::byte[]>> chunks_;
};

}  // namespace flashd::system
