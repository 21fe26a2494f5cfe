// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace flashd::memory_units {

/// Each drives one unit of rtl/memory, in all its builds, against a memory of its own; true when
/// all it asked for, wrote and passed on is right.
bool check_writer(std::uint64_t seed);
bool check_write_master(std::uint64_t seed);
bool check_state(std::uint64_t seed);
bool check_bias(std::uint64_t seed);

}  // namespace flashd::memory_units
