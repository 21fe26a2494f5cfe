// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/plugin.hpp"
#include "sim/words.hpp"

namespace flashd::sim {

/// One valid/ready pair as the harness sees it.
struct Handshake {
  bool valid = false;
  bool ready = false;
  bool fires() const { return valid && ready; }
};

/// The ports of flashd_engine; names as there, without _i and _o.
struct Ports {
  explicit Ports(const BuildInfo& build);

  int bias_bits = 0;  ///< of one lane's bias

  // Job constants.
  bool fp16 = false;
  std::uint32_t q_beats = 1, dv = 1, grid_extra = 0, job_exponent = 0;
  bool scale_negative = false;
  std::uint32_t scale_mantissa = 0, v_exponent = 0, format = 0;
  bool bias_en = false, state_in_en = false, state_out_en = false, skip_v_en = false;
  bool soft_cap_en = false;
  std::uint64_t soft_cap = 0;

  // Streams in.
  Handshake q, tile, vt, k, v, b, si, ri;
  Words q_data, k_data, v_data;
  bool q_row_valid = false, q_last = false;
  std::uint32_t q_begin = 0, q_end = 0;
  std::uint32_t tile_keys = 0, tile_base = 0, tile_contexts = 0, vt_keys = 0;
  bool tile_first = false, tile_last = false;
  Words b_value;
  std::uint32_t b_mask = 0, b_nan = 0;
  Words si_data;
  Words ri_exponent, ri_mantissa, ri_flags;

  // Streams out.
  Handshake o, so, ro;
  Words o_data, so_data;
  std::uint32_t o_rows = 0;
  bool o_last = false;
  Words ro_lse, ro_exponent, ro_mantissa, ro_flags;
  std::uint32_t ro_rows = 0;
  bool idle = false;

  // Credits and room.
  bool out_room = false, out_take = false;
  std::uint32_t k_freed = 0, v_freed = 0;
  bool skip_valid = false, skip = false;

  // Taps: what happens in this cycle.
  bool tap_score_beat = false, tap_output_step = false, tap_tiles = false, tap_tiles_skipped = false;
  std::uint32_t tap_score_wait = 0, tap_output_wait = 0;
  std::uint32_t tap_keys_scored = 0, tap_keys_skipped = 0, tap_saturations = 0;
};

}  // namespace flashd::sim
