// SPDX-License-Identifier: Apache-2.0
/// Score phase: queries against the resident tile of keys, context by context, into the score
/// buffer; for every finished context a header for the output phase.
///
/// A key enters at k_*_i, meets every lane's query in flashd_score_lane and leaves as one score per
/// lane in the score buffer.
/// Latency: 2 + LatencyScore cycles from a key's last beat to its slot, LatencySoftCap more with
/// SoftCap 1. One beat per cycle.
/// Back-pressure: the score buffer's slots and the header queue are counted before a beat starts;
/// nothing behind the issue ever waits.
/// Does not: form weights.
/// Over 400 lines because it is wiring, one port to a line; the logic is in the units it connects.
module flashd_score_phase #(
  parameter int Profile = 0,
  parameter int Sig = 11,
  parameter int Width = 64,
  parameter int Lanes = 4,
  parameter int Contexts = 16,
  parameter int Tile = 64,
  parameter int MaxHeadDim = 256,
  parameter int Beats = 4,
  parameter int BeatBits = 3,
  parameter int KeyBits = 7,
  parameter int ContextBits = 4,
  parameter int CountBits = 5,
  parameter int VBanks = 2,
  parameter int VBankBits = 1,
  parameter int SlotBits = 7,
  parameter int BiasBits = 35,
  parameter int LaneBits = 3,
  parameter int SoftCap = 0,
  localparam int F = flashd_spec_pkg::score_frac(Profile),
  localparam int ScoreBits = flashd_spec_pkg::ScoreRangeLog2 + F + 1
) (
  input  logic                                   clk_i,
  input  logic                                   rst_ni,
  input  logic                                   fp16_i,
  input  logic [BeatBits-1:0]                    q_beats_i,
  input  logic [2:0]                             grid_extra_i,
  input  logic signed [11:0]                     job_exponent_i,
  input  logic                                   scale_negative_i,
  input  logic [flashd_spec_pkg::ScaleBits-1:0]  scale_mantissa_i,
  input  logic                                   soft_cap_en_i,
  input  logic [63:0]                            soft_cap_i,
  input  logic                                   bias_en_i,
  input  logic                                   state_in_en_i,
  input  logic                                   skip_v_en_i,
  input  logic                                   q_valid_i,
  output logic                                   q_ready_o,
  input  logic [Width-1:0][15:0]                 q_data_i,
  input  logic                                   q_row_valid_i,
  input  logic [31:0]                            q_begin_i,
  input  logic [31:0]                            q_end_i,
  input  logic                                   q_last_i,
  // Tile headers, one queue for the contexts' walk and one for the loading of keys.
  input  logic                                   tile_valid_i,
  output logic                                   tile_ready_o,
  input  logic [KeyBits-1:0]                     tile_keys_i,
  input  logic [31:0]                            tile_base_i,
  input  logic                                   tile_first_i,
  input  logic                                   tile_last_i,
  input  logic [CountBits-1:0]                   tile_contexts_i,
  input  logic                                   load_valid_i,
  output logic                                   load_ready_o,
  input  logic [KeyBits-1:0]                     load_keys_i,
  input  logic                                   k_valid_i,
  output logic                                   k_ready_o,
  input  logic [Width-1:0][15:0]                 k_data_i,
  output logic [1:0]                             k_freed_o,
  input  logic                                   b_valid_i,
  output logic                                   b_ready_o,
  input  logic [Lanes-1:0][BiasBits-1:0]         b_value_i,
  input  logic [Lanes-1:0]                       b_mask_i,
  input  logic [Lanes-1:0]                       b_nan_i,
  // Row states of the block.
  output logic                                   state_load_o,
  input  logic                                   state_loaded_i,
  // Uses of value banks.
  output logic                                   v_open_o,
  output logic                                   v_close_o,
  output logic [VBankBits-1:0]                   v_close_bank_o,
  input  logic [VBanks-1:0]                      v_closed_i,
  // Headers for the output phase; info first, findings when the last score is in.
  output logic                                   info_o,
  output logic                                   info_empty_o,
  output logic [ContextBits-1:0]                 info_context_o,
  output logic [KeyBits-1:0]                     info_begin_o,
  output logic [KeyBits-1:0]                     info_end_o,
  output logic [Lanes-1:0]                       info_rows_o,
  output logic                                   info_first_o,
  output logic                                   info_last_o,
  output logic [VBankBits-1:0]                   info_v_bank_o,
  output logic                                   info_v_turn_o,
  output logic                                   found_o,
  output logic                                   found_first_o,   // of the rows' first tile
  output logic [Lanes-1:0]                       seen_o,
  output logic [Lanes-1:0][18:0]                 reference_o,
  output logic [Lanes-1:0][2:0]                  flags_o,
  input  logic                                   header_free_i,
  // Score buffer, read side.
  input  logic                                   slot_free_i,
  input  logic                                   re_i,
  input  logic [SlotBits-1:0]                    raddr_i,
  output logic [Lanes-1:0]                       visible_o,
  output logic [Lanes-1:0][ScoreBits-1:0]        score_o,
  // What happens in this cycle.
  output logic                                   tap_beat_o,
  output logic [2:0]                             tap_wait_o,
  output logic [LaneBits-1:0]                    tap_scored_o,
  output logic [LaneBits-1:0]                    tap_saturated_o,
  output logic                                   idle_o
);

  localparam int Slots = 2 * Tile;
  localparam int LaneLatency = flashd_spec_pkg::LatencyScore +
      ((SoftCap == 0) ? 0 : flashd_spec_pkg::LatencySoftCap);
  localparam int Delay = 2 + LaneLatency;

  logic [ContextBits-1:0] row_context, work_context;
  logic row_full, work_valid, work_ready, work_k_bank;
  logic [Lanes-1:0] row_valid, row_bad, work_bad, visible, nan;
  logic [Lanes-1:0][31:0] row_begin, row_end;
  logic [KeyBits-1:0] work_begin, work_end, key;
  logic [Lanes-1:0][KeyBits-1:0] see_begin, see_end;
  logic [1:0] k_full, k_turn, k_release;
  logic open, close, start, beat, token, first_beat, last_beat, first_key, last_key;
  logic [BeatBits-1:0] index;
  logic query_idle, setup_idle, issue_idle, tracker_idle, pipe_busy, token_busy;
  logic [2:0] walk_wait, issue_wait;

  // Queries.
  logic q_free_q, q_re_q;
  logic [ContextBits-1:0] q_context_q;
  logic [BeatBits-1:0] q_index_q;
  logic [Lanes-1:0][Width-1:0] q_neg;
  logic [Lanes-1:0][Width-1:0][9:0] q_exp;
  logic [Lanes-1:0][Width-1:0][Sig-1:0] q_sig;

  // The query memory is read one cycle after the key memory, whose data are decoded on the way.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      q_free_q <= 1'b0;
      q_re_q   <= 1'b0;
    end else begin
      q_free_q <= work_ready && info_last_o;
      q_re_q   <= beat;
    end
  end
  always_ff @(posedge clk_i) begin
    q_context_q <= work_context;
    q_index_q   <= index;
  end

  flashd_query_buffer #(
    .Sig        (Sig),
    .Width      (Width),
    .Lanes      (Lanes),
    .Contexts   (Contexts),
    .Beats      (Beats),
    .BeatBits   (BeatBits),
    .ContextBits(ContextBits)
  ) u_queries (
    .clk_i,
    .rst_ni,
    .fp16_i,
    .beats_i       (q_beats_i),
    .job_exponent_i,
    .scale_negative_i,
    .q_valid_i,
    .q_ready_o,
    .q_data_i,
    .q_row_valid_i,
    .q_begin_i,
    .q_end_i,
    .q_last_i,
    .row_context_i (row_context),
    .row_full_o    (row_full),
    .row_claim_i   (open && tile_last_i),
    .row_valid_o   (row_valid),
    .row_bad_o     (row_bad),
    .row_begin_o   (row_begin),
    .row_end_o     (row_end),
    .free_i        (q_free_q),
    .free_context_i(q_context_q),
    .re_i          (q_re_q),
    .rcontext_i    (q_context_q),
    .rbeat_i       (q_index_q),
    .neg_o         (q_neg),
    .exp_o         (q_exp),
    .sig_o         (q_sig),
    .idle_o        (query_idle)
  );

  // Keys.
  logic k_bad;
  logic [Width-1:0] k_neg;
  logic [Width-1:0][7:0] k_exp;
  logic [Width-1:0][Sig-1:0] k_sig;

  flashd_key_buffer #(
    .Sig     (Sig),
    .Width   (Width),
    .Tile    (Tile),
    .Beats   (Beats),
    .BeatBits(BeatBits),
    .KeyBits (KeyBits)
  ) u_keys (
    .clk_i,
    .rst_ni,
    .fp16_i,
    .beats_i     (q_beats_i),
    .tile_valid_i(load_valid_i),
    .tile_ready_o(load_ready_o),
    .tile_keys_i (load_keys_i),
    .k_valid_i,
    .k_ready_o,
    .k_data_i,
    .release_i   (k_release),
    .full_o      (k_full),
    .turn_o      (k_turn),
    .re_i        (beat),
    .rbank_i     (work_k_bank),
    .rkey_i      (key),
    .rbeat_i     (index),
    .bad_o       (k_bad),
    .neg_o       (k_neg),
    .exp_o       (k_exp),
    .sig_o       (k_sig)
  );

  logic k_bank;
  flashd_bank_tracker #(
    .Banks   (2),
    .BankBits(1),
    .Uses    (Contexts)
  ) u_tracker (
    .clk_i,
    .rst_ni,
    .open_i      (open),
    .open_bank_i (k_bank),
    .end_i       (work_ready),
    .end_bank_i  (work_k_bank),
    .close_i     (close),
    .close_bank_i(k_bank),
    .release_o   (k_release),
    .closed_o    (),
    .idle_o      (tracker_idle)
  );

  // Walk over contexts, then over keys and beats.
  flashd_score_setup #(
    .Lanes      (Lanes),
    .Contexts   (Contexts),
    .KeyBits    (KeyBits),
    .ContextBits(ContextBits),
    .CountBits  (CountBits),
    .VBanks     (VBanks),
    .VBankBits  (VBankBits)
  ) u_setup (
    .clk_i,
    .rst_ni,
    .tile_valid_i,
    .tile_ready_o,
    .tile_keys_i,
    .tile_base_i,
    .tile_first_i,
    .tile_last_i,
    .tile_contexts_i,
    .every_tile_i (skip_v_en_i),
    .k_full_i     (k_full),
    .k_turn_i     (k_turn),
    .state_in_en_i,
    .load_o       (state_load_o),
    .loaded_i     (state_loaded_i),
    .row_context_o(row_context),
    .row_full_i   (row_full),
    .row_valid_i  (row_valid),
    .row_bad_i    (row_bad),
    .row_begin_i  (row_begin),
    .row_end_i    (row_end),
    .valid_o      (work_valid),
    .ready_i      (work_ready),
    .empty_o      (info_empty_o),
    .context_o    (work_context),
    .begin_o      (work_begin),
    .end_o        (work_end),
    .see_begin_o  (see_begin),
    .see_end_o    (see_end),
    .rows_o       (info_rows_o),
    .bad_o        (work_bad),
    .first_o      (info_first_o),
    .last_o       (info_last_o),
    .k_bank_o     (work_k_bank),
    .v_bank_o     (info_v_bank_o),
    .v_turn_o     (info_v_turn_o),
    .open_o       (open),
    .close_o      (close),
    .k_close_bank_o(k_bank),
    .v_close_bank_o,
    .v_closed_i,
    .wait_o       (walk_wait),
    .idle_o       (setup_idle)
  );
  assign v_open_o = open;
  assign v_close_o = close;

  flashd_score_issue #(
    .Lanes   (Lanes),
    .KeyBits (KeyBits),
    .BeatBits(BeatBits),
    .Slots   (Slots)
  ) u_issue (
    .clk_i,
    .rst_ni,
    .beats_i      (q_beats_i),
    .bias_en_i,
    .valid_i      (work_valid),
    .ready_o      (work_ready),
    .empty_i      (info_empty_o),
    .begin_i      (work_begin),
    .end_i        (work_end),
    .see_begin_i  (see_begin),
    .see_end_i    (see_end),
    .b_valid_i,
    .b_ready_o,
    .b_mask_i,
    .slot_free_i,
    .header_free_i,
    .start_o      (start),
    .beat_o       (beat),
    .token_o      (token),
    .key_o        (key),
    .index_o      (index),
    .first_beat_o (first_beat),
    .last_beat_o  (last_beat),
    .first_key_o  (first_key),
    .last_key_o   (last_key),
    .visible_o    (visible),
    .wait_o       (issue_wait),
    .idle_o       (issue_idle)
  );

  assign info_o = start;
  assign info_context_o = work_context;
  assign info_begin_o = work_begin;
  assign info_end_o = work_end;

  for (genvar l = 0; l < Lanes; l++) begin : gen_nan
    assign nan[l] = work_bad[l] || k_bad || (bias_en_i && b_nan_i[l]);
  end

  // What goes with a beat: two cycles to the lanes, LaneLatency more to the score buffer.
  logic [1:0] lane_ctl;
  logic lane_valid, found_valid, found_token;
  logic [Lanes-1:0][BiasBits-1:0] bias;
  flashd_delay_valid #(.Cycles(2)) u_lane_valid (
    .clk_i, .rst_ni, .en_i(1'b1), .valid_i(beat), .valid_o(lane_valid), .busy_o());
  flashd_delay #(.Bits(2 + Lanes * BiasBits), .Cycles(2)) u_lane_ctl (
    .clk_i, .en_i(1'b1), .data_i({first_beat, last_beat, bias_en_i ? b_value_i : '0}),
    .data_o({lane_ctl, bias}));

  logic tag_first, tag_last;
  logic [Lanes-1:0] tag_visible, tag_nan;
  flashd_delay_valid #(.Cycles(Delay)) u_tag_valid (
    .clk_i, .rst_ni, .en_i(1'b1), .valid_i(beat && last_beat), .valid_o(found_valid),
    .busy_o(pipe_busy));
  flashd_delay_valid #(.Cycles(Delay)) u_tag_token (
    .clk_i, .rst_ni, .en_i(1'b1), .valid_i(token), .valid_o(found_token), .busy_o(token_busy));
  flashd_delay #(.Bits(3 + 2 * Lanes), .Cycles(Delay)) u_tag (
    .clk_i, .en_i(1'b1), .data_i({info_first_o, first_key, last_key, visible, nan}),
    .data_o({found_first_o, tag_first, tag_last, tag_visible, tag_nan}));

  logic [Lanes-1:0] lane_done, sat_product, sat_score, unused_take;
  logic [Lanes-1:0][ScoreBits-1:0] score;
  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    flashd_score_lane #(
      .Profile   (Profile),
      .Sig       (Sig),
      .Width     (Width),
      .MaxHeadDim(MaxHeadDim),
      .SoftCap   (SoftCap)
    ) u_lane (
      .clk_i,
      .rst_ni,
      .valid_i      (lane_valid),
      .first_i      (lane_ctl[1]),
      .last_i       (lane_ctl[0]),
      .q_neg_i      (q_neg[l]),
      .q_exp_i      (q_exp[l]),
      .q_sig_i      (q_sig[l]),
      .k_neg_i      (k_neg),
      .k_exp_i      (k_exp),
      .k_sig_i      (k_sig),
      .grid_extra_i,
      .scale_i      (scale_mantissa_i),
      .cap_en_i     (soft_cap_en_i),
      .cap_i        (soft_cap_i),
      .bias_i       ($signed(bias[l])),
      .bias_take_o  (unused_take[l]),
      .valid_o      (lane_done[l]),
      .score_o      (score[l]),
      .sat_product_o(sat_product[l]),
      .sat_score_o  (sat_score[l])
    );
  end

  flashd_score_buffer #(
    .Profile (Profile),
    .Lanes   (Lanes),
    .Slots   (Slots),
    .SlotBits(SlotBits)
  ) u_buffer (
    .clk_i,
    .rst_ni,
    .valid_i      (found_valid),
    .token_i      (found_token),
    .first_i      (tag_first),
    .last_i       (tag_last),
    .visible_i    (tag_visible),
    .nan_i        (tag_nan),
    .score_i      (score),
    .sat_product_i(sat_product),
    .sat_score_i  (sat_score),
    .found_o,
    .seen_o,
    .reference_o,
    .flags_o,
    .re_i,
    .raddr_i,
    .visible_o,
    .score_o
  );

  assign k_freed_o = 2'(k_release[0]) + 2'(k_release[1]);

  // Counters.
  assign tap_beat_o = beat;
  assign tap_wait_o = beat ? flashd_tap_pkg::ScoreBusy : work_valid ? issue_wait : walk_wait;
  always_comb begin
    tap_scored_o = '0;
    tap_saturated_o = '0;
    for (int l = 0; l < Lanes; l++) begin
      tap_scored_o += LaneBits'(found_valid && tag_visible[l]);
      tap_saturated_o += LaneBits'(found_valid && tag_visible[l] &&
                                   (sat_product[l] || sat_score[l]));
    end
  end

  assign idle_o = query_idle && setup_idle && issue_idle && tracker_idle && !pipe_busy &&
      !token_busy;

  logic unused;
  assign unused = ^{unused_take, lane_done};

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) disable iff (!rst_ni) found_valid == lane_done[0])
  else $error("flashd_score_phase: the lanes and their tags are out of step");
`endif

endmodule
