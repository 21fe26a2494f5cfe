// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/golden/job.hpp"

namespace flashd::host {

/// Rounds once, to nearest even, as IEEE 754: overflow gives Inf, NaN gives a quiet NaN,
/// subnormals of the format are kept.
std::uint16_t encode(double value, InputFormat format);

/// Bits of a value that the format holds exactly, NaN and Inf included.
std::uint16_t pack(float value, InputFormat format);

/// Exact value of BF16 or FP16 bits.
float decode(std::uint16_t bits, InputFormat format);

}  // namespace flashd::host
