// SPDX-License-Identifier: Apache-2.0
/// Top of the verilated engine: flashd_engine, and the values inside it that co-simulation compares
/// with the golden model, brought out as ports. Simulation only.
///
/// A probe's fields hold in the cycle in which its valid is set. Values of lane l lie at l times
/// the bits of one lane.
/// Latency and back-pressure: the engine's; probes add none.
/// Does not: change anything; the engine does not know that it is watched.
module flashd_probe_top #(
  parameter int Profile = 0,
  parameter int Sig = 11,
  parameter int Width = 64,
  parameter int Lanes = 4,
  parameter int Contexts = 16,
  parameter int Tile = 64,
  parameter int MaxHeadDim = 256,
  parameter int SoftCap = 0,
  // Derived: not to be set.
  parameter int LaneBits = $clog2(Lanes + 1),
  parameter int Merge = (Width + Tile - 1) / Tile,
  parameter int BeatBits = $clog2((MaxHeadDim + Width - 1) / Width + 1),
  parameter int KeyBits = $clog2(Tile + 1),
  parameter int ContextBits = $clog2(Contexts + 1),
  parameter int BiasBits = flashd_spec_pkg::BiasRangeLog2 + 1 +
      flashd_spec_pkg::score_frac(Profile),
  parameter int ScoreBits = flashd_spec_pkg::ScoreRangeLog2 + flashd_spec_pkg::score_frac(Profile) +
      1,
  parameter int PBits = flashd_spec_pkg::p_bits(Profile),
  parameter int TBits = flashd_spec_pkg::tile_frac(Profile) + 2 + $clog2(Tile)
) (
  input  logic                                    clk_i,
  input  logic                                    rst_ni,
  // Job constants.
  input  logic                                    fp16_i,
  input  logic [BeatBits-1:0]                     q_beats_i,         // ceil(d / Width)
  input  logic [8:0]                              dv_i,              // 1 to MaxHeadDim
  input  logic [2:0]                              grid_extra_i,      // ceil(log2 sqrt d)
  input  logic signed [11:0]                      job_exponent_i,    // arith::product_exponent, Sig
  input  logic                                    scale_negative_i,
  input  logic [flashd_spec_pkg::ScaleBits-1:0]   scale_mantissa_i,
  input  logic [7:0]                              v_exponent_i,      // VE, biased
  input  logic [1:0]                              format_i,          // O: 0 FP32, 1 BF16, 2 FP16
  input  logic                                    soft_cap_en_i,     // 0 with SoftCap 0
  input  logic [63:0]                             soft_cap_i,        // soft-cap word of the spec
  input  logic                                    bias_en_i,
  input  logic                                    state_in_en_i,
  input  logic                                    state_out_en_i,
  input  logic                                    skip_v_en_i,       // one context per block
  // Queries; the row fields are taken with the first beat of a row.
  input  logic                                    q_valid_i,
  output logic                                    q_ready_o,
  input  logic [Width-1:0][15:0]                  q_data_i,
  input  logic                                    q_row_valid_i,     // 0: padding row
  input  logic [31:0]                             q_begin_i,         // first visible key
  input  logic [31:0]                             q_end_i,           // one past the last
  input  logic                                    q_last_i,          // last beat of the block
  // Tile headers.
  input  logic                                    tile_valid_i,
  output logic                                    tile_ready_o,
  input  logic [KeyBits-1:0]                      tile_keys_i,       // 0 (only if last) to Tile
  input  logic [31:0]                             tile_base_i,       // index of the first key
  input  logic                                    tile_first_i,      // first tile of the block
  input  logic                                    tile_last_i,       // last tile of the block
  input  logic [ContextBits-1:0]                  tile_contexts_i,   // contexts in use, 1..Contexts
  // Headers of the tiles' values.
  input  logic                                    vt_valid_i,
  output logic                                    vt_ready_o,
  input  logic [KeyBits-1:0]                      vt_keys_i,         // as tile_keys_i; 0: none come
  // Keys and values.
  input  logic                                    k_valid_i,
  output logic                                    k_ready_o,
  input  logic [Width-1:0][15:0]                  k_data_i,
  input  logic                                    v_valid_i,
  output logic                                    v_ready_o,
  input  logic [Width-1:0][15:0]                  v_data_i,
  output logic [1:0]                              k_freed_o,         // banks freed in this cycle
  output logic [2:0]                              v_freed_o,
  // skip_v: one report per tile.
  output logic                                    skip_valid_o,
  output logic                                    skip_o,            // its values are not needed
  // Bias and masks, on the score grid.
  input  logic                                    b_valid_i,
  output logic                                    b_ready_o,
  input  logic [Lanes-1:0][BiasBits-1:0]          b_value_i,
  input  logic [Lanes-1:0]                        b_mask_i,          // 1: not visible
  input  logic [Lanes-1:0]                        b_nan_i,
  // Row states in: ceil(dv / Merge) beats of o, and one head beat, per context.
  input  logic                                    si_valid_i,
  output logic                                    si_ready_o,
  input  logic [Lanes-1:0][Merge-1:0][31:0]       si_data_i,
  input  logic                                    ri_valid_i,
  output logic                                    ri_ready_o,
  input  logic [Lanes-1:0][18:0]                  ri_exponent_i,
  input  logic [Lanes-1:0][31:0]                  ri_mantissa_i,
  input  logic [Lanes-1:0][5:0]                   ri_flags_i,
  // Room for a context's outputs: taken in the cycle in which its last tile starts.
  input  logic                                    out_room_i,
  output logic                                    out_take_o,
  // O, float32 bits.
  output logic                                    o_valid_o,
  input  logic                                    o_ready_i,
  output logic [Lanes-1:0][Merge-1:0][31:0]       o_data_o,
  output logic [Lanes-1:0]                        o_rows_o,          // 0: padding row
  output logic                                    o_last_o,          // last beat of the context
  // Raw o.
  output logic                                    so_valid_o,
  input  logic                                    so_ready_i,
  output logic [Lanes-1:0][Merge-1:0][31:0]       so_data_o,
  // Row heads: one beat per context.
  output logic                                    ro_valid_o,
  input  logic                                    ro_ready_i,
  output logic [Lanes-1:0][31:0]                  ro_lse_o,
  output logic [Lanes-1:0][18:0]                  ro_exponent_o,
  output logic [Lanes-1:0][31:0]                  ro_mantissa_o,
  output logic [Lanes-1:0][5:0]                   ro_flags_o,        // RowFlag of the golden model
  output logic [Lanes-1:0]                        ro_rows_o,
  // What happens in this cycle, for counters.
  output logic                                    tap_score_beat_o,
  output logic [2:0]                              tap_score_wait_o,  // flashd_score_phase
  output logic                                    tap_output_step_o,
  output logic [2:0]                              tap_output_wait_o, // flashd_output_phase
  output logic [LaneBits-1:0]                     tap_keys_scored_o,
  output logic [LaneBits-1:0]                     tap_keys_skipped_o,
  output logic [LaneBits-1:0]                     tap_saturations_o,
  output logic                                    tap_tiles_o,
  output logic                                    tap_tiles_skipped_o,
  output logic                                    idle_o,
  // Scores of a key, on their way into the score buffer.
  output logic                                    score_valid_o,
  output logic [Lanes-1:0]                        score_visible_o,
  output logic [Lanes-1:0]                        score_saturated_o,
  output logic [Lanes-1:0][ScoreBits-1:0]         score_value_o,
  // p of a key, leaving the weight unit; the shift counts from R, so it is at least 1.
  output logic                                    weight_valid_o,
  output logic [Lanes-1:0][PBits-1:0]             weight_mantissa_o,
  output logic [Lanes-1:0][4:0]                   weight_shift_o,
  // One row after a tile, leaving the nonlinear unit.
  output logic                                    row_valid_o,
  output logic                                    row_seen_o,
  output logic                                    row_merged_o,
  output logic [31:0]                             row_l_o,
  output logic [18:0]                             row_reference_o,
  output logic [15:0]                             row_g_mantissa_o,
  output logic [6:0]                              row_g_exponent_o,
  output logic [13:0]                             row_w_mantissa_o,
  output logic [5:0]                              row_w_shift_o,
  output logic [18:0]                             row_exponent_o,
  output logic [31:0]                             row_mantissa_o,
  output logic [5:0]                              row_flags_o,
  // Tile sums, on their way into the merge slices.
  output logic                                    sum_valid_o,
  output logic [Lanes-1:0][Merge-1:0][TBits-1:0]  sum_value_o
);

  flashd_engine #(
    .Profile   (Profile),
    .Sig       (Sig),
    .Width     (Width),
    .Lanes     (Lanes),
    .Contexts  (Contexts),
    .Tile      (Tile),
    .MaxHeadDim(MaxHeadDim),
    .SoftCap   (SoftCap)
  ) u_engine (
    .*
  );

  assign score_valid_o = u_engine.u_score.u_array.u_buffer.valid_i;
  assign score_visible_o = u_engine.u_score.u_array.u_buffer.visible_i;
  assign score_saturated_o =
      u_engine.u_score.u_array.u_buffer.sat_product_i |
      u_engine.u_score.u_array.u_buffer.sat_score_i;
  assign score_value_o = u_engine.u_score.u_array.u_buffer.score_i;

  assign weight_valid_o = u_engine.u_output.u_weights.weight_valid[0] && u_engine.u_output.en;
  for (genvar l = 0; l < Lanes; l++) begin : gen_weight
    assign weight_mantissa_o[l] = u_engine.u_output.u_weights.gen_lane[l].u_weight.p_sig_o;
    assign weight_shift_o[l] = u_engine.u_output.u_weights.gen_lane[l].u_weight.p_shift_o + 5'd1;
  end

  assign row_valid_o = u_engine.u_output.u_rows.u_unit.out_valid &&
      !u_engine.u_output.u_rows.u_unit.out_lse && u_engine.u_output.u_rows.u_unit.en_i;
  assign row_seen_o =
      u_engine.u_output.u_rows.u_unit.seen_i[u_engine.u_output.u_rows.u_unit.out_lane];
  assign row_merged_o = u_engine.u_output.u_rows.u_unit.merged;
  assign row_l_o =
      32'(u_engine.u_output.u_rows.u_unit.l_i[u_engine.u_output.u_rows.u_unit.out_lane]);
  assign row_reference_o =
      u_engine.u_output.u_rows.u_unit.reference_i[u_engine.u_output.u_rows.u_unit.out_lane];
  assign row_g_mantissa_o = u_engine.u_output.u_rows.u_unit.g_mantissa;
  assign row_g_exponent_o = u_engine.u_output.u_rows.u_unit.g_exponent;
  assign row_w_mantissa_o = u_engine.u_output.u_rows.u_unit.w_mantissa;
  assign row_w_shift_o = u_engine.u_output.u_rows.u_unit.w_shift;
  assign row_exponent_o = u_engine.u_output.u_rows.u_unit.out_head.exponent;
  assign row_mantissa_o = u_engine.u_output.u_rows.u_unit.out_head.mantissa;
  assign row_flags_o = u_engine.u_output.u_rows.u_unit.out_head.flags;

  assign sum_valid_o = u_engine.u_output.u_rows.u_merge.slice_valid &&
      u_engine.u_output.u_rows.u_merge.en_i;
  for (genvar l = 0; l < Lanes; l++) begin : gen_sum
    for (genvar m = 0; m < Merge; m++) begin : gen_element
      assign sum_value_o[l][m] = u_engine.u_output.u_rows.u_merge.gen_lane[l].gen_slice[m].t_q;
    end
  end

endmodule
