// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "model/golden/job.hpp"

namespace flashd::sim {

/// The first value that differs from golden.
struct Mismatch {
  std::string module;  ///< path in the design
  std::string probe;
  std::string where;     ///< head, query, key, element
  std::string expected;  ///< hex and decoded
  std::string got;
};

/// "0x0000abcd"
std::string hex(std::uint64_t value, int bits);
/// Shortest decimal that is close enough to read.
std::string real(double value);

/// Decoders of the probes: raw bits and what they stand for.
struct Decoder {
  Profile profile = Profile::fine;
  int v_exponent = 0;

  std::string score(std::int64_t value) const;
  std::string weight(std::uint64_t mantissa, int shift) const;
  std::string tile_sum(std::int64_t value) const;  ///< T, relative to 2^E of its channel
  std::string l(std::uint64_t value) const;
  std::string reference(std::int64_t value) const;
  std::string row_sum(std::int64_t exponent, std::uint32_t mantissa) const;
  std::string flags(std::uint32_t flags) const;
  std::string gain(std::uint32_t mantissa, int exponent) const;
  std::string tile_weight(std::uint32_t mantissa, int shift) const;
  std::string raw_output(std::int32_t o) const;
  std::string float32(std::uint32_t bits) const;
};

}  // namespace flashd::sim
