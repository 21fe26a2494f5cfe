// SPDX-License-Identifier: Apache-2.0
/// Output phase: scores of one context to weights, weights times values to tile sums, tile sums
/// into the rows' outputs.
///
/// Keys come first, in order: their weights p wait in a store per lane. Steps follow when a
/// context's keys are all issued: Keys keys by Channels channels, weighted for every lane in
/// flashd_output_lane; blocks of Channels channels leave merged into o through flashd_merge_unit.
/// In enabled cycles after a key's issue: score 1, p 3, l 4 (of the last key), row unit 5, g and w
/// LatencyNonlinear + Lanes + 5. p is in the store after StepDelay, and so many cycles after its
/// issue a step reads it: tile sums of a full tile's first block are complete when g and w are due.
/// Latency: LatencyNonlinear + Lanes + LatencyMerge + LatencyRound + 6 cycles from a context's
/// last key to its first o.
/// Back-pressure: a full output queue freezes everything behind the loaders.
/// Does not: wait for a stream in the middle of a context. It joins flashd_output_weights,
/// flashd_output_sums, flashd_output_rows and flashd_output_queue, which do the work.
module flashd_output_phase #(
  parameter int Profile = 0,
  parameter int Sig = 11,
  parameter int Width = 64,
  parameter int Lanes = 4,
  parameter int Contexts = 16,
  parameter int Tile = 64,
  parameter int MaxHeadDim = 256,
  parameter int Merge = 1,
  parameter int Beats = 4,
  parameter int BeatBits = 3,
  parameter int KeyBits = 7,
  parameter int ContextBits = 4,
  parameter int CountBits = 5,
  parameter int VBanks = 2,
  parameter int VBankBits = 1,
  parameter int SlotBits = 7,
  parameter int LaneBits = 3,
  parameter int Keys = 16,  // of a step
  localparam int F = flashd_spec_pkg::score_frac(Profile),
  localparam int ScoreBits = flashd_spec_pkg::ScoreRangeLog2 + F + 1,
  localparam int PBits = flashd_spec_pkg::p_bits(Profile),
  localparam int LBits = flashd_spec_pkg::tile_frac(Profile) + $clog2(Tile),
  localparam int TBits = flashd_spec_pkg::tile_frac(Profile) + 2 + $clog2(Tile)
) (
  input  logic                                 clk_i,
  input  logic                                 rst_ni,
  input  logic                                 fp16_i,
  input  logic [8:0]                           dv_i,
  input  logic [7:0]                           v_exponent_i,
  input  logic [1:0]                           format_i,
  input  logic                                 state_in_en_i,
  input  logic                                 state_out_en_i,
  // Values.
  input  logic                                 load_valid_i,
  output logic                                 load_ready_o,
  input  logic [KeyBits-1:0]                   load_keys_i,
  input  logic                                 v_valid_i,
  output logic                                 v_ready_o,
  input  logic [Width-1:0][15:0]               v_data_i,
  output logic [2:0]                           v_freed_o,
  input  logic                                 v_open_i,
  input  logic                                 v_close_i,
  input  logic [VBankBits-1:0]                 v_close_bank_i,
  output logic [VBanks-1:0]                    v_closed_o,
  // Header of the next context.
  input  logic                                 head_valid_i,
  input  logic                                 head_empty_i,
  input  logic [ContextBits-1:0]               head_context_i,
  input  logic [KeyBits-1:0]                   head_begin_i,
  input  logic [KeyBits-1:0]                   head_end_i,
  input  logic [Lanes-1:0]                     head_rows_i,
  input  logic                                 head_first_i,
  input  logic                                 head_last_i,
  input  logic [VBankBits-1:0]                 head_v_bank_i,
  input  logic                                 head_v_turn_i,
  input  logic [Lanes-1:0]                     head_seen_i,
  input  logic [Lanes-1:0][18:0]               head_reference_i,
  input  logic [Lanes-1:0][2:0]                head_flags_i,
  output logic                                 head_pop_o,
  input  logic                                 head_begun_i,   // scores of a context are coming
  input  logic                                 out_room_i,
  output logic                                 out_take_o,
  // Score buffer.
  output logic                                 slot_free_o,
  output logic                                 slot_re_o,
  output logic [SlotBits-1:0]                  slot_o,
  input  logic [Lanes-1:0]                     visible_i,
  input  logic [Lanes-1:0][ScoreBits-1:0]      score_i,
  // Row states in.
  input  logic                                 state_load_i,
  input  logic [CountBits-1:0]                 state_contexts_i,
  output logic                                 state_loaded_o,
  output logic                                 state_head_o,   // a beat of row heads is taken
  input  logic                                 si_valid_i,
  output logic                                 si_ready_o,
  input  logic [Lanes-1:0][Merge-1:0][31:0]    si_data_i,
  input  logic                                 ri_valid_i,
  output logic                                 ri_ready_o,
  input  logic [Lanes-1:0][18:0]               ri_exponent_i,
  input  logic [Lanes-1:0][31:0]               ri_mantissa_i,
  input  logic [Lanes-1:0][5:0]                ri_flags_i,
  // Outputs, raw outputs, row heads.
  output logic                                 o_valid_o,
  input  logic                                 o_ready_i,
  output logic [Lanes-1:0][Merge-1:0][31:0]    o_data_o,
  output logic [Lanes-1:0]                     o_rows_o,
  output logic                                 o_last_o,
  output logic                                 so_valid_o,
  input  logic                                 so_ready_i,
  output logic [Lanes-1:0][Merge-1:0][31:0]    so_data_o,
  output logic                                 ro_valid_o,
  input  logic                                 ro_ready_i,
  output logic [Lanes-1:0][31:0]               ro_lse_o,
  output logic [Lanes-1:0][18:0]               ro_exponent_o,
  output logic [Lanes-1:0][31:0]               ro_mantissa_o,
  output logic [Lanes-1:0][5:0]                ro_flags_o,
  output logic [Lanes-1:0]                     ro_rows_o,
  // What happens in this cycle.
  output logic                                 tap_step_o,
  output logic [2:0]                           tap_wait_o,
  output logic [LaneBits-1:0]                  tap_skipped_o,
  output logic                                 tap_tile_o,
  output logic                                 tap_tile_skipped_o,
  output logic                                 idle_o
);

  localparam int Channels = Width / Keys;
  localparam int Groups = Tile / Keys;
  localparam int GroupBits = (Groups > 1) ? $clog2(Groups) : 1;
  localparam int BlockBits = $clog2(MaxHeadDim / Channels);
  localparam int FullSteps = Channels / Merge;
  localparam int StepBits = (FullSteps > 1) ? $clog2(FullSteps) : 1;
  localparam int FieldBits = ContextBits + 1 + Lanes;

  logic en;

  // Keys to weights.
  logic values_here, half_free, row_freed, go, last, half, key_valid, v_bad, v_clamped, at_sum;
  logic room_wait, read_valid, read_half;
  logic [KeyBits-1:0] key;
  logic [Lanes-1:0][LBits-1:0] l;
  logic [Lanes-1:0] row_bad, row_clamped;
  logic [GroupBits-1:0] read_group;
  logic [Lanes-1:0][Keys-1:0][PBits-1:0] p_sig;
  logic [Lanes-1:0][Keys-1:0][PBits+1:0] p_triple;
  logic [Lanes-1:0][Keys-1:0][4:0] p_shift;

  flashd_output_weights #(
    .Profile (Profile),
    .Lanes   (Lanes),
    .Tile    (Tile),
    .KeyBits (KeyBits),
    .SlotBits(SlotBits),
    .LaneBits(LaneBits),
    .Keys    (Keys)
  ) u_weights (
    .clk_i, .rst_ni,
    .en_i           (en),
    .head_valid_i   (head_valid_i && values_here),
    .head_empty_i, .head_begin_i, .head_end_i,
    .head_out_i     (head_last_i),
    .head_reference_i, .out_room_i, .out_take_o,
    .half_free_i    (half_free),
    .row_freed_i    (row_freed),
    .go_o           (go),
    .last_o         (last),
    .pop_o          (head_pop_o),
    .half_o         (half),
    .key_valid_o    (key_valid),
    .key_o          (key),
    .slot_o, .visible_i, .score_i,
    .v_bad_i        (v_bad),
    .v_clamped_i    (v_clamped),
    .sum_o          (at_sum),
    .l_o            (l),
    .v_bad_o        (row_bad),
    .v_clamped_o    (row_clamped),
    .read_valid_i   (read_valid),
    .read_half_i    (read_half),
    .read_group_i   (read_group),
    .p_sig_o        (p_sig),
    .p_triple_o     (p_triple),
    .p_shift_o      (p_shift),
    .tap_room_wait_o(room_wait),
    .tap_skipped_o
  );
  assign slot_re_o = key_valid;
  assign slot_free_o = key_valid;

  // Weights and values to tile sums.
  logic start, start_last, start_empty, v_end, steps_valid, step_token, banks_idle;
  logic [BlockBits-1:0] start_block, e_block;
  logic [StepBits-1:0] start_step_end, e_step;
  logic [VBankBits-1:0] start_bank, e_bank, v_end_bank;
  logic [FieldBits-1:0] start_fields;
  logic [Lanes-1:0][Channels-1:0][TBits-1:0] t;
  logic [Merge-1:0][7:0] v_distance;

  flashd_output_sums #(
    .Profile   (Profile),
    .Sig       (Sig),
    .Width     (Width),
    .Lanes     (Lanes),
    .Contexts  (Contexts),
    .Tile      (Tile),
    .MaxHeadDim(MaxHeadDim),
    .Merge     (Merge),
    .Beats     (Beats),
    .BeatBits  (BeatBits),
    .KeyBits   (KeyBits),
    .VBanks    (VBanks),
    .VBankBits (VBankBits),
    .FieldBits (FieldBits),
    .Keys      (Keys)
  ) u_sums (
    .clk_i, .rst_ni,
    .en_i            (en),
    .fp16_i, .dv_i, .v_exponent_i, .load_valid_i, .load_ready_o, .load_keys_i, .v_valid_i,
    .v_ready_o, .v_data_i, .v_freed_o, .v_open_i, .v_close_i, .v_close_bank_i, .v_closed_o,
    .v_end_i         (v_end),
    .v_end_bank_i    (v_end_bank),
    .head_v_bank_i, .head_v_turn_i,
    .values_here_o   (values_here),
    .key_i           (key),
    .v_bad_o         (v_bad),
    .v_clamped_o     (v_clamped),
    .push_i          (head_pop_o),
    .half_i          (half),
    .empty_i         (head_empty_i),
    .first_key_i     (($clog2(Tile))'(head_begin_i)),
    .fields_i        ({head_context_i, head_last_i, head_rows_i}),
    .half_free_o     (half_free),
    .row_freed_o     (row_freed),
    .read_valid_o    (read_valid),
    .read_half_o     (read_half),
    .read_group_o    (read_group),
    .p_sig_i         (p_sig),
    .p_triple_i      (p_triple),
    .p_shift_i       (p_shift),
    .start_o         (start),
    .start_block_o   (start_block),
    .start_last_o    (start_last),
    .start_step_end_o(start_step_end),
    .start_empty_o   (start_empty),
    .start_bank_o    (start_bank),
    .start_fields_o  (start_fields),
    .t_o             (t),
    .e_bank_i        (e_bank),
    .e_block_i       (e_block),
    .e_step_i        (e_step),
    .v_distance_o    (v_distance),
    .tap_valid_o     (steps_valid),
    .tap_step_o,
    .tap_token_o     (step_token),
    .idle_o          (banks_idle)
  );

  // Tile sums to rows.
  logic out_valid, out_last, row_valid;
  logic [Lanes-1:0] out_rows, row_rows;
  logic [Lanes-1:0][Merge-1:0][31:0] out_data, out_raw;
  logic [Lanes-1:0][31:0] row_lse, row_mantissa;
  logic [Lanes-1:0][18:0] row_exponent;
  logic [Lanes-1:0][5:0] row_flags;

  flashd_output_rows #(
    .Profile    (Profile),
    .Lanes      (Lanes),
    .Contexts   (Contexts),
    .Tile       (Tile),
    .MaxHeadDim (MaxHeadDim),
    .Merge      (Merge),
    .Channels   (Channels),
    .BlockBits  (BlockBits),
    .StepBits   (StepBits),
    .ContextBits(ContextBits),
    .CountBits  (CountBits),
    .VBankBits  (VBankBits)
  ) u_rows (
    .clk_i, .rst_ni,
    .en_i            (en),
    .fp16_i, .dv_i, .v_exponent_i, .format_i, .state_in_en_i,
    .go_i            (go),
    .last_i          (last),
    .head_context_i, .head_first_i, .head_last_i, .head_rows_i, .head_seen_i, .head_reference_i,
    .head_flags_i,
    .sum_i           (at_sum),
    .l_i             (l),
    .v_bad_i         (row_bad),
    .v_clamped_i     (row_clamped),
    .start_i         (start),
    .start_block_i   (start_block),
    .start_last_i    (start_last),
    .start_step_end_i(start_step_end),
    .start_empty_i   (start_empty),
    .start_bank_i    (start_bank),
    .start_fields_i  (start_fields),
    .t_i             (t),
    .e_bank_o        (e_bank),
    .e_block_o       (e_block),
    .e_step_o        (e_step),
    .v_distance_i    (v_distance),
    .v_end_o         (v_end),
    .v_end_bank_o    (v_end_bank),
    .state_load_i, .state_contexts_i, .state_loaded_o, .state_head_o, .si_valid_i, .si_ready_o,
    .si_data_i, .ri_valid_i, .ri_ready_o, .ri_exponent_i, .ri_mantissa_i, .ri_flags_i,
    .out_valid_o     (out_valid),
    .out_last_o      (out_last),
    .out_rows_o      (out_rows),
    .out_data_o      (out_data),
    .out_raw_o       (out_raw),
    .row_valid_o     (row_valid),
    .row_rows_o      (row_rows),
    .row_lse_o       (row_lse),
    .row_exponent_o  (row_exponent),
    .row_mantissa_o  (row_mantissa),
    .row_flags_o     (row_flags),
    .tap_tile_o, .tap_tile_skipped_o,
    .idle_i          (banks_idle),
    .idle_o
  );

  flashd_output_queue #(
    .Lanes(Lanes),
    .Merge(Merge)
  ) u_queue (
    .clk_i, .rst_ni, .state_out_en_i,
    .en_o          (en),
    .out_valid_i   (out_valid),
    .out_last_i    (out_last),
    .out_rows_i    (out_rows),
    .out_data_i    (out_data),
    .out_raw_i     (out_raw),
    .row_valid_i   (row_valid),
    .row_rows_i    (row_rows),
    .row_lse_i     (row_lse),
    .row_exponent_i(row_exponent),
    .row_mantissa_i(row_mantissa),
    .row_flags_i   (row_flags),
    .o_valid_o, .o_ready_i, .o_data_o, .o_rows_o, .o_last_o, .so_valid_o, .so_ready_i, .so_data_o,
    .ro_valid_o, .ro_ready_i, .ro_lse_o, .ro_exponent_o, .ro_mantissa_o, .ro_flags_o, .ro_rows_o
  );

  // Counters.
  always_comb begin
    tap_wait_o = flashd_tap_pkg::OutputIdle;
    if (tap_step_o) tap_wait_o = flashd_tap_pkg::OutputBusy;
    else if (!en) tap_wait_o = flashd_tap_pkg::OutputWaitWrite;
    else if (steps_valid) begin
      if (!step_token) tap_wait_o = flashd_tap_pkg::OutputWaitMerge;
    end else if (!head_valid_i) begin
      if (head_begun_i) tap_wait_o = flashd_tap_pkg::OutputWaitScore;
    end else if (!values_here) tap_wait_o = flashd_tap_pkg::OutputWaitValue;
    else if (room_wait) tap_wait_o = flashd_tap_pkg::OutputWaitWrite;
    else if (key_valid) tap_wait_o = flashd_tap_pkg::OutputWaitScore;
    else if (!go) tap_wait_o = flashd_tap_pkg::OutputWaitMerge;
  end

endmodule
