// SPDX-License-Identifier: Apache-2.0
/// Output phase: scores of one context to weights, weights times values to tile sums, tile sums
/// into the rows' outputs.
///
/// A value enters at v_*_i, is weighted for every lane in flashd_output_lane, and leaves merged
/// into o through flashd_merge_unit. In enabled cycles after a key's issue: score 1, p 3, l 4 (of
/// the last key), row unit 5, tile sums complete LatencyNonlinear + Lanes + 5; p and the address
/// of V wait in delays until g and w are due, so that merging starts when the tile sums do.
/// Latency: LatencyNonlinear + Lanes + LatencyMerge + LatencyRound + 6 cycles from a context's
/// last key to its first o.
/// Back-pressure: en_i low (an output queue is full) freezes everything behind the loader.
/// Does not: wait for a stream in the middle of a pass.
/// Over 400 lines because it is wiring, one port to a line; the logic is in the units it connects.
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
  localparam int F = flashd_spec_pkg::score_frac(Profile),
  localparam int ScoreBits = flashd_spec_pkg::ScoreRangeLog2 + F + 1,
  localparam int PBits = flashd_spec_pkg::p_bits(Profile),
  localparam int LBits = flashd_spec_pkg::tile_frac(Profile) + $clog2(Tile),
  localparam int TBits = flashd_spec_pkg::tile_frac(Profile) + 2 + $clog2(Tile)
) (
  input  logic                                 clk_i,
  input  logic                                 rst_ni,
  input  logic                                 en_i,
  input  logic                                 fp16_i,
  input  logic [8:0]                           dv_i,
  input  logic [7:0]                           v_exponent_i,
  input  logic [1:0]                           format_i,
  input  logic                                 state_in_en_i,
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
  // Finished rows, one beat per enabled cycle.
  output logic                                 out_valid_o,
  output logic                                 out_last_o,
  output logic [Lanes-1:0]                     out_rows_o,
  output logic [Lanes-1:0][Merge-1:0][31:0]    out_data_o,
  output logic [Lanes-1:0][Merge-1:0][31:0]    out_raw_o,
  output logic                                 row_valid_o,
  output logic [Lanes-1:0]                     row_rows_o,
  output logic [Lanes-1:0][31:0]               row_lse_o,
  output logic [Lanes-1:0][18:0]               row_exponent_o,
  output logic [Lanes-1:0][31:0]               row_mantissa_o,
  output logic [Lanes-1:0][5:0]                row_flags_o,
  // What happens in this cycle.
  output logic                                 tap_key_o,
  output logic [2:0]                           tap_wait_o,
  output logic [LaneBits-1:0]                  tap_skipped_o,
  output logic                                 tap_tile_o,
  output logic                                 tap_tile_skipped_o,
  output logic                                 idle_o
);

  localparam int Nonlinear = flashd_spec_pkg::LatencyNonlinear;
  // Enabled cycles after the issue of a key.
  localparam int AtWeight = 1 + flashd_spec_pkg::LatencyWeight;  // p
  localparam int AtSum = AtWeight + 1;                           // l of the last key
  localparam int AtRow = AtSum + 1;                              // row unit starts
  localparam int AtMerge = AtRow + Nonlinear + Lanes;            // g, w and tile sums complete
  localparam int AtLane = AtMerge - flashd_spec_pkg::LatencyOutput;
  localparam int AtValue = AtLane - 2;                           // address of V
  // The row unit takes two passes through the nonlinear unit per lane (g and w; LSE).
  localparam int RowTime = Nonlinear + 1 + 2 * Lanes;
  localparam int MinPass = (RowTime > flashd_spec_pkg::LatencyMinPass) ? RowTime :
      flashd_spec_pkg::LatencyMinPass;
  localparam int StepBits = $clog2(Width / Merge + 1);
  localparam int Words = (MaxHeadDim + Merge - 1) / Merge;
  localparam int WordBits = $clog2(Words + 1);

  logic [BeatBits-1:0] passes;
  assign passes = BeatBits'((32'(dv_i) + Width - 1) / Width);

  // Values.
  logic [VBanks-1:0] v_full, v_turn, v_release;
  logic [Width-1:0] v_neg;
  logic [Width-1:0][Sig-1:0] v_sig;
  logic [Width-1:0][4:0] v_dist;
  logic v_bad, v_clamped, v_end, tracker_idle;
  logic [VBankBits-1:0] rbank, e_bank, v_end_bank, v_open_bank;
  logic [KeyBits-1:0] rkey, key;
  logic [BeatBits-1:0] rpass, e_beat, pass;
  logic [StepBits-1:0] e_step, steps;
  logic [Merge-1:0][7:0] v_distance;
  assign v_open_bank = v_close_bank_i;  // the bank of the tile that the score phase walks over

  flashd_value_buffer #(
    .Sig     (Sig),
    .Width   (Width),
    .Tile    (Tile),
    .Beats   (Beats),
    .BeatBits(BeatBits),
    .KeyBits (KeyBits),
    .Banks   (VBanks),
    .BankBits(VBankBits),
    .Merge   (Merge),
    .StepBits(StepBits)
  ) u_values (
    .clk_i,
    .rst_ni,
    .fp16_i,
    .beats_i     (passes),
    .v_exponent_i,
    .tile_valid_i(load_valid_i),
    .tile_ready_o(load_ready_o),
    .tile_keys_i (load_keys_i),
    .v_valid_i,
    .v_ready_o,
    .v_data_i,
    .release_i   (v_release),
    .full_o      (v_full),
    .turn_o      (v_turn),
    .en_i,
    .rbank_i     (rbank),
    .rkey_i      (rkey),
    .rbeat_i     (rpass),
    .neg_o       (v_neg),
    .sig_o       (v_sig),
    .dist_o      (v_dist),
    .fbank_i     (head_v_bank_i),
    .fkey_i      (key),
    .bad_o       (v_bad),
    .clamped_o   (v_clamped),
    .ebank_i     (e_bank),
    .ebeat_i     (e_beat),
    .estep_i     (e_step),
    .distance_o  (v_distance)
  );

  flashd_bank_tracker #(
    .Banks   (VBanks),
    .BankBits(VBankBits),
    .Uses    (Contexts)
  ) u_tracker (
    .clk_i,
    .rst_ni,
    .open_i      (v_open_i),
    .open_bank_i (v_open_bank),
    .end_i       (v_end),
    .end_bank_i  (v_end_bank),
    .close_i     (v_close_i),
    .close_bank_i(v_close_bank_i),
    .closed_o    (v_closed_o),
    .release_o   (v_release),
    .idle_o      (tracker_idle)
  );
  always_comb begin
    v_freed_o = '0;
    for (int b = 0; b < VBanks; b++) v_freed_o += 3'(v_release[b]);
  end

  // Issue.
  logic room_wait, merge_wait;
  logic values_here, go, key_valid, first, last, pass_last, first_pass;
  assign values_here = v_full[head_v_bank_i] && (v_turn[head_v_bank_i] == head_v_turn_i);

  flashd_output_control #(
    .Width   (Width),
    .Merge   (Merge),
    .Tile    (Tile),
    .MinPass (MinPass),
    .BeatBits(BeatBits),
    .KeyBits (KeyBits),
    .SlotBits(SlotBits),
    .StepBits(StepBits)
  ) u_control (
    .clk_i,
    .rst_ni,
    .en_i,
    .dv_i,
    .passes_i   (passes),
    .valid_i    (head_valid_i && values_here),
    .empty_i    (head_empty_i),
    .begin_i    (head_begin_i),
    .end_i      (head_end_i),
    .out_i      (head_last_i),
    .out_room_i,
    .out_take_o,
    .pop_o      (head_pop_o),
    .room_wait_o(room_wait),
    .merge_wait_o(merge_wait),
    .go_o       (go),
    .key_valid_o(key_valid),
    .key_o      (key),
    .slot_o,
    .slot_free_o,
    .pass_o     (pass),
    .first_o    (first),
    .last_o     (last),
    .pass_last_o(pass_last),
    .steps_o    (steps)
  );
  assign slot_re_o = key_valid;
  assign first_pass = pass == '0;

  // The context's fields where its last key is: held from there until the next context's last key.
  typedef struct packed {
    logic [ContextBits-1:0]  ctx;
    logic [BeatBits-1:0]     pass;
    logic                    pass_last;
    logic [StepBits-1:0]     steps;
    logic                    first;
    logic                    last;
    logic [Lanes-1:0]        rows;
    logic [VBankBits-1:0]    v_bank;
    logic [Lanes-1:0]        seen;
    logic [Lanes-1:0][18:0]  base;
    logic [Lanes-1:0][2:0]   flags;
  } context_t;
  context_t issue_q, row_q;
  logic at_sum, at_row, at_start, first_at_sum, first_at_row;
  logic [2:0] chain_busy;
  logic [Lanes-1:0][18:0] reference_q;

  always_ff @(posedge clk_i) begin
    if (go) begin
      reference_q <= head_reference_i;
      if (last) begin
        issue_q <= {head_context_i, pass, pass_last, steps, head_first_i, head_last_i, head_rows_i,
                    head_v_bank_i, head_seen_i, head_reference_i, head_flags_i};
      end
    end
    if (en_i && at_sum) row_q <= issue_q;
  end

  flashd_delay_valid #(.Cycles(AtSum)) u_at_sum (
    .clk_i, .rst_ni, .en_i, .valid_i(go && last), .valid_o(at_sum), .busy_o(chain_busy[0]));
  flashd_delay #(.Bits(1), .Cycles(AtSum)) u_first_at_sum (
    .clk_i, .en_i, .data_i(first_pass), .data_o(first_at_sum));
  flashd_delay_valid #(.Cycles(1)) u_at_row (
    .clk_i, .rst_ni, .en_i, .valid_i(at_sum), .valid_o(at_row), .busy_o(chain_busy[1]));
  flashd_delay #(.Bits(1), .Cycles(1)) u_first_at_row (
    .clk_i, .en_i, .data_i(first_at_sum), .data_o(first_at_row));
  flashd_delay_valid #(.Cycles(AtMerge - 1 - AtRow)) u_at_start (
    .clk_i, .rst_ni, .en_i, .valid_i(at_row), .valid_o(at_start), .busy_o(chain_busy[2]));

  // Weights.
  logic at_score, first_at_score, last_at_score, clear;
  logic lane_valid, lane_first, lane_last;
  flashd_delay_valid #(.Cycles(1)) u_at_score (
    .clk_i, .rst_ni, .en_i, .valid_i(key_valid), .valid_o(at_score), .busy_o());
  flashd_delay #(.Bits(2), .Cycles(1)) u_score_tag (
    .clk_i, .en_i, .data_i({first, last}), .data_o({first_at_score, last_at_score}));
  flashd_delay_valid #(.Cycles(AtLane)) u_lane_valid (
    .clk_i, .rst_ni, .en_i, .valid_i(key_valid), .valid_o(lane_valid), .busy_o());
  flashd_delay_valid #(.Cycles(AtLane)) u_clear (
    .clk_i, .rst_ni, .en_i, .valid_i(go && !key_valid), .valid_o(clear), .busy_o());
  flashd_delay #(.Bits(2), .Cycles(AtLane)) u_lane_tag (
    .clk_i, .en_i, .data_i({first, last}), .data_o({lane_first, lane_last}));
  flashd_delay #(.Bits(VBankBits + KeyBits + BeatBits), .Cycles(AtValue)) u_value_addr (
    .clk_i, .en_i, .data_i({head_v_bank_i, key, pass}), .data_o({rbank, rkey, rpass}));

  logic [Lanes-1:0][LBits-1:0] l_sum, l_q;
  logic [Lanes-1:0] v_bad_q, v_clamped_q, v_bad_hold_q, v_clamped_hold_q;
  logic [Lanes-1:0] unused_valid, unused_first, unused_last, unused_l_valid, unused_t_valid;
  logic [Lanes-1:0] zero_at_weight;
  logic [Lanes-1:0][Width-1:0][TBits-1:0] t;

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic [PBits-1:0] p_sig, lane_sig;
    logic [4:0] p_shift, lane_shift;
    logic p_zero, lane_zero, bad, clamped;

    flashd_weight #(
      .Profile(Profile),
      .Tile   (Tile)
    ) u_weight (
      .clk_i,
      .rst_ni,
      .en_i,
      .valid_i    (at_score),
      .first_i    (first_at_score),
      .last_i     (last_at_score),
      .visible_i  (visible_i[l]),
      .score_i    ($signed(score_i[l])),
      .reference_i($signed(reference_q[l])),
      .valid_o    (unused_valid[l]),
      .first_o    (unused_first[l]),
      .last_o     (unused_last[l]),
      .p_sig_o    (p_sig),
      .p_shift_o  (p_shift),
      .p_zero_o   (p_zero),
      .l_valid_o  (unused_l_valid[l]),
      .l_o        (l_sum[l])
    );

    assign zero_at_weight[l] = p_zero;

    // Flags of the values that the row sees in this tile.
    assign bad = (visible_i[l] && v_bad) || (!first_at_score && v_bad_q[l]);
    assign clamped = (visible_i[l] && v_clamped) || (!first_at_score && v_clamped_q[l]);
    always_ff @(posedge clk_i) begin
      if (en_i && at_score) begin
        v_bad_q[l]     <= bad;
        v_clamped_q[l] <= clamped;
        if (last_at_score) begin
          v_bad_hold_q[l]     <= bad;
          v_clamped_hold_q[l] <= clamped;
        end
      end
      if (en_i && at_sum) l_q[l] <= l_sum[l];
    end

    flashd_delay #(
      .Bits  (PBits + 6),
      .Cycles(AtLane - AtWeight)
    ) u_p (
      .clk_i,
      .en_i,
      .data_i({p_sig, p_shift, p_zero}),
      .data_o({lane_sig, lane_shift, lane_zero})
    );

    flashd_output_lane #(
      .Profile(Profile),
      .Sig    (Sig),
      .Width  (Width),
      .Tile   (Tile)
    ) u_lane (
      .clk_i,
      .rst_ni,
      .en_i,
      .valid_i  (lane_valid),
      .first_i  (lane_first),
      .last_i   ((lane_valid || clear) && lane_last),
      .clear_i  (clear),
      .p_sig_i  (lane_sig),
      .p_shift_i(lane_shift),
      .p_zero_i (lane_zero),
      .v_neg_i  (v_neg),
      .v_sig_i  (v_sig),
      .v_dist_i (v_dist),
      .t_valid_o(unused_t_valid[l]),
      .t_o      (t[l])
    );
  end

  // Rows.
  logic row_busy, merge_busy, load_word, load_head;
  logic [Lanes-1:0] first_row, nan_row;
  logic [Lanes-1:0][15:0] g_mantissa;
  logic [Lanes-1:0][6:0] g_exponent;
  logic [Lanes-1:0][13:0] w_mantissa;
  logic [Lanes-1:0][5:0] w_shift;
  logic [ContextBits-1:0] load_context;
  logic [WordBits-1:0] load_index;

  flashd_row_unit #(
    .Profile    (Profile),
    .Lanes      (Lanes),
    .Contexts   (Contexts),
    .Tile       (Tile),
    .ContextBits(ContextBits)
  ) u_rows (
    .clk_i,
    .rst_ni,
    .en_i,
    .tile_i         (at_row && first_at_row),
    .context_i      (row_q.ctx),
    .fresh_i        (row_q.first && !state_in_en_i),
    .last_i         (row_q.last),
    .rows_i         (row_q.rows),
    .seen_i         (row_q.seen),
    .reference_i    (row_q.base),
    .flags_i        (row_q.flags),
    .l_i            (l_q),
    .v_bad_i        (v_bad_hold_q),
    .v_clamped_i    (v_clamped_hold_q),
    .first_o        (first_row),
    .nan_o          (nan_row),
    .g_mantissa_o   (g_mantissa),
    .g_exponent_o   (g_exponent),
    .w_mantissa_o   (w_mantissa),
    .w_shift_o      (w_shift),
    .load_i         (load_head),
    .load_context_i (load_context),
    .load_exponent_i(ri_exponent_i),
    .load_mantissa_i(ri_mantissa_i),
    .load_flags_i   (ri_flags_i),
    .row_valid_o,
    .row_rows_o,
    .row_lse_o,
    .row_exponent_o,
    .row_mantissa_o,
    .row_flags_o,
    .tile_o         (tap_tile_o),
    .tile_skipped_o (tap_tile_skipped_o),
    .busy_o         (row_busy)
  );

  flashd_merge_unit #(
    .Profile    (Profile),
    .Width      (Width),
    .Lanes      (Lanes),
    .Contexts   (Contexts),
    .Tile       (Tile),
    .MaxHeadDim (MaxHeadDim),
    .Merge      (Merge),
    .BeatBits   (BeatBits),
    .ContextBits(ContextBits),
    .StepBits   (StepBits),
    .VBankBits  (VBankBits)
  ) u_merge (
    .clk_i,
    .rst_ni,
    .en_i,
    .v_exponent_i  ($signed({1'b0, v_exponent_i}) - (fp16_i ? 9'sd15 : 9'sd127)),
    .format_i,
    .start_i       (at_start),
    .context_i     (row_q.ctx),
    .pass_i        (row_q.pass),
    .pass_last_i   (row_q.pass_last),
    .steps_i       (row_q.steps),
    .last_i        (row_q.last),
    .rows_i        (row_q.rows),
    .v_bank_i      (row_q.v_bank),
    .t_i           (t),
    .e_bank_o      (e_bank),
    .e_beat_o      (e_beat),
    .e_step_o      (e_step),
    .v_distance_i  (v_distance),
    .first_i       (first_row),
    .nan_i         (nan_row),
    .g_mantissa_i  (g_mantissa),
    .g_exponent_i  (g_exponent),
    .w_mantissa_i  (w_mantissa),
    .w_shift_i     (w_shift),
    .v_end_o       (v_end),
    .v_end_bank_o  (v_end_bank),
    .load_i        (load_word),
    .load_context_i(load_context),
    .load_word_i   (load_index),
    .load_data_i   (si_data_i),
    .out_valid_o,
    .out_last_o,
    .out_rows_o,
    .out_data_o,
    .out_raw_o,
    .busy_o        (merge_busy)
  );

  logic drained;
  assign drained = tracker_idle && !row_busy && !merge_busy && (chain_busy == '0);

  flashd_state_loader #(
    .Merge      (Merge),
    .ContextBits(ContextBits),
    .CountBits  (CountBits),
    .WordBits   (WordBits)
  ) u_loader (
    .clk_i,
    .rst_ni,
    .dv_i,
    .contexts_i(state_contexts_i),
    .load_i    (state_load_i),
    .idle_i    (drained),
    .loaded_o  (state_loaded_o),
    .si_valid_i,
    .si_ready_o,
    .ri_valid_i,
    .ri_ready_o,
    .word_o    (load_word),
    .head_o    (load_head),
    .context_o (load_context),
    .index_o   (load_index)
  );

  assign idle_o = drained;
  assign state_head_o = load_head;

  // Counters.
  logic [Lanes-1:0] seen_at_weight;
  logic first_pass_at_weight;
  flashd_delay #(.Bits(1), .Cycles(AtWeight)) u_pass_at_weight (
    .clk_i, .en_i, .data_i(first_pass), .data_o(first_pass_at_weight));
  flashd_delay #(.Bits(Lanes), .Cycles(AtWeight - 1)) u_seen_at_weight (
    .clk_i, .en_i, .data_i(visible_i), .data_o(seen_at_weight));
  assign tap_key_o = key_valid;
  always_comb begin
    tap_wait_o = flashd_tap_pkg::OutputIdle;
    if (key_valid) tap_wait_o = flashd_tap_pkg::OutputBusy;
    else if (!en_i) tap_wait_o = flashd_tap_pkg::OutputWaitWrite;
    else if (!head_valid_i) begin
      if (head_begun_i) tap_wait_o = flashd_tap_pkg::OutputWaitScore;
    end else if (!values_here) tap_wait_o = flashd_tap_pkg::OutputWaitValue;
    else if (room_wait) tap_wait_o = flashd_tap_pkg::OutputWaitWrite;
    else if (merge_wait) tap_wait_o = flashd_tap_pkg::OutputWaitMerge;
    tap_skipped_o = '0;
    for (int l = 0; l < Lanes; l++) begin
      tap_skipped_o += LaneBits'(en_i && unused_valid[0] && first_pass_at_weight &&
                                 seen_at_weight[l] && zero_at_weight[l]);
    end
  end

  logic unused;
  assign unused = ^{unused_valid, unused_first, unused_last, unused_l_valid, unused_t_valid};

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      (en_i && $past(en_i) && $past(at_start)) |-> (&unused_t_valid))
  else $error("flashd_output_phase: tile sums and merge are out of step");
`endif

endmodule
