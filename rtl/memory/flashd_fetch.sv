// SPDX-License-Identifier: Apache-2.0
/// Everything that the engine takes, from memory: queries, tile headers, keys, values, biases, row
/// states; the walk over tiles that they follow, and the page table.
///
/// Latency: that of its units; beats of keys and values are at the engine one cycle after the bus.
/// Back-pressure: requests wait for room (docs/system.md), so beats of the bus are always taken;
/// the engine may pause every stream that has a ready.
/// Does not: drive AXI4, or write.
module flashd_fetch
  import flashd_device_pkg::*;
#(
  parameter int Profile = 0,
  parameter int Width = 64,
  parameter int Lanes = 4,
  parameter int Contexts = 16,
  parameter int Tile = 64,
  parameter int MaxHeadDim = 256,
  parameter int AxiBits = 128,
  // Derived: not to be set.
  parameter int Merge = (Width + Tile - 1) / Tile,
  parameter int KeyBits = $clog2(Tile + 1),
  parameter int ContextBits = $clog2(Contexts + 1),
  parameter int BiasBits = flashd_spec_pkg::BiasRangeLog2 + 1 + flashd_spec_pkg::score_frac(Profile)
) (
  input  logic                                     clk_i,
  input  logic                                     rst_ni,
  input  logic                                     start_i,
  input  sequence_t                                seq_i,
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
  // Queries.
  output logic                                     q_valid_o,
  input  logic                                     q_ready_i,
  output logic  [Width-1:0][15:0]                  q_data_o,
  output logic                                     q_row_valid_o,
  output logic  [31:0]                             q_begin_o,
  output logic  [31:0]                             q_end_o,
  output logic                                     q_last_o,
  // Tile headers, and those of the tiles' values.
  output logic                                     tile_valid_o,
  input  logic                                     tile_ready_i,
  output logic  [KeyBits-1:0]                      tile_keys_o,
  output logic  [31:0]                             tile_base_o,
  output logic                                     tile_first_o,
  output logic                                     tile_last_o,
  output logic  [ContextBits-1:0]                  tile_contexts_o,
  output logic                                     vt_valid_o,
  input  logic                                     vt_ready_i,
  output logic  [KeyBits-1:0]                      vt_keys_o,
  // Keys and values, elements of either: there is room when they come.
  output logic                                     k_beat_o,
  output logic                                     v_beat_o,
  output logic  [Width-1:0][15:0]                  elements_o,
  input  logic  [1:0]                              k_freed_i,
  input  logic  [2:0]                              v_freed_i,
  input  logic                                     skip_valid_i,
  input  logic                                     skip_i,
  // Biases and masks.
  output logic                                     b_valid_o,
  input  logic                                     b_ready_i,
  output logic  [Lanes-1:0][BiasBits-1:0]          b_value_o,
  output logic  [Lanes-1:0]                        b_mask_o,
  output logic  [Lanes-1:0]                        b_nan_o,
  // Row states.
  output logic                                     si_valid_o,
  input  logic                                     si_ready_i,
  output logic  [Lanes-1:0][Merge-1:0][31:0]       si_data_o,
  output logic                                     ri_valid_o,
  input  logic                                     ri_ready_i,
  output logic  [Lanes-1:0][18:0]                  ri_exponent_o,
  output logic  [Lanes-1:0][31:0]                  ri_mantissa_o,
  output logic  [Lanes-1:0][5:0]                   ri_flags_o,
  output logic                                     tap_unread_o     // a tile's values are left out
);

  localparam int KeyBanks = 2;
  localparam int ValueBanks = (Contexts < 4) ? 4 : 3;  // as in flashd_engine
  localparam int PageIndexBits = 27;                   // pages of 16 keys or more

  logic query_busy, walk_busy, key_busy, value_busy, bias_busy, state_busy;
  assign busy_o = query_busy || walk_busy || key_busy || value_busy || bias_busy || state_busy;

  logic q_beat;

  flashd_unpack #(
    .AxiBits(AxiBits),
    .Width  (Width)
  ) u_unpack (
    .clk_i,
    .rst_ni,
    .d_i        (seq_i.d),
    .dv_i       (seq_i.dv),
    .q_beat_i   (beat_valid_i[int'(ReadQuery)]),
    .k_beat_i   (beat_valid_i[int'(ReadKey)]),
    .v_beat_i   (beat_valid_i[int'(ReadValue)]),
    .beat_data_i,
    .q_valid_o  (q_beat),
    .k_valid_o  (k_beat_o),
    .v_valid_o  (v_beat_o),
    .data_o     (elements_o)
  );

  flashd_query_loader #(
    .AxiBits   (AxiBits),
    .Width     (Width),
    .Lanes     (Lanes),
    .Contexts  (Contexts),
    .MaxHeadDim(MaxHeadDim)
  ) u_query_loader (
    .clk_i,
    .rst_ni,
    .start_i,
    .seq_i,
    .busy_o       (query_busy),
    .req_valid_o  (req_valid_o[int'(ReadQuery)]),
    .req_ready_i  (req_ready_i[int'(ReadQuery)]),
    .req_addr_o   (req_addr_o[int'(ReadQuery)]),
    .req_beats_o  (req_beats_o[int'(ReadQuery)]),
    .beat_valid_i (q_beat),
    .beat_data_i  (elements_o),
    .q_valid_o,
    .q_ready_i,
    .q_data_o,
    .q_row_valid_o,
    .q_begin_o,
    .q_end_o,
    .q_last_o
  );

  logic run_valid, k_run_ready, v_run_ready, run_last, lookup_valid, lookup_done;
  logic [KeyBits-1:0] run_keys, run_tile_keys;
  logic [AddrBits-LineBits-1:0] run_k_line, run_v_line;
  logic [PageIndexBits-1:0] lookup_index, lookup_next;
  logic [30:0] lookup_page;

  flashd_tile_walk #(
    .Lanes   (Lanes),
    .Contexts(Contexts),
    .Tile    (Tile)
  ) u_tile_walk (
    .clk_i,
    .rst_ni,
    .start_i,
    .seq_i,
    .busy_o         (walk_busy),
    .tile_valid_o,
    .tile_ready_i,
    .tile_keys_o,
    .tile_base_o,
    .tile_first_o,
    .tile_last_o,
    .tile_contexts_o,
    .run_valid_o    (run_valid),
    .k_run_ready_i  (k_run_ready),
    .v_run_ready_i  (v_run_ready),
    .run_k_line_o   (run_k_line),
    .run_v_line_o   (run_v_line),
    .run_keys_o     (run_keys),
    .run_tile_keys_o(run_tile_keys),
    .run_last_o     (run_last),
    .lookup_valid_o (lookup_valid),
    .lookup_index_o (lookup_index),
    .lookup_next_o  (lookup_next),
    .lookup_done_i  (lookup_done),
    .lookup_page_i  (lookup_page)
  );

  flashd_page_lookup #(
    .AxiBits  (AxiBits),
    .IndexBits(PageIndexBits)
  ) u_page_lookup (
    .clk_i,
    .rst_ni,
    .start_i,
    .page_table_i  (seq_i.page_table),
    .pages_i       (seq_i.pages),
    .lookup_valid_i(lookup_valid),
    .lookup_index_i(lookup_index),
    .lookup_next_i (lookup_next),
    .done_o        (lookup_done),
    .page_o        (lookup_page),
    .fault_o       (page_fault_o),
    .fault_addr_o  (page_addr_o),
    .req_valid_o   (req_valid_o[int'(ReadPage)]),
    .req_ready_i   (req_ready_i[int'(ReadPage)]),
    .req_addr_o    (req_addr_o[int'(ReadPage)]),
    .req_beats_o   (req_beats_o[int'(ReadPage)]),
    .beat_valid_i  (beat_valid_i[int'(ReadPage)]),
    .beat_data_i
  );

  flashd_kv_fetch #(
    .Value  (0),
    .AxiBits(AxiBits),
    .Tile   (Tile),
    .Banks  (KeyBanks)
  ) u_key_fetch (
    .clk_i,
    .rst_ni,
    .dim_i          (seq_i.d),
    .token_i        (seq_i.k_token),
    .skip_v_i       (1'b0),
    .busy_o         (key_busy),
    .run_valid_i    (run_valid),
    .run_ready_o    (k_run_ready),
    .run_line_i     (run_k_line),
    .run_keys_i     (run_keys),
    .run_tile_keys_i(run_tile_keys),
    .run_last_i     (run_last),
    .freed_i        (k_freed_i),
    .vt_valid_o     (),
    .vt_ready_i     (1'b1),
    .vt_keys_o      (),
    .skip_valid_i   (1'b0),
    .skip_i         (1'b0),
    .tap_unread_o   (),
    .req_valid_o    (req_valid_o[int'(ReadKey)]),
    .req_ready_i    (req_ready_i[int'(ReadKey)]),
    .req_addr_o     (req_addr_o[int'(ReadKey)]),
    .req_beats_o    (req_beats_o[int'(ReadKey)])
  );
  flashd_kv_fetch #(
    .Value  (1),
    .AxiBits(AxiBits),
    .Tile   (Tile),
    .Banks  (ValueBanks)
  ) u_value_fetch (
    .clk_i,
    .rst_ni,
    .dim_i          (seq_i.dv),
    .token_i        (seq_i.v_token),
    .skip_v_i       (seq_i.skip_v),
    .busy_o         (value_busy),
    .run_valid_i    (run_valid),
    .run_ready_o    (v_run_ready),
    .run_line_i     (run_v_line),
    .run_keys_i     (run_keys),
    .run_tile_keys_i(run_tile_keys),
    .run_last_i     (run_last),
    .freed_i        (v_freed_i),
    .vt_valid_o,
    .vt_ready_i,
    .vt_keys_o,
    .skip_valid_i,
    .skip_i,
    .tap_unread_o,
    .req_valid_o    (req_valid_o[int'(ReadValue)]),
    .req_ready_i    (req_ready_i[int'(ReadValue)]),
    .req_addr_o     (req_addr_o[int'(ReadValue)]),
    .req_beats_o    (req_beats_o[int'(ReadValue)])
  );

  flashd_bias_unit #(
    .Profile (Profile),
    .AxiBits (AxiBits),
    .Lanes   (Lanes),
    .Contexts(Contexts),
    .Tile    (Tile)
  ) u_bias_unit (
    .clk_i,
    .rst_ni,
    .start_i,
    .seq_i,
    .busy_o      (bias_busy),
    .req_valid_o (req_valid_o[int'(ReadBias)]),
    .req_ready_i (req_ready_i[int'(ReadBias)]),
    .req_addr_o  (req_addr_o[int'(ReadBias)]),
    .req_beats_o (req_beats_o[int'(ReadBias)]),
    .beat_valid_i(beat_valid_i[int'(ReadBias)]),
    .beat_data_i,
    .beat_last_i,
    .b_valid_o,
    .b_ready_i,
    .b_value_o,
    .b_mask_o,
    .b_nan_o
  );

  flashd_state_reader #(
    .AxiBits   (AxiBits),
    .Lanes     (Lanes),
    .Contexts  (Contexts),
    .Merge     (Merge),
    .MaxHeadDim(MaxHeadDim)
  ) u_state_reader (
    .clk_i,
    .rst_ni,
    .start_i,
    .seq_i,
    .busy_o       (state_busy),
    .req_valid_o  (req_valid_o[int'(ReadState)]),
    .req_ready_i  (req_ready_i[int'(ReadState)]),
    .req_addr_o   (req_addr_o[int'(ReadState)]),
    .req_beats_o  (req_beats_o[int'(ReadState)]),
    .beat_valid_i (beat_valid_i[int'(ReadState)]),
    .beat_data_i,
    .beat_last_i,
    .si_valid_o,
    .si_ready_i,
    .si_data_o,
    .ri_valid_o,
    .ri_ready_i,
    .ri_exponent_o,
    .ri_mantissa_o,
    .ri_flags_o
  );

endmodule
