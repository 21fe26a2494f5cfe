// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/arith/interpolate.hpp"
#include "model/arith/row_sum.hpp"

namespace flashd::arith {

/// L = log2 S in units of 2^-16, from the mantissa's leading bits; never fed back.
FLASHD_HD std::int64_t log2_sum(const RowSum& s) {
  constexpr int kUsed = spec::Log2Table::kSegmentsLog2 + spec::Log2Table::kOffsetBits;
  const std::uint32_t x = (s.mantissa & 0x7FFFFFFFu) >> (31 - kUsed);
  return (static_cast<std::int64_t>(s.exponent) * (1 << spec::kLogFrac)) +
         interpolate<spec::Log2Table>(x);
}

}  // namespace flashd::arith
