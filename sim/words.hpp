// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace flashd::sim {

/// Value of a packed port: 32-bit words, lowest first, as Verilator stores wide ports.
class Words {
 public:
  Words() = default;
  explicit Words(int bits) : words_((bits + 31) / 32), bits_(bits) {}

  int bits() const { return bits_; }
  std::uint32_t* data() { return words_.data(); }
  const std::uint32_t* data() const { return words_.data(); }

  void clear() {
    for (std::uint32_t& w : words_) w = 0;
  }

  /// Writes the low `width` (1..64) bits of `value` at bit `at`.
  void set(int at, int width, std::uint64_t value) {
    while (width > 0) {
      const int offset = at % 32;
      const int n = width < 32 - offset ? width : 32 - offset;
      const std::uint32_t mask = (n == 32 ? ~0u : (1u << n) - 1u) << offset;
      std::uint32_t& w = words_[at / 32];
      w = (w & ~mask) | ((static_cast<std::uint32_t>(value) << offset) & mask);
      value >>= n;
      at += n;
      width -= n;
    }
  }

  /// Reads `width` (1..64) bits at bit `at`, unsigned.
  std::uint64_t get(int at, int width) const {
    std::uint64_t value = 0;
    for (int done = 0; done < width;) {
      const int offset = (at + done) % 32;
      const int n = width - done < 32 - offset ? width - done : 32 - offset;
      const std::uint32_t mask = n == 32 ? ~0u : (1u << n) - 1u;
      value |= static_cast<std::uint64_t>((words_[(at + done) / 32] >> offset) & mask) << done;
      done += n;
    }
    return value;
  }

  /// The same, two's complement.
  std::int64_t get_signed(int at, int width) const {
    const std::uint64_t sign = std::uint64_t{1} << (width - 1);
    return static_cast<std::int64_t>((get(at, width) ^ sign) - sign);
  }

 private:
  std::vector<std::uint32_t> words_;
  int bits_ = 0;
};

}  // namespace flashd::sim
