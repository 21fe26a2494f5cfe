// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace flashd::rtl_units {

/// Each compares one module, in all its builds, with model/arith (flashd_fifo: with a deque); true
/// when all agree.
bool check_decode(std::uint64_t seed);
bool check_value(std::uint64_t seed);
bool check_score_lane(std::uint64_t seed);
bool check_weight(std::uint64_t seed);
bool check_weight_store(std::uint64_t seed);
bool check_output_lane(std::uint64_t seed);
bool check_output_activity(std::uint64_t seed);
bool check_merge_slice(std::uint64_t seed);
bool check_sigmoid_merge(std::uint64_t seed);
bool check_sigmoid_serial(std::uint64_t seed);
bool check_round(std::uint64_t seed);
bool check_lse(std::uint64_t seed);
bool check_soft_cap(std::uint64_t seed);
bool check_alibi(std::uint64_t seed);
bool check_bias_convert(std::uint64_t seed);
bool check_fifo(std::uint64_t seed);

}  // namespace flashd::rtl_units
