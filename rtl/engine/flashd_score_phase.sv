// SPDX-License-Identifier: Apache-2.0
/// Score phase: queries against the resident tile of keys, context by context, into the score
/// buffer; for every finished context a header for the output phase.
///
/// A key enters at k_*_i, meets every lane's query in flashd_score_lane and leaves as one score per
/// lane in the score buffer. Operands wait in flashd_score_operands, headers in
/// flashd_context_queue; flashd_score_setup and flashd_score_issue say which keys meet whom.
/// Latency: 2 + LatencyScore cycles from a key's last beat to its slot, LatencySoftCap more with
/// SoftCap 1. One beat per cycle.
/// Back-pressure: the score buffer's slots and the header queue are counted before a beat starts;
/// nothing behind the issue ever waits.
/// Does not: form weights.
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
  input  logic [32:0]                            tile_end_i,      // key behind the tile's last
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
  // skip_v: one report per tile; the row states that it needs.
  output logic                                   skip_valid_o,
  output logic                                   skip_o,
  input  logic                                   load_head_i,     // a beat of row heads is taken
  input  logic [Lanes-1:0][18:0]                 load_exponent_i,
  input  logic [Lanes-1:0][5:0]                  load_flags_i,
  // Header of the next context for the output phase.
  output logic                                   head_begun_o,    // its scores are coming
  output logic                                   head_valid_o,
  output logic                                   head_empty_o,
  output logic [ContextBits-1:0]                 head_context_o,
  output logic [KeyBits-1:0]                     head_begin_o,
  output logic [KeyBits-1:0]                     head_end_o,
  output logic [Lanes-1:0]                       head_rows_o,
  output logic                                   head_first_o,
  output logic                                   head_last_o,
  output logic [VBankBits-1:0]                   head_v_bank_o,
  output logic                                   head_v_turn_o,
  output logic [Lanes-1:0]                       head_seen_o,
  output logic [Lanes-1:0][18:0]                 head_reference_o,
  output logic [Lanes-1:0][2:0]                  head_flags_o,
  input  logic                                   head_pop_i,
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
  output logic                                   skip_idle_o,
  output logic                                   idle_o
);

  localparam int Slots = 2 * Tile;

  logic [ContextBits-1:0] row_context, row_next, work_context;
  logic row_step, row_full, work_valid, work_ready, work_k_bank, k_bank, k_bad;
  logic [Lanes-1:0] row_valid, row_bad, work_bad, visible;
  logic [Lanes-1:0][31:0] row_begin, row_end;
  logic [KeyBits-1:0] work_begin, work_end, key;
  logic [Lanes-1:0][KeyBits-1:0] see_begin, see_end;
  logic [1:0] k_full, k_turn;
  logic open, close, start, beat, token, first_beat, last_beat, first_key, last_key;
  logic [BeatBits-1:0] index;
  logic query_idle, setup_idle, issue_idle, keys_idle, pipe_busy, token_busy;
  logic [2:0] walk_wait, issue_wait;
  logic info_empty, info_first, info_last, info_v_turn;
  logic [Lanes-1:0] info_rows;
  logic [VBankBits-1:0] info_v_bank;
  logic [Lanes-1:0][Width-1:0] q_neg;
  logic [Lanes-1:0][Width-1:0][9:0] q_exp;
  logic [Lanes-1:0][Width-1:0][Sig-1:0] q_sig;
  logic [Width-1:0] k_neg;
  logic [Width-1:0][7:0] k_exp;
  logic [Width-1:0][Sig-1:0] k_sig;

  flashd_score_operands #(
    .Sig        (Sig),
    .Width      (Width),
    .Lanes      (Lanes),
    .Contexts   (Contexts),
    .Tile       (Tile),
    .Beats      (Beats),
    .BeatBits   (BeatBits),
    .KeyBits    (KeyBits),
    .ContextBits(ContextBits)
  ) u_operands (
    .clk_i, .rst_ni, .fp16_i, .q_beats_i, .job_exponent_i, .scale_negative_i, .q_valid_i,
    .q_ready_o, .q_data_i, .q_row_valid_i, .q_begin_i, .q_end_i, .q_last_i, .load_valid_i,
    .load_ready_o, .load_keys_i, .k_valid_i, .k_ready_o, .k_data_i, .k_freed_o,
    .row_context_i (row_context),
    .row_step_i    (row_step),
    .row_next_i    (row_next),
    .row_full_o    (row_full),
    .row_valid_o   (row_valid),
    .row_bad_o     (row_bad),
    .row_begin_o   (row_begin),
    .row_end_o     (row_end),
    .k_full_o      (k_full),
    .k_turn_o      (k_turn),
    .tile_last_i,
    .open_i        (open),
    .close_i       (close),
    .k_bank_i      (k_bank),
    .work_context_i(work_context),
    .work_k_bank_i (work_k_bank),
    .work_last_i   (info_last),
    .beat_i        (beat),
    .key_i         (key),
    .index_i       (index),
    .end_i         (work_ready),
    .q_neg_o       (q_neg),
    .q_exp_o       (q_exp),
    .q_sig_o       (q_sig),
    .k_bad_o       (k_bad),
    .k_neg_o       (k_neg),
    .k_exp_o       (k_exp),
    .k_sig_o       (k_sig),
    .query_idle_o  (query_idle),
    .keys_idle_o   (keys_idle)
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
    .clk_i, .rst_ni, .tile_valid_i, .tile_ready_o, .tile_keys_i, .tile_base_i, .tile_end_i,
    .tile_first_i, .tile_last_i, .tile_contexts_i,
    .every_tile_i (skip_v_en_i),
    .k_full_i     (k_full),
    .k_turn_i     (k_turn),
    .state_in_en_i,
    .load_o       (state_load_o),
    .loaded_i     (state_loaded_i),
    .row_context_o(row_context),
    .row_step_o   (row_step),
    .row_next_o   (row_next),
    .row_full_i   (row_full),
    .row_valid_i  (row_valid),
    .row_bad_i    (row_bad),
    .row_begin_i  (row_begin),
    .row_end_i    (row_end),
    .valid_o      (work_valid),
    .ready_i      (work_ready),
    .empty_o      (info_empty),
    .context_o    (work_context),
    .begin_o      (work_begin),
    .end_o        (work_end),
    .see_begin_o  (see_begin),
    .see_end_o    (see_end),
    .rows_o       (info_rows),
    .bad_o        (work_bad),
    .first_o      (info_first),
    .last_o       (info_last),
    .k_bank_o     (work_k_bank),
    .v_bank_o     (info_v_bank),
    .v_turn_o     (info_v_turn),
    .open_o       (open),
    .close_o      (close),
    .k_close_bank_o(k_bank),
    .v_close_bank_o, .v_closed_i,
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
    .clk_i, .rst_ni,
    .beats_i      (q_beats_i),
    .bias_en_i,
    .valid_i      (work_valid),
    .ready_o      (work_ready),
    .empty_i      (info_empty),
    .begin_i      (work_begin),
    .end_i        (work_end),
    .see_begin_i  (see_begin),
    .see_end_i    (see_end),
    .b_valid_i, .b_ready_o, .b_mask_i, .slot_free_i,
    .header_free_i(head_pop_i),
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

  // Findings of a context.
  logic found, found_first;
  logic [Lanes-1:0] seen;
  logic [Lanes-1:0][18:0] reference;
  logic [Lanes-1:0][2:0] flags;

  flashd_score_array #(
    .Profile   (Profile),
    .Sig       (Sig),
    .Width     (Width),
    .Lanes     (Lanes),
    .MaxHeadDim(MaxHeadDim),
    .Slots     (Slots),
    .SlotBits  (SlotBits),
    .BiasBits  (BiasBits),
    .LaneBits  (LaneBits),
    .SoftCap   (SoftCap)
  ) u_array (
    .clk_i, .rst_ni, .grid_extra_i, .scale_mantissa_i, .soft_cap_en_i, .soft_cap_i, .bias_en_i,
    .beat_i       (beat),
    .token_i      (token),
    .first_i      (info_first),
    .first_beat_i (first_beat),
    .last_beat_i  (last_beat),
    .first_key_i  (first_key),
    .last_key_i   (last_key),
    .visible_i    (visible),
    .bad_i        (work_bad),
    .k_bad_i      (k_bad),
    .b_value_i, .b_nan_i,
    .q_neg_i      (q_neg),
    .q_exp_i      (q_exp),
    .q_sig_i      (q_sig),
    .k_neg_i      (k_neg),
    .k_exp_i      (k_exp),
    .k_sig_i      (k_sig),
    .found_o      (found),
    .found_first_o(found_first),
    .seen_o       (seen),
    .reference_o  (reference),
    .flags_o      (flags),
    .re_i, .raddr_i, .visible_o, .score_o, .tap_scored_o, .tap_saturated_o,
    .pipe_busy_o  (pipe_busy),
    .token_busy_o (token_busy)
  );

  flashd_context_queue #(
    .Lanes      (Lanes),
    .Tile       (Tile),
    .KeyBits    (KeyBits),
    .ContextBits(ContextBits),
    .VBankBits  (VBankBits)
  ) u_headers (
    .clk_i, .rst_ni, .state_in_en_i, .skip_v_en_i,
    .info_i        (start),
    .info_empty_i  (info_empty),
    .info_context_i(work_context),
    .info_begin_i  (work_begin),
    .info_end_i    (work_end),
    .info_rows_i   (info_rows),
    .info_first_i  (info_first),
    .info_last_i   (info_last),
    .info_v_bank_i (info_v_bank),
    .info_v_turn_i (info_v_turn),
    .found_i       (found),
    .found_first_i (found_first),
    .seen_i        (seen),
    .reference_i   (reference),
    .flags_i       (flags),
    .load_i        (load_head_i),
    .load_exponent_i, .load_flags_i, .skip_valid_o, .skip_o, .head_begun_o, .head_valid_o,
    .head_empty_o, .head_context_o, .head_begin_o, .head_end_o, .head_rows_o, .head_first_o,
    .head_last_o, .head_v_bank_o, .head_v_turn_o, .head_seen_o, .head_reference_o, .head_flags_o,
    .head_pop_i, .skip_idle_o
  );

  // Counters.
  assign tap_beat_o = beat;
  assign tap_wait_o = beat ? flashd_tap_pkg::ScoreBusy : work_valid ? issue_wait : walk_wait;

  assign idle_o = query_idle && setup_idle && issue_idle && keys_idle && !pipe_busy &&
      !token_busy;

`ifdef FLASHD_ASSERT
  flashd_stream_check #(.Bits(Lanes * (BiasBits + 2))) u_check_b (
    .clk_i, .rst_ni, .valid_i(b_valid_i), .ready_i(b_ready_o),
    .data_i({b_value_i, b_mask_i, b_nan_i}));
`endif

endmodule
