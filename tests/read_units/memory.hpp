// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace flashd::read_units {

/// What a memory full of nothing in particular holds at an address: 16 bits.
inline std::uint16_t element_at(std::uint64_t address) {
  std::uint64_t x = (address >> 1) * 0x9E3779B97F4A7C15ull;
  x ^= x >> 29;
  x *= 0xBF58476D1CE4E5B9ull;
  return static_cast<std::uint16_t>(x >> 40);
}

}  // namespace flashd::read_units
