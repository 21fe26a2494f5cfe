// SPDX-License-Identifier: Apache-2.0
/// The whole read path with plain ports, for read_path_bench.cpp: queries, tiles, pages, keys and
/// values between an AXI read port and the engine's streams.
module read_path
  import flashd_device_pkg::*;
#(
  parameter int AxiBits = 128,
  parameter int Width = 16,
  parameter int Lanes = 1,
  parameter int Contexts = 4,
  parameter int Tile = 16,
  parameter int MaxHeadDim = 64,
  parameter int VBanks = (Contexts < 4) ? 4 : 3,
  parameter int KeyBits = $clog2(Tile + 1),
  parameter int ContextBits = $clog2(Contexts + 1)
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    start_i,
  input  logic                    causal_i,
  input  logic                    window_i,
  input  logic                    paged_i,
  input  logic                    skip_v_i,
  input  logic [8:0]              d_i,
  input  logic [8:0]              dv_i,
  input  logic [15:0]             heads_kv_i,
  input  logic [15:0]             group_i,
  input  logic [31:0]             queries_i,
  input  logic [31:0]             kv_len_i,
  input  logic [31:0]             diagonal_i,
  input  logic [31:0]             window_left_i,
  input  logic [31:0]             window_right_i,
  input  logic [3:0]              page_size_log2_i,
  input  logic [31:0]             pages_i,
  input  addr_t                   q_base_i,
  input  addr_t                   k_base_i,
  input  addr_t                   v_base_i,
  input  addr_t                   page_table_i,
  input  stride_t                 q_head_i,
  input  stride_t                 q_token_i,
  input  stride_t                 k_head_i,
  input  stride_t                 k_token_i,
  input  stride_t                 k_page_i,
  input  stride_t                 v_head_i,
  input  stride_t                 v_token_i,
  input  stride_t                 v_page_i,
  output logic                    busy_o,
  output logic                    drained_o,
  output logic                    fault_o,
  output addr_t                   fault_addr_o,
  output logic                    unread_o,
  // Engine.
  output logic                    q_valid_o,
  input  logic                    q_ready_i,
  output logic [Width-1:0][15:0]  q_data_o,
  output logic                    q_row_valid_o,
  output logic [31:0]             q_begin_o,
  output logic [31:0]             q_end_o,
  output logic                    q_last_o,
  output logic                    tile_valid_o,
  input  logic                    tile_ready_i,
  output logic [KeyBits-1:0]      tile_keys_o,
  output logic [31:0]             tile_base_o,
  output logic                    tile_first_o,
  output logic                    tile_last_o,
  output logic [ContextBits-1:0]  tile_contexts_o,
  output logic                    vt_valid_o,
  input  logic                    vt_ready_i,
  output logic [KeyBits-1:0]      vt_keys_o,
  output logic                    k_valid_o,
  output logic                    v_valid_o,
  output logic [Width-1:0][15:0]  kv_data_o,
  input  logic [1:0]              k_freed_i,
  input  logic [2:0]              v_freed_i,
  input  logic                    skip_valid_i,
  input  logic                    skip_i,
  // AXI.
  output logic                    ar_valid_o,
  input  logic                    ar_ready_i,
  output addr_t                   ar_addr_o,
  output logic [7:0]              ar_len_o,
  input  logic                    r_valid_i,
  input  logic [AxiBits-1:0]      r_data_i,
  input  logic                    r_last_i
);

  sequence_t seq;
  always_comb begin
    seq = '0;
    seq.causal = causal_i;
    seq.window = window_i;
    seq.paged = paged_i;
    seq.skip_v = skip_v_i;
    seq.d = d_i;
    seq.dv = dv_i;
    seq.heads_kv = heads_kv_i;
    seq.group = group_i;
    seq.queries = queries_i;
    seq.kv_len = kv_len_i;
    seq.diagonal = diagonal_i;
    seq.window_left = window_left_i;
    seq.window_right = window_right_i;
    seq.page_size_log2 = page_size_log2_i;
    seq.pages = pages_i;
    seq.q = q_base_i;
    seq.k = k_base_i;
    seq.v = v_base_i;
    seq.page_table = page_table_i;
    seq.q_head = q_head_i;
    seq.q_token = q_token_i;
    seq.k_head = k_head_i;
    seq.k_token = k_token_i;
    seq.k_page = k_page_i;
    seq.v_head = v_head_i;
    seq.v_token = v_token_i;
    seq.v_page = v_page_i;
  end

  logic [ReadClients-1:0] req_valid, req_ready, beat_valid;
  addr_t [ReadClients-1:0] req_addr;
  logic [ReadClients-1:0][SegmentBits-1:0] req_beats;
  logic [AxiBits-1:0] beat_data;
  logic [Width-1:0][15:0] data;
  logic q_beat, query_busy, walk_busy, k_busy, v_busy;
  logic run_valid, k_run_ready, v_run_ready, run_last;
  logic [AddrBits-LineBits-1:0] k_line, v_line;
  logic [KeyBits-1:0] run_keys, run_tile_keys;
  logic lookup_valid, lookup_done;
  logic [26:0] lookup_index, lookup_next;
  logic [30:0] lookup_page;

  assign req_valid[ReadControl] = 1'b0;
  assign req_addr[ReadControl] = '0;
  assign req_beats[ReadControl] = '0;
  assign req_valid[ReadState] = 1'b0;
  assign req_addr[ReadState] = '0;
  assign req_beats[ReadState] = '0;
  assign req_valid[ReadBias] = 1'b0;
  assign req_addr[ReadBias] = '0;
  assign req_beats[ReadBias] = '0;

  flashd_read_master #(
    .AxiBits(AxiBits)
  ) u_master (
    .clk_i,
    .rst_ni,
    .abort_i     (1'b0),
    .drained_o,
    .req_valid_i (req_valid),
    .req_ready_o (req_ready),
    .req_addr_i  (req_addr),
    .req_beats_i (req_beats),
    .beat_valid_o(beat_valid),
    .beat_data_o (beat_data),
    .beat_last_o (),
    .error_o     (),
    .error_dec_o (),
    .error_addr_o(),
    .tap_burst_o (),
    .tap_beat_o  (),
    .ar_valid_o,
    .ar_ready_i,
    .ar_addr_o,
    .ar_len_o,
    .ar_size_o   (),
    .ar_burst_o  (),
    .r_valid_i,
    .r_ready_o   (),
    .r_data_i,
    .r_resp_i    (2'b00),
    .r_last_i
  );

  flashd_unpack #(
    .AxiBits(AxiBits),
    .Width  (Width)
  ) u_unpack (
    .clk_i,
    .rst_ni,
    .d_i,
    .dv_i,
    .q_beat_i   (beat_valid[ReadQuery]),
    .k_beat_i   (beat_valid[ReadKey]),
    .v_beat_i   (beat_valid[ReadValue]),
    .beat_data_i(beat_data),
    .q_valid_o  (q_beat),
    .k_valid_o,
    .v_valid_o,
    .data_o     (data)
  );
  assign kv_data_o = data;

  flashd_query_loader #(
    .AxiBits   (AxiBits),
    .Width     (Width),
    .Lanes     (Lanes),
    .Contexts  (Contexts),
    .MaxHeadDim(MaxHeadDim)
  ) u_query (
    .clk_i,
    .rst_ni,
    .start_i,
    .seq_i       (seq),
    .busy_o      (query_busy),
    .req_valid_o (req_valid[ReadQuery]),
    .req_ready_i (req_ready[ReadQuery]),
    .req_addr_o  (req_addr[ReadQuery]),
    .req_beats_o (req_beats[ReadQuery]),
    .beat_valid_i(q_beat),
    .beat_data_i (data),
    .q_valid_o,
    .q_ready_i,
    .q_data_o,
    .q_row_valid_o,
    .q_begin_o,
    .q_end_o,
    .q_last_o
  );

  flashd_tile_walk #(
    .Lanes   (Lanes),
    .Contexts(Contexts),
    .Tile    (Tile)
  ) u_walk (
    .clk_i,
    .rst_ni,
    .start_i,
    .seq_i          (seq),
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
    .run_k_line_o   (k_line),
    .run_v_line_o   (v_line),
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
    .AxiBits(AxiBits)
  ) u_page (
    .clk_i,
    .rst_ni,
    .start_i,
    .page_table_i,
    .pages_i,
    .lookup_valid_i(lookup_valid),
    .lookup_index_i(lookup_index),
    .lookup_next_i (lookup_next),
    .done_o        (lookup_done),
    .page_o        (lookup_page),
    .fault_o,
    .fault_addr_o,
    .req_valid_o   (req_valid[ReadPage]),
    .req_ready_i   (req_ready[ReadPage]),
    .req_addr_o    (req_addr[ReadPage]),
    .req_beats_o   (req_beats[ReadPage]),
    .beat_valid_i  (beat_valid[ReadPage]),
    .beat_data_i   (beat_data)
  );

  flashd_kv_fetch #(
    .Value   (0),
    .AxiBits (AxiBits),
    .Tile    (Tile),
    .Banks   (2),
    .RunDepth(Tile / 8)
  ) u_key (
    .clk_i,
    .rst_ni,
    .dim_i          (d_i),
    .token_i        (k_token_i),
    .skip_v_i       (1'b0),
    .busy_o         (k_busy),
    .run_valid_i    (run_valid),
    .run_ready_o    (k_run_ready),
    .run_line_i     (k_line),
    .run_keys_i     (run_keys),
    .run_tile_keys_i(run_tile_keys),
    .run_last_i     (run_last),
    .freed_i        (k_freed_i),
    .vt_valid_o     (),
    .vt_ready_i     (1'b0),
    .vt_keys_o      (),
    .skip_valid_i   (1'b0),
    .skip_i         (1'b0),
    .tap_unread_o   (),
    .req_valid_o    (req_valid[ReadKey]),
    .req_ready_i    (req_ready[ReadKey]),
    .req_addr_o     (req_addr[ReadKey]),
    .req_beats_o    (req_beats[ReadKey])
  );

  flashd_kv_fetch #(
    .Value   (1),
    .AxiBits (AxiBits),
    .Tile    (Tile),
    .Banks   (VBanks),
    .RunDepth(Tile / 4)
  ) u_value (
    .clk_i,
    .rst_ni,
    .dim_i          (dv_i),
    .token_i        (v_token_i),
    .skip_v_i,
    .busy_o         (v_busy),
    .run_valid_i    (run_valid),
    .run_ready_o    (v_run_ready),
    .run_line_i     (v_line),
    .run_keys_i     (run_keys),
    .run_tile_keys_i(run_tile_keys),
    .run_last_i     (run_last),
    .freed_i        (v_freed_i),
    .vt_valid_o,
    .vt_ready_i,
    .vt_keys_o,
    .skip_valid_i,
    .skip_i,
    .tap_unread_o   (unread_o),
    .req_valid_o    (req_valid[ReadValue]),
    .req_ready_i    (req_ready[ReadValue]),
    .req_addr_o     (req_addr[ReadValue]),
    .req_beats_o    (req_beats[ReadValue])
  );

  assign busy_o = query_busy || walk_busy || k_busy || v_busy;

endmodule
