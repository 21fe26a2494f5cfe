// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <gsl/span>

namespace flashd::serial {

using Bytes = std::vector<std::uint8_t>;
using ByteSpan = gsl::span<const std::uint8_t>;

/// Consistent overhead byte stuffing (Cheshire and Baker, IEEE/ACM Transactions on Networking 7(2),
/// 1999): the same bytes without a zero, at most 1 + size / 254 more. No zero is put at the end.
/// Not the firmware's frame.c: each end is held to the other's (tests/serial/frame_test.cpp).
Bytes stuff(ByteSpan plain);

/// The bytes that were stuffed; none if the code is not one, as with a zero in it.
std::optional<Bytes> unstuff(ByteSpan code);

}  // namespace flashd::serial
