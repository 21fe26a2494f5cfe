// SPDX-License-Identifier: Apache-2.0
/// FLASH-D attention engine: queries in, tiles of keys and values in, attention rows out.
///
/// A block of up to Lanes x Contexts query rows (row r sits in lane r % Lanes, context r / Lanes)
/// stays resident while the keys and values of one KV head stream past in tiles of at most Tile
/// keys. The score phase of one (tile, context) runs while the output phase of the one before it
/// runs. Numerics: docs/contract.md.
///
/// Streams, per block: Q (context by context, lane by lane, q_beats_i beats of Width elements, zero
/// padded), row states in (if state_in_en_i), tile headers and headers of their values, K and V
/// (keys in order, beats of Width elements, zero padded), bias (if bias_en_i: one beat per (tile,
/// context, key) that is scored, from the first to the last that a row of the context sees). Out,
/// context by context: O (ceil(dv / Merge) beats), raw o (if state_out_en_i) and one row beat.
///
/// Latency: with n keys of the tile in its range, the first O of a context follows its last key by
/// about n + LatencyNonlinear + Lanes + 23 cycles.
/// Back-pressure: every stream may pause at any time; no pause changes a bit of any result. Banks
/// are credits: *_freed_o gives them back, and who keeps to them never finds k/v_ready_o low.
/// Does not: fetch from memory, choose tiles, convert the bias, or accept new job constants before
/// idle_o. Job constants are stable from the first beat of a job until idle_o.
module flashd_engine #(
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
  parameter int BiasBits = flashd_spec_pkg::BiasRangeLog2 + 1 + flashd_spec_pkg::score_frac(Profile)
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
  output logic                                    idle_o
);

  localparam int Beats = (MaxHeadDim + Width - 1) / Width;
  // A bank of values is held from its first beat to its last merge, longer than a bank of keys; the
  // third hides the memory's latency, and few contexts per tile need one more.
  localparam int VBanks = (Contexts < 4) ? 4 : 3;
  localparam int VBankBits = $clog2(VBanks);
  localparam int SlotBits = $clog2(2 * Tile);
  localparam int ScoreBits =
      flashd_spec_pkg::ScoreRangeLog2 + flashd_spec_pkg::score_frac(Profile) + 1;
  localparam int IndexBits = (Contexts > 1) ? $clog2(Contexts) : 1;
  localparam int StepKeys = (Width < 16) ? Width : 16;  // keys that the output array takes at once

  if (Profile != 0 && Profile != 1) begin : gen_bad_profile
    $error("flashd_engine: Profile must be 0 (fine) or 1 (lean).");
  end
  if (Sig != 8 && Sig != 11) begin : gen_bad_sig
    $error("flashd_engine: Sig must be 8 (BF16) or 11 (BF16 and FP16).");
  end
  if (Width < 8 || Width > 256 || (Width & (Width - 1)) != 0) begin : gen_bad_width
    $error("flashd_engine: Width must be a power of two from 8 to 256.");
  end
  if (Lanes < 1 || Lanes > 8) begin : gen_bad_lanes
    $error("flashd_engine: Lanes must be 1 to 8.");
  end
  if (Contexts < 1 || Contexts > 64) begin : gen_bad_contexts
    $error("flashd_engine: Contexts must be 1 to 64.");
  end
  if (Tile < 16 || Tile > 64 || (Tile & (Tile - 1)) != 0 || Tile < Width / 4) begin : gen_bad_tile
    $error("flashd_engine: Tile must be 16, 32 or 64, and at least Width / 4.");
  end
  if (SoftCap != 0 && SoftCap != 1) begin : gen_bad_soft_cap
    $error("flashd_engine: SoftCap must be 0 (absent) or 1 (built).");
  end
  if (MaxHeadDim < Width || MaxHeadDim > flashd_spec_pkg::MaxHeadDim ||
      MaxHeadDim % Width != 0) begin : gen_bad_dim
    $error("flashd_engine: MaxHeadDim must be a multiple of Width, at most 256.");
  end

  // Tile headers go to the walk over contexts, to the keys and to the values.
  logic walk_valid, walk_ready, walk_first, walk_last;
  logic [KeyBits-1:0] walk_keys, k_load_keys, v_load_keys;
  logic [31:0] walk_base;
  logic [32:0] walk_end;
  logic [ContextBits-1:0] walk_contexts;
  logic k_load_valid, k_load_ready, v_load_valid, v_load_ready;

  flashd_tile_queue #(
    .KeyBits    (KeyBits),
    .ContextBits(ContextBits)
  ) u_tiles (
    .clk_i, .rst_ni, .tile_valid_i, .tile_ready_o, .tile_keys_i, .tile_base_i, .tile_first_i,
    .tile_last_i, .tile_contexts_i, .vt_valid_i, .vt_ready_o, .vt_keys_i,
    .walk_valid_o   (walk_valid),
    .walk_ready_i   (walk_ready),
    .walk_keys_o    (walk_keys),
    .walk_base_o    (walk_base),
    .walk_end_o     (walk_end),
    .walk_first_o   (walk_first),
    .walk_last_o    (walk_last),
    .walk_contexts_o(walk_contexts),
    .k_load_valid_o (k_load_valid),
    .k_load_ready_i (k_load_ready),
    .k_load_keys_o  (k_load_keys),
    .v_load_valid_o (v_load_valid),
    .v_load_ready_i (v_load_ready),
    .v_load_keys_o  (v_load_keys)
  );

  // From the score phase to the output phase: headers of contexts, scores, uses of value banks.
  logic head_begun, head_valid, head_empty, head_first, head_last, head_v_turn, head_pop;
  logic [IndexBits-1:0] head_context;
  logic [KeyBits-1:0] head_begin, head_end;
  logic [Lanes-1:0] head_rows, head_seen, visible;
  logic [VBankBits-1:0] head_v_bank, v_close_bank;
  logic [Lanes-1:0][18:0] head_reference;
  logic [Lanes-1:0][2:0] head_flags;
  logic state_load, state_loaded, state_head, v_open, v_close, slot_free, slot_re;
  logic [VBanks-1:0] v_closed;
  logic [SlotBits-1:0] slot;
  logic [Lanes-1:0][ScoreBits-1:0] score;
  logic score_idle, skip_idle, output_idle;

  flashd_score_phase #(
    .Profile    (Profile),
    .Sig        (Sig),
    .Width      (Width),
    .Lanes      (Lanes),
    .Contexts   (Contexts),
    .Tile       (Tile),
    .MaxHeadDim (MaxHeadDim),
    .Beats      (Beats),
    .BeatBits   (BeatBits),
    .KeyBits    (KeyBits),
    .ContextBits(IndexBits),
    .CountBits  (ContextBits),
    .VBanks     (VBanks),
    .VBankBits  (VBankBits),
    .SlotBits   (SlotBits),
    .BiasBits   (BiasBits),
    .LaneBits   (LaneBits),
    .SoftCap    (SoftCap)
  ) u_score (
    .clk_i, .rst_ni, .fp16_i, .q_beats_i, .grid_extra_i, .job_exponent_i, .scale_negative_i,
    .scale_mantissa_i, .soft_cap_en_i, .soft_cap_i, .bias_en_i, .state_in_en_i, .skip_v_en_i,
    .q_valid_i, .q_ready_o, .q_data_i, .q_row_valid_i, .q_begin_i, .q_end_i, .q_last_i,
    .tile_valid_i    (walk_valid),
    .tile_ready_o    (walk_ready),
    .tile_keys_i     (walk_keys),
    .tile_base_i     (walk_base),
    .tile_end_i      (walk_end),
    .tile_first_i    (walk_first),
    .tile_last_i     (walk_last),
    .tile_contexts_i (walk_contexts),
    .load_valid_i    (k_load_valid),
    .load_ready_o    (k_load_ready),
    .load_keys_i     (k_load_keys),
    .k_valid_i, .k_ready_o, .k_data_i, .k_freed_o, .b_valid_i, .b_ready_o, .b_value_i, .b_mask_i,
    .b_nan_i,
    .state_load_o    (state_load),
    .state_loaded_i  (state_loaded),
    .v_open_o        (v_open),
    .v_close_o       (v_close),
    .v_close_bank_o  (v_close_bank),
    .v_closed_i      (v_closed),
    .skip_valid_o, .skip_o,
    .load_head_i     (state_head),
    .load_exponent_i (ri_exponent_i),
    .load_flags_i    (ri_flags_i),
    .head_begun_o    (head_begun),
    .head_valid_o    (head_valid),
    .head_empty_o    (head_empty),
    .head_context_o  (head_context),
    .head_begin_o    (head_begin),
    .head_end_o      (head_end),
    .head_rows_o     (head_rows),
    .head_first_o    (head_first),
    .head_last_o     (head_last),
    .head_v_bank_o   (head_v_bank),
    .head_v_turn_o   (head_v_turn),
    .head_seen_o     (head_seen),
    .head_reference_o(head_reference),
    .head_flags_o    (head_flags),
    .head_pop_i      (head_pop),
    .slot_free_i     (slot_free),
    .re_i            (slot_re),
    .raddr_i         (slot),
    .visible_o       (visible),
    .score_o         (score),
    .tap_beat_o      (tap_score_beat_o),
    .tap_wait_o      (tap_score_wait_o),
    .tap_scored_o    (tap_keys_scored_o),
    .tap_saturated_o (tap_saturations_o),
    .skip_idle_o     (skip_idle),
    .idle_o          (score_idle)
  );

  flashd_output_phase #(
    .Profile    (Profile),
    .Sig        (Sig),
    .Width      (Width),
    .Lanes      (Lanes),
    .Contexts   (Contexts),
    .Tile       (Tile),
    .MaxHeadDim (MaxHeadDim),
    .Merge      (Merge),
    .Beats      (Beats),
    .BeatBits   (BeatBits),
    .KeyBits    (KeyBits),
    .ContextBits(IndexBits),
    .CountBits  (ContextBits),
    .VBanks     (VBanks),
    .VBankBits  (VBankBits),
    .SlotBits   (SlotBits),
    .LaneBits   (LaneBits),
    .Keys       (StepKeys)
  ) u_output (
    .clk_i, .rst_ni, .fp16_i, .dv_i, .v_exponent_i, .format_i, .state_in_en_i, .state_out_en_i,
    .load_valid_i      (v_load_valid),
    .load_ready_o      (v_load_ready),
    .load_keys_i       (v_load_keys),
    .v_valid_i, .v_ready_o, .v_data_i, .v_freed_o,
    .v_open_i          (v_open),
    .v_close_i         (v_close),
    .v_close_bank_i    (v_close_bank),
    .v_closed_o        (v_closed),
    .head_valid_i      (head_valid),
    .head_empty_i      (head_empty),
    .head_context_i    (head_context),
    .head_begin_i      (head_begin),
    .head_end_i        (head_end),
    .head_rows_i       (head_rows),
    .head_first_i      (head_first),
    .head_last_i       (head_last),
    .head_v_bank_i     (head_v_bank),
    .head_v_turn_i     (head_v_turn),
    .head_seen_i       (head_seen),
    .head_reference_i  (head_reference),
    .head_flags_i      (head_flags),
    .head_pop_o        (head_pop),
    .head_begun_i      (head_begun),
    .out_room_i, .out_take_o,
    .slot_free_o       (slot_free),
    .slot_re_o         (slot_re),
    .slot_o            (slot),
    .visible_i         (visible),
    .score_i           (score),
    .state_load_i      (state_load),
    .state_contexts_i  (walk_contexts),
    .state_loaded_o    (state_loaded),
    .state_head_o      (state_head),
    .si_valid_i, .si_ready_o, .si_data_i, .ri_valid_i, .ri_ready_o, .ri_exponent_i, .ri_mantissa_i,
    .ri_flags_i, .o_valid_o, .o_ready_i, .o_data_o, .o_rows_o, .o_last_o, .so_valid_o, .so_ready_i,
    .so_data_o, .ro_valid_o, .ro_ready_i, .ro_lse_o, .ro_exponent_o, .ro_mantissa_o, .ro_flags_o,
    .ro_rows_o,
    .tap_step_o        (tap_output_step_o),
    .tap_wait_o        (tap_output_wait_o),
    .tap_skipped_o     (tap_keys_skipped_o),
    .tap_tile_o        (tap_tiles_o),
    .tap_tile_skipped_o(tap_tiles_skipped_o),
    .idle_o            (output_idle)
  );

  assign idle_o = !walk_valid && !k_load_valid && !v_load_valid && score_idle && skip_idle &&
      !head_begun && output_idle && !o_valid_o && !so_valid_o && !ro_valid_o;

`ifdef FLASHD_ASSERT
  // Values are those of the keys that are scored.
  logic [VBanks-1:0][KeyBits-1:0] held_keys_q;
  logic [VBankBits-1:0] held_bank_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) held_bank_q <= '0;
    else if (v_load_valid && v_load_ready) begin
      held_keys_q[held_bank_q] <= v_load_keys;
      held_bank_q <= (32'(held_bank_q) == VBanks - 1) ? '0 : held_bank_q + VBankBits'(1);
    end
  end
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      slot_re |-> (head_end <= held_keys_q[head_v_bank]) ||
      (skip_v_en_i && held_keys_q[head_v_bank] == '0))
  else $error("flashd_engine: a key has no value: the headers of keys and values differ");
  assert property (@(posedge clk_i) disable iff (!rst_ni) soft_cap_en_i |-> (SoftCap != 0))
  else $error("flashd_engine: a soft-cap is asked of an engine without the unit");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      (skip_v_en_i && tile_valid_i) |-> (32'(tile_contexts_i) == 1))
  else $error("flashd_engine: skip_v takes blocks of one context");
  assert property (@(posedge clk_i) disable iff (!rst_ni) out_take_o |-> out_room_i)
  else $error("flashd_engine: a context leaves without room for its outputs");
`endif

endmodule
