// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "sim/netlist/simulator.hpp"

namespace flashd::netlist {

namespace block {

/// An access of one side: which bits of the memory its data bits are, and which it writes.
struct Access {
  bool active = false, writes = false;
  std::array<std::uint32_t, 36> place{};
  std::array<bool, 36> enabled{}, value{};

  bool writes_to(std::uint32_t bit, int width) const {
    if (!active || !writes) return false;
    for (int i = 0; i < width; ++i)
      if (enabled[static_cast<std::size_t>(i)] && place[static_cast<std::size_t>(i)] == bit)
        return true;
    return false;
  }
};

/// Place of data bit `i`: bytes of 9 bits, of which the narrow widths (1, 2, 4) use 8.
inline std::uint32_t place(int width, std::uint32_t address, int i) {
  const auto bit = static_cast<std::uint32_t>(i);
  switch (width) {
    case 36:
      return (address >> 5) * 36 + bit;
    case 18:
      return (address >> 4) * 18 + bit;
    case 9:
      return (address >> 3) * 9 + bit;
    default:
      return (address >> 3) * 9 + (address & 7u & ~(static_cast<std::uint32_t>(width) - 1)) + bit;
  }
}

}  // namespace block

template <typename Put>
bool BlockState::clock(const BlockMemory& memory, const std::vector<std::uint8_t>& v, Noise& noise,
                       Put put) {
  const auto is = [&](Net net) { return v[static_cast<std::size_t>(net)] != 0; };
  std::array<block::Access, 2> access;
  for (std::size_t p = 0; p < 2; ++p) {
    const BlockMemory::Side& side = memory.side[p];
    block::Access& a = access[p];
    a.active = is(side.enable);
    if (!a.active) continue;
    a.writes = is(side.write);
    std::uint32_t address = 0;
    for (std::size_t i = 0; i < 14; ++i)
      address |= static_cast<std::uint32_t>(is(side.address[i])) << i;
    for (int i = 0; i < side.width; ++i) {
      const auto k = static_cast<std::size_t>(i);
      a.place[k] = block::place(side.width, address, i);
      // With 18 and 36 bits the lowest address bits enable bytes.
      a.enabled[k] = side.width < 18 || ((address >> (i / 9)) & 1u) != 0;
      a.value[k] = is(k < 18 ? side.in[k] : memory.side[1].in[k - 18]);
    }
  }
  // A side of 36 bits takes both sides' data pins: A to write, B to read.
  const bool a_wide = memory.side[0].width == 36, b_wide = memory.side[1].width == 36;
  for (std::size_t p = 0; p < 2; ++p) {
    const BlockMemory::Side& side = memory.side[p];
    const block::Access& a = access[p];
    const block::Access& other = access[1 - p];
    const bool reads = p == 0 ? !a_wide && !b_wide : true;
    if (!a.active || !reads || (a.writes && side.mode == WriteMode::normal)) continue;
    for (int i = 0; i < side.width; ++i) {
      const auto k = static_cast<std::size_t>(i);
      bool value = bits_[a.place[k]] != 0;
      if (a.writes && a.enabled[k] && side.mode == WriteMode::write_through) value = a.value[k];
      if (other.writes_to(a.place[k], memory.side[1 - p].width)) value = noise.bit();
      put(side.width < 36 ? side.out[k]
                          : (k < 18 ? memory.side[0].out[k] : memory.side[1].out[k - 18]),
          value);
    }
  }
  bool any = false;
  for (std::size_t p = 0; p < 2; ++p) {
    const block::Access& a = access[p];
    if (!a.active || !a.writes) continue;
    for (int i = 0; i < memory.side[p].width; ++i) {
      const auto k = static_cast<std::size_t>(i);
      if (!a.enabled[k]) continue;
      any = true;
      const bool both = access[1 - p].writes_to(a.place[k], memory.side[1 - p].width);
      bits_[a.place[k]] = both ? noise.bit() : a.value[k];
    }
  }
  return any;
}

}  // namespace flashd::netlist
