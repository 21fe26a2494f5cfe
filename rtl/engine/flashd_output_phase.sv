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
/// Back-pressure: en_i low (an output queue is full) freezes everything behind the loader.
/// Does not: wait for a stream in the middle of a context.
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
  parameter int Keys = 16,  // of a step
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
  output logic                                 tap_step_o,
  output logic [2:0]                           tap_wait_o,
  output logic [LaneBits-1:0]                  tap_skipped_o,
  output logic                                 tap_tile_o,
  output logic                                 tap_tile_skipped_o,
  output logic                                 idle_o
);

  localparam int Nonlinear = flashd_spec_pkg::LatencyNonlinear;
  localparam int OutputTime = flashd_spec_pkg::LatencyOutput;
  localparam int Channels = Width / Keys;
  localparam int Groups = Tile / Keys;
  localparam int GroupBits = (Groups > 1) ? $clog2(Groups) : 1;
  localparam int Blocks = MaxHeadDim / Channels;
  localparam int BlockBits = $clog2(Blocks);
  localparam int FullSteps = Channels / Merge;
  localparam int StepBits = (FullSteps > 1) ? $clog2(FullSteps) : 1;
  localparam int TileBits = $clog2(Tile);
  localparam int Words = (MaxHeadDim + Merge - 1) / Merge;
  localparam int WordBits = $clog2(Words + 1);
  // Enabled cycles after the issue of a key.
  localparam int AtWeight = 1 + flashd_spec_pkg::LatencyWeight;  // p
  localparam int AtSum = AtWeight + 1;                           // l of the last key
  localparam int AtRow = AtSum + 1;                              // row unit starts
  localparam int AtMerge = AtRow + Nonlinear + Lanes;            // g and w due
  // After the issue of a step: its weights are read; its block's tile sums complete in the cycle
  // after AtStart. Steps begin one cycle after a context's last key.
  localparam int InTime = AtMerge - OutputTime - 1 - Groups;
  localparam int StepDelay = (InTime > AtWeight) ? InTime : AtWeight;
  localparam int AtStart = StepDelay + OutputTime;
  localparam int Due = AtMerge - AtStart - 2;
  // The row unit takes two passes through the nonlinear unit per lane (g and w; LSE). It gets
  // another context when g and w are taken, AtMerge cycles or more after the last one, and not
  // before RowTime.
  localparam int BothTime = Nonlinear + 1 + 2 * Lanes;
  localparam int RowTime = (BothTime > flashd_spec_pkg::LatencyMinPass) ? BothTime :
      flashd_spec_pkg::LatencyMinPass;
  localparam int RowWait = (RowTime > AtMerge) ? RowTime - AtMerge : 0;

  if (Keys < 8 || Keys > 16 || (Keys & (Keys - 1)) != 0 || Width % Keys != 0 ||
      Tile % Keys != 0) begin : gen_bad_keys
    $error("flashd_output_phase: Keys must be 8 or 16 and divide Width and Tile.");
  end
  if (Channels % Merge != 0 || FullSteps > Groups) begin : gen_bad_merge
    $error("flashd_output_phase: a full tile's block must be merged in the time of its steps.");
  end

  logic [BeatBits-1:0] beats;
  logic [8:0] channel_end;
  logic [BlockBits-1:0] block_end;
  logic [StepBits-1:0] last_step_end;
  assign beats = BeatBits'((32'(dv_i) + Width - 1) / Width);
  assign channel_end = dv_i - 9'd1;
  assign block_end = BlockBits'(channel_end / 9'(Channels));
  assign last_step_end = StepBits'((channel_end % 9'(Channels)) / 9'(Merge));

  // Values.
  logic [VBanks-1:0] v_full, v_turn, v_release;
  logic [Channels-1:0][Keys-1:0] v_neg;
  logic [Channels-1:0][Keys-1:0][Sig-1:0] v_sig;
  logic [Channels-1:0][Keys-1:0][4:0] v_dist;
  logic v_bad, v_clamped, v_end, tracker_idle, value_valid;
  logic [VBankBits-1:0] e_bank, v_end_bank, v_open_bank, value_bank;
  logic [GroupBits-1:0] value_group;
  logic [BlockBits-1:0] value_block;
  logic [Keys-1:0] value_keys;
  logic [TileBits-1:0] value_first;
  logic [KeyBits-1:0] key;
  logic [BlockBits-1:0] e_block;
  logic [StepBits-1:0] e_step;
  logic [Merge-1:0][7:0] v_distance;
  assign v_open_bank = v_close_bank_i;  // the bank of the tile that the score phase walks over

  flashd_value_buffer #(
    .Sig      (Sig),
    .Width    (Width),
    .Tile     (Tile),
    .Beats    (Beats),
    .BeatBits (BeatBits),
    .KeyBits  (KeyBits),
    .Banks    (VBanks),
    .BankBits (VBankBits),
    .Merge    (Merge),
    .StepBits (StepBits),
    .Keys     (Keys),
    .GroupBits(GroupBits),
    .BlockBits(BlockBits)
  ) u_values (
    .clk_i,
    .rst_ni,
    .fp16_i,
    .beats_i     (beats),
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
    .rvalid_i    (value_valid),
    .rbank_i     (value_bank),
    .rgroup_i    (value_group),
    .rblock_i    (value_block),
    .rkeys_i     (value_keys),
    .rfirst_i    (value_first),
    .neg_o       (v_neg),
    .sig_o       (v_sig),
    .dist_o      (v_dist),
    .fbank_i     (head_v_bank_i),
    .fkey_i      (key),
    .bad_o       (v_bad),
    .clamped_o   (v_clamped),
    .ebank_i     (e_bank),
    .eblock_i    (e_block),
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

  // Keys.
  logic values_here, room_wait, go, key_valid, first, last, half, half_free, row_free_q, row_freed;
  assign values_here = v_full[head_v_bank_i] && (v_turn[head_v_bank_i] == head_v_turn_i);

  flashd_weight_issue #(
    .KeyBits (KeyBits),
    .SlotBits(SlotBits)
  ) u_keys (
    .clk_i,
    .rst_ni,
    .en_i,
    .valid_i    (head_valid_i && values_here),
    .empty_i    (head_empty_i),
    .begin_i    (head_begin_i),
    .end_i      (head_end_i),
    .out_i      (head_last_i),
    .out_room_i,
    .out_take_o,
    .pop_o      (head_pop_o),
    .room_wait_o(room_wait),
    .half_free_i(half_free),
    .row_free_i (row_free_q),
    .go_o       (go),
    .key_valid_o(key_valid),
    .key_o      (key),
    .slot_o,
    .first_o    (first),
    .last_o     (last),
    .half_o     (half)
  );
  assign slot_re_o = key_valid;
  assign slot_free_o = key_valid;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) row_free_q <= 1'b1;
    else if (head_pop_o) row_free_q <= 1'b0;
    else if (en_i && row_freed) row_free_q <= 1'b1;
  end

  // What the row unit takes with the context's last key: held until it has gone by.
  typedef struct packed {
    logic [ContextBits-1:0]  ctx;
    logic                    first;
    logic                    last;
    logic [Lanes-1:0]        rows;
    logic [Lanes-1:0]        seen;
    logic [Lanes-1:0][18:0]  base;
    logic [Lanes-1:0][2:0]   flags;
  } row_t;
  row_t issue_q, row_q;
  logic at_sum, at_row;
  logic [Lanes-1:0][18:0] reference_q;

  always_ff @(posedge clk_i) begin
    if (go) begin
      reference_q <= head_reference_i;
      if (last) begin
        issue_q <= {head_context_i, head_first_i, head_last_i, head_rows_i, head_seen_i,
                    head_reference_i, head_flags_i};
      end
    end
    if (en_i && at_sum) row_q <= issue_q;
  end

  flashd_delay_valid #(.Cycles(AtSum)) u_at_sum (
    .clk_i, .rst_ni, .en_i, .valid_i(head_pop_o), .valid_o(at_sum), .busy_o());
  flashd_delay_valid #(.Cycles(1)) u_at_row (
    .clk_i, .rst_ni, .en_i, .valid_i(at_sum), .valid_o(at_row), .busy_o());

  // Weights.
  logic at_score, first_at_score, last_at_score, store_valid, store_half;
  logic [TileBits-1:0] store_key;
  flashd_delay_valid #(.Cycles(1)) u_at_score (
    .clk_i, .rst_ni, .en_i, .valid_i(key_valid), .valid_o(at_score), .busy_o());
  flashd_delay #(.Bits(2), .Cycles(1)) u_score_tag (
    .clk_i, .en_i, .data_i({first, last}), .data_o({first_at_score, last_at_score}));
  flashd_delay_valid #(.Cycles(StepDelay)) u_store_valid (
    .clk_i, .rst_ni, .en_i, .valid_i(key_valid), .valid_o(store_valid), .busy_o());
  flashd_delay #(.Bits(1 + TileBits), .Cycles(StepDelay)) u_store_key (
    .clk_i, .en_i, .data_i({half, TileBits'(key)}), .data_o({store_half, store_key}));

  // Steps.
  localparam int FieldBits = ContextBits + 1 + Lanes;
  logic read_valid, read_half, lane_valid, lane_first, lane_last;
  logic [GroupBits-1:0] read_group, lane_missing;
  logic [Keys-1:0] lane_keys;
  logic start, start_last, start_empty, merge_last;
  logic [BlockBits-1:0] start_block;
  logic [StepBits-1:0] start_step_end;
  logic [VBankBits-1:0] start_bank;
  logic [ContextBits-1:0] merge_context;
  logic [Lanes-1:0] merge_rows;
  logic steps_valid, step_token, step_begin, step_end;

  flashd_output_steps #(
    .Tile     (Tile),
    .Keys     (Keys),
    .FullSteps(FullSteps),
    .StepDelay(StepDelay),
    .AtStart  (AtStart),
    .Due      (Due),
    .RowWait  (RowWait),
    .BlockBits(BlockBits),
    .StepBits (StepBits),
    .FieldBits(FieldBits),
    .VBankBits(VBankBits)
  ) u_steps (
    .clk_i,
    .rst_ni,
    .en_i,
    .block_end_i     (block_end),
    .step_end_i      (last_step_end),
    .push_i          (head_pop_o),
    .half_i          (half),
    .empty_i         (head_empty_i),
    .first_key_i     (TileBits'(head_begin_i)),
    .last_key_i      (TileBits'(key)),
    .v_bank_i        (head_v_bank_i),
    .fields_i        ({head_context_i, head_last_i, head_rows_i}),
    .half_free_o     (half_free),
    .row_freed_o     (row_freed),
    .value_valid_o   (value_valid),
    .value_bank_o    (value_bank),
    .value_group_o   (value_group),
    .value_block_o   (value_block),
    .value_keys_o    (value_keys),
    .value_first_o   (value_first),
    .read_valid_o    (read_valid),
    .read_half_o     (read_half),
    .read_group_o    (read_group),
    .lane_valid_o    (lane_valid),
    .lane_first_o    (lane_first),
    .lane_last_o     (lane_last),
    .lane_keys_o     (lane_keys),
    .lane_missing_o  (lane_missing),
    .start_o         (start),
    .start_block_o   (start_block),
    .start_last_o    (start_last),
    .start_step_end_o(start_step_end),
    .start_empty_o   (start_empty),
    .start_bank_o    (start_bank),
    .start_fields_o  ({merge_context, merge_last, merge_rows}),
    .tap_valid_o     (steps_valid),
    .tap_step_o,
    .tap_token_o     (step_token),
    .tap_begin_o     (step_begin),
    .tap_end_o       (step_end)
  );

  logic [Lanes-1:0][LBits-1:0] l_sum, l_q;
  logic [Lanes-1:0] v_bad_q, v_clamped_q, v_bad_hold_q, v_clamped_hold_q;
  logic [Lanes-1:0] unused_valid, unused_first, unused_last, unused_l_valid, unused_t_valid;
  logic [Lanes-1:0] zero_at_weight;
  logic [Lanes-1:0][Channels-1:0][TBits-1:0] t;

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic [PBits-1:0] p_sig, store_sig;
    logic [4:0] p_shift, store_shift;
    logic [Keys-1:0][PBits-1:0] read_sig, lane_sig;
    logic [Keys-1:0][PBits+1:0] read_triple, lane_triple;
    logic [Keys-1:0][4:0] read_shift, lane_shift;
    logic p_zero, bad, clamped;

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
      .Bits  (PBits + 5),
      .Cycles(StepDelay - AtWeight)
    ) u_p (
      .clk_i,
      .en_i,
      .data_i({p_sig, p_shift}),
      .data_o({store_sig, store_shift})
    );

    flashd_weight_store #(
      .Profile(Profile),
      .Tile   (Tile),
      .Keys   (Keys)
    ) u_store (
      .clk_i,
      .we_i     (en_i && store_valid),
      .whalf_i  (store_half),
      .key_i    (store_key),
      .p_sig_i  (store_sig),
      .p_shift_i(store_shift),
      .re_i     (en_i && read_valid),
      .rhalf_i  (read_half),
      .step_i   (read_group),
      .p_sig_o  (read_sig),
      .p_triple_o(read_triple),
      .p_shift_o(read_shift)
    );
    // What the context does not see is what earlier tiles have left.
    for (genvar k = 0; k < Keys; k++) begin : gen_key
      assign lane_sig[k] = read_sig[k] & {PBits{lane_keys[k]}};
      assign lane_triple[k] = read_triple[k] & {(PBits + 2) {lane_keys[k]}};
      assign lane_shift[k] = read_shift[k] & {5{lane_keys[k]}};
    end

    flashd_output_lane #(
      .Profile (Profile),
      .Sig     (Sig),
      .Channels(Channels),
      .Keys    (Keys),
      .Tile    (Tile)
    ) u_lane (
      .clk_i,
      .rst_ni,
      .en_i,
      .valid_i  (lane_valid),
      .first_i  (lane_first),
      .last_i   (lane_last),
      .missing_i(lane_missing),
      .p_sig_i  (lane_sig),
      .p_triple_i(lane_triple),
      .p_shift_i(lane_shift),
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
    .tile_i         (at_row),
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

  // A constant of the sequence, known long before a row ends.
  logic signed [8:0] v_exponent_q;
  always_ff @(posedge clk_i)
    v_exponent_q <= $signed({1'b0, v_exponent_i}) - (fp16_i ? 9'sd15 : 9'sd127);

  flashd_merge_unit #(
    .Profile    (Profile),
    .Lanes      (Lanes),
    .Contexts   (Contexts),
    .Tile       (Tile),
    .MaxHeadDim (MaxHeadDim),
    .Merge      (Merge),
    .Channels   (Channels),
    .BlockBits  (BlockBits),
    .ContextBits(ContextBits),
    .StepBits   (StepBits),
    .VBankBits  (VBankBits)
  ) u_merge (
    .clk_i,
    .rst_ni,
    .en_i,
    .v_exponent_i  (v_exponent_q),
    .format_i,
    .start_i       (start),
    .context_i     (merge_context),
    .block_i       (start_block),
    .block_last_i  (start_last),
    .step_end_i    (start_step_end),
    .empty_i       (start_empty),
    .last_i        (merge_last),
    .rows_i        (merge_rows),
    .v_bank_i      (start_bank),
    .t_i           (t),
    .e_bank_o      (e_bank),
    .e_block_o     (e_block),
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
  // What is issued but not yet merged holds a bank.
  assign drained = tracker_idle && !row_busy && !merge_busy;

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
  flashd_delay #(.Bits(Lanes), .Cycles(AtWeight - 1)) u_seen_at_weight (
    .clk_i, .en_i, .data_i(visible_i), .data_o(seen_at_weight));
  always_comb begin
    tap_wait_o = flashd_tap_pkg::OutputIdle;
    if (tap_step_o) tap_wait_o = flashd_tap_pkg::OutputBusy;
    else if (!en_i) tap_wait_o = flashd_tap_pkg::OutputWaitWrite;
    else if (steps_valid) begin
      if (!step_token) tap_wait_o = flashd_tap_pkg::OutputWaitMerge;
    end else if (!head_valid_i) begin
      if (head_begun_i) tap_wait_o = flashd_tap_pkg::OutputWaitScore;
    end else if (!values_here) tap_wait_o = flashd_tap_pkg::OutputWaitValue;
    else if (room_wait) tap_wait_o = flashd_tap_pkg::OutputWaitWrite;
    else if (key_valid) tap_wait_o = flashd_tap_pkg::OutputWaitScore;
    else if (!go) tap_wait_o = flashd_tap_pkg::OutputWaitMerge;
    tap_skipped_o = '0;
    for (int l = 0; l < Lanes; l++) begin
      tap_skipped_o += LaneBits'(en_i && unused_valid[0] && seen_at_weight[l] &&
                                 zero_at_weight[l]);
    end
  end

  logic unused;
  assign unused = ^{unused_valid, unused_first, unused_last, unused_l_valid, unused_t_valid,
                    step_begin, step_end};

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      (en_i && $past(en_i) && $past(start) && !$past(start_empty)) |->
      (&unused_t_valid))
  else $error("flashd_output_phase: tile sums and merge are out of step");
`endif

endmodule
