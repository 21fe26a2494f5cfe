// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace flashd::read_units {

/// Each compares one module, in all its builds, with a plain model; true when all agree.
bool check_read_master(std::uint64_t seed);
bool check_unpack(std::uint64_t seed);
bool check_key_range(std::uint64_t seed);
bool check_row_walk(std::uint64_t seed);
bool check_bank_loader(std::uint64_t seed);
bool check_read_path(std::uint64_t seed);

}  // namespace flashd::read_units
