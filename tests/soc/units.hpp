// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace flashd::soc_units {

/// Each compares one module of rtl/soc with a model of its own; true when all agrees.
bool check_uart(std::uint64_t seed);
bool check_job_memory(std::uint64_t seed);
bool check_bus(std::uint64_t seed);

}  // namespace flashd::soc_units
