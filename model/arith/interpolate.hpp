// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/arith/spec.hpp"

namespace flashd::arith {

/// Piecewise-linear table of spec/tables.py: x has kSegmentsLog2 + kOffsetBits bits.
template <class Table>
FLASHD_HD std::uint32_t interpolate(std::uint32_t x) {
  const std::uint32_t segment = x >> Table::kOffsetBits;
  const std::uint32_t offset = x & ((1u << Table::kOffsetBits) - 1u);
  return (Table::base(segment) + ((Table::slope(segment) * offset) >> Table::kOffsetBits)) >>
         Table::kGuard;
}

}  // namespace flashd::arith
