// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "model/golden/job.hpp"

namespace flashd::lane {

/// What a lane is fed with: a job's operands as its ports take them.
struct Operands {
  std::uint64_t job = 0;         ///< job_i
  std::vector<std::uint32_t> q;  ///< [queries, d], q_bits each
  std::vector<std::uint32_t> v;  ///< [keys, d], v_bits each
  std::vector<std::uint8_t>
      distance;  ///< [tiles, d]: VE - E, of lanes with e_distance_i; else empty
};

/// What a lane has to give, by its value-level model.
struct Expected {
  std::vector<std::uint32_t> o;      ///< [queries, d], as o_o shows it
  std::vector<std::uint64_t> state;  ///< [queries], as row_state_o shows it
};

/// Q and V as BF16.
Operands raw_operands(const Job& job, std::uint64_t job_word);

/// Q as flashd_query_buffer keeps it, {neg, exp[9:0], sig[7:0]}, the sign of the scale and the
/// job's power of two included; V as {neg, sig[7:0], dist[4:0]}, dist to the largest exponent of
/// its channel over its tile of `tile` keys, or with `tile` 0 to VE. `profile` chooses the grid.
Operands fixed_operands(const Job& job, Profile profile, int tile, std::uint64_t job_word);

}  // namespace flashd::lane
