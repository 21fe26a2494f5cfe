// SPDX-License-Identifier: Apache-2.0
/// What runs a sequence: fetch of all that the engine takes, the engine, the writer of its outputs.
///
/// Latency: that of its units. Back-pressure: requests and writes may wait at any time; beats of
/// the bus are always taken.
/// Does not: read descriptors, or know of jobs; rst_ni ends what is under way (flashd_sequencer).
module flashd_core
  import flashd_device_pkg::*;
#(
  parameter int Profile = 0,
  parameter int Sig = 11,
  parameter int Width = 64,
  parameter int Lanes = 4,
  parameter int Contexts = 16,
  parameter int Tile = 64,
  parameter int MaxHeadDim = 256,
  parameter int AxiBits = 128,
  parameter int SoftCap = 1,
  // Derived: not to be set.
  parameter int Strobes = AxiBits / 8,
  parameter int LaneBits = $clog2(Lanes + 1)
) (
  input  logic                                     clk_i,
  input  logic                                     rst_ni,
  // The sequence.
  input  logic                                     start_i,
  input  sequence_t                                seq_i,
  input  logic                                     scale_negative_i,
  input  logic  [21:0]                             scale_mantissa_i,
  input  logic signed [11:0]                       job_exponent_i,
  input  logic  [63:0]                             soft_cap_i,
  output logic                                     busy_o,
  output logic                                     page_fault_o,
  output addr_t                                    page_addr_o,
  // Read clients by read_client_e, all but the sequencer.
  output logic  [ReadClients-1:1]                  req_valid_o,
  input  logic  [ReadClients-1:1]                  req_ready_i,
  output addr_t [ReadClients-1:1]                  req_addr_o,
  output logic  [ReadClients-1:1][SegmentBits-1:0] req_beats_o,
  input  logic  [ReadClients-1:1]                  beat_valid_i,
  input  logic  [AxiBits-1:0]                      beat_data_i,
  input  logic                                     beat_last_i,
  // Write client.
  output logic                                     write_valid_o,
  input  logic                                     write_ready_i,
  output addr_t                                    write_addr_o,
  output logic  [SegmentBits-1:0]                  write_beats_o,
  output logic                                     data_valid_o,
  input  logic                                     data_ready_i,
  output logic  [AxiBits-1:0]                      data_o,
  output logic  [Strobes-1:0]                      strb_o,
  // What happens in this cycle, for the counters.
  output logic  [2:0]                              tap_score_wait_o,
  output logic  [2:0]                              tap_output_wait_o,
  output logic  [LaneBits-1:0]                     tap_keys_scored_o,
  output logic  [LaneBits-1:0]                     tap_keys_skipped_o,
  output logic  [LaneBits-1:0]                     tap_saturations_o,
  output logic                                     tap_tiles_o,
  output logic                                     tap_tiles_skipped_o,
  output logic                                     tap_unread_o,
  output logic  [LaneBits-1:0]                     tap_rows_o,
  output logic  [LaneBits-1:0]                     tap_rows_nan_o,
  output logic  [LaneBits-1:0]                     tap_rows_empty_o
);

  localparam int Merge = (Width + Tile - 1) / Tile;
  localparam int BeatBits = $clog2((MaxHeadDim + Width - 1) / Width + 1);
  localparam int KeyBits = $clog2(Tile + 1);
  localparam int ContextBits = $clog2(Contexts + 1);
  localparam int BiasBits =
      flashd_spec_pkg::BiasRangeLog2 + 1 + flashd_spec_pkg::score_frac(Profile);

  logic fetch_busy, writer_busy, engine_idle;
  assign busy_o = fetch_busy || writer_busy || !engine_idle;

  // What the engine takes.
  logic q_valid, q_ready, q_row_valid, q_last, k_beat, v_beat;
  logic [Width-1:0][15:0] q_data, elements;
  logic [31:0] q_begin, q_end, tile_base;
  logic tile_valid, tile_ready, tile_first, tile_last, vt_valid, vt_ready, skip_valid, skip;
  logic [KeyBits-1:0] tile_keys, vt_keys;
  logic [ContextBits-1:0] tile_contexts;
  logic [1:0] k_freed;
  logic [2:0] v_freed;
  logic b_valid, b_ready, si_valid, si_ready, ri_valid, ri_ready;
  logic [Lanes-1:0][BiasBits-1:0] b_value;
  logic [Lanes-1:0] b_mask, b_nan;
  logic [Lanes-1:0][Merge-1:0][31:0] si_data;
  logic [Lanes-1:0][18:0] ri_exponent;
  logic [Lanes-1:0][31:0] ri_mantissa;
  logic [Lanes-1:0][5:0] ri_flags;

  flashd_fetch #(
    .Profile   (Profile),
    .Width     (Width),
    .Lanes     (Lanes),
    .Contexts  (Contexts),
    .Tile      (Tile),
    .MaxHeadDim(MaxHeadDim),
    .AxiBits   (AxiBits)
  ) u_fetch (
    .clk_i,
    .rst_ni,
    .start_i,
    .seq_i,
    .busy_o         (fetch_busy),
    .page_fault_o,
    .page_addr_o,
    .req_valid_o,
    .req_ready_i,
    .req_addr_o,
    .req_beats_o,
    .beat_valid_i,
    .beat_data_i,
    .beat_last_i,
    .q_valid_o      (q_valid),
    .q_ready_i      (q_ready),
    .q_data_o       (q_data),
    .q_row_valid_o  (q_row_valid),
    .q_begin_o      (q_begin),
    .q_end_o        (q_end),
    .q_last_o       (q_last),
    .tile_valid_o   (tile_valid),
    .tile_ready_i   (tile_ready),
    .tile_keys_o    (tile_keys),
    .tile_base_o    (tile_base),
    .tile_first_o   (tile_first),
    .tile_last_o    (tile_last),
    .tile_contexts_o(tile_contexts),
    .vt_valid_o     (vt_valid),
    .vt_ready_i     (vt_ready),
    .vt_keys_o      (vt_keys),
    .k_beat_o       (k_beat),
    .v_beat_o       (v_beat),
    .elements_o     (elements),
    .k_freed_i      (k_freed),
    .v_freed_i      (v_freed),
    .skip_valid_i   (skip_valid),
    .skip_i         (skip),
    .b_valid_o      (b_valid),
    .b_ready_i      (b_ready),
    .b_value_o      (b_value),
    .b_mask_o       (b_mask),
    .b_nan_o        (b_nan),
    .si_valid_o     (si_valid),
    .si_ready_i     (si_ready),
    .si_data_o      (si_data),
    .ri_valid_o     (ri_valid),
    .ri_ready_i     (ri_ready),
    .ri_exponent_o  (ri_exponent),
    .ri_mantissa_o  (ri_mantissa),
    .ri_flags_o     (ri_flags),
    .tap_unread_o
  );

  // The engine. ceil(log2 sqrt d) of d = 1 to 256 is 0 to 4, known long before the first product.
  logic [2:0] grid_extra, grid_extra_q;
  always_comb begin
    grid_extra = 3'd0;
    for (int i = 0; i < 4; i++) begin
      if (seq_i.d > 9'(1 << (2 * i))) grid_extra = 3'(i + 1);
    end
  end
  always_ff @(posedge clk_i) begin
    grid_extra_q <= grid_extra;
  end

  // What it gives.
  logic out_room, out_take, o_valid, o_last, so_valid, ro_valid, k_ready, v_ready;
  logic score_beat, output_key;
  logic [Lanes-1:0][Merge-1:0][31:0] o_data, so_data;
  logic [Lanes-1:0][31:0] ro_lse, ro_mantissa;
  logic [Lanes-1:0][18:0] ro_exponent;
  logic [Lanes-1:0][5:0] ro_flags;
  logic [Lanes-1:0] ro_rows;

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
    .clk_i,
    .rst_ni,
    .fp16_i             (seq_i.fp16),
    .q_beats_i          (BeatBits'((32'(seq_i.d) + Width - 1) / Width)),
    .dv_i               (seq_i.dv),
    .grid_extra_i       (grid_extra_q),
    .job_exponent_i,
    .scale_negative_i,
    .scale_mantissa_i,
    .v_exponent_i       (seq_i.v_exponent),
    .format_i           (seq_i.format),
    // Without the unit the descriptor check refuses the flag; before the first job it is random.
    .soft_cap_en_i      (SoftCap != 0 && seq_i.soft_cap),
    .soft_cap_i,
    .bias_en_i          (seq_i.bias || seq_i.alibi),
    .state_in_en_i      (seq_i.state_in),
    .state_out_en_i     (seq_i.state_out),
    .skip_v_en_i        (seq_i.skip_v),
    .q_valid_i          (q_valid),
    .q_ready_o          (q_ready),
    .q_data_i           (q_data),
    .q_row_valid_i      (q_row_valid),
    .q_begin_i          (q_begin),
    .q_end_i            (q_end),
    .q_last_i           (q_last),
    .tile_valid_i       (tile_valid),
    .tile_ready_o       (tile_ready),
    .tile_keys_i        (tile_keys),
    .tile_base_i        (tile_base),
    .tile_first_i       (tile_first),
    .tile_last_i        (tile_last),
    .tile_contexts_i    (tile_contexts),
    .vt_valid_i         (vt_valid),
    .vt_ready_o         (vt_ready),
    .vt_keys_i          (vt_keys),
    .k_valid_i          (k_beat),
    .k_ready_o          (k_ready),
    .k_data_i           (elements),
    .v_valid_i          (v_beat),
    .v_ready_o          (v_ready),
    .v_data_i           (elements),
    .k_freed_o          (k_freed),
    .v_freed_o          (v_freed),
    .skip_valid_o       (skip_valid),
    .skip_o             (skip),
    .b_valid_i          (b_valid),
    .b_ready_o          (b_ready),
    .b_value_i          (b_value),
    .b_mask_i           (b_mask),
    .b_nan_i            (b_nan),
    .si_valid_i         (si_valid),
    .si_ready_o         (si_ready),
    .si_data_i          (si_data),
    .ri_valid_i         (ri_valid),
    .ri_ready_o         (ri_ready),
    .ri_exponent_i      (ri_exponent),
    .ri_mantissa_i      (ri_mantissa),
    .ri_flags_i         (ri_flags),
    .out_room_i         (out_room),
    .out_take_o         (out_take),
    .o_valid_o          (o_valid),
    .o_ready_i          (1'b1),
    .o_data_o           (o_data),
    .o_rows_o           (),
    .o_last_o           (o_last),
    .so_valid_o         (so_valid),
    .so_ready_i         (1'b1),
    .so_data_o          (so_data),
    .ro_valid_o         (ro_valid),
    .ro_ready_i         (1'b1),
    .ro_lse_o           (ro_lse),
    .ro_exponent_o      (ro_exponent),
    .ro_mantissa_o      (ro_mantissa),
    .ro_flags_o         (ro_flags),
    .ro_rows_o          (ro_rows),
    .tap_score_beat_o   (score_beat),
    .tap_score_wait_o,
    .tap_output_step_o   (output_key),
    .tap_output_wait_o,
    .tap_keys_scored_o,
    .tap_keys_skipped_o,
    .tap_saturations_o,
    .tap_tiles_o,
    .tap_tiles_skipped_o,
    .idle_o             (engine_idle)
  );

  flashd_output_writer #(
    .AxiBits   (AxiBits),
    .Lanes     (Lanes),
    .Contexts  (Contexts),
    .Merge     (Merge),
    .MaxHeadDim(MaxHeadDim)
  ) u_output_writer (
    .clk_i,
    .rst_ni,
    .start_i,
    .seq_i,
    .busy_o          (writer_busy),
    .out_room_o      (out_room),
    .out_take_i      (out_take),
    .o_valid_i       (o_valid),
    .o_data_i        (o_data),
    .o_last_i        (o_last),
    .so_valid_i      (so_valid),
    .so_data_i       (so_data),
    .ro_valid_i      (ro_valid),
    .ro_lse_i        (ro_lse),
    .ro_exponent_i   (ro_exponent),
    .ro_mantissa_i   (ro_mantissa),
    .ro_flags_i      (ro_flags),
    .ro_rows_i       (ro_rows),
    .req_valid_o     (write_valid_o),
    .req_ready_i     (write_ready_i),
    .req_addr_o      (write_addr_o),
    .req_beats_o     (write_beats_o),
    .data_valid_o,
    .data_ready_i,
    .data_o,
    .strb_o,
    .tap_rows_o,
    .tap_rows_nan_o,
    .tap_rows_empty_o
  );

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) disable iff (!rst_ni) k_beat |-> k_ready)
  else $error("flashd_core: a beat of keys found no bank");
  assert property (@(posedge clk_i) disable iff (!rst_ni) v_beat |-> v_ready)
  else $error("flashd_core: a beat of values found no bank");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      (tap_score_wait_o == flashd_tap_pkg::ScoreBusy) == score_beat)
  else $error("flashd_core: the score array's tap contradicts itself");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      (tap_output_wait_o == flashd_tap_pkg::OutputBusy) == output_key)
  else $error("flashd_core: the output array's tap contradicts itself");
`else
  logic unused;
  assign unused = ^{k_ready, v_ready, score_beat, output_key};
`endif

endmodule
