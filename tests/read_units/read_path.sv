// SPDX-License-Identifier: Apache-2.0
/// flashd_fetch behind the read master, with plain ports, for read_path_bench.cpp: queries, tiles,
/// pages, keys and values between an AXI read port and the engine's streams.
module read_path
  import flashd_device_pkg::*;
#(
  parameter int AxiBits = 128,
  parameter int Width = 16,
  parameter int Lanes = 1,
  parameter int Contexts = 4,
  parameter int Tile = 16,
  parameter int MaxHeadDim = 64,
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
  logic beat_last;

  assign req_valid[ReadControl] = 1'b0;
  assign req_addr[ReadControl] = '0;
  assign req_beats[ReadControl] = '0;

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
    .beat_last_o (beat_last),
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

  // Without biases or row states, whose streams have benches of their own.
  flashd_fetch #(
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
    .seq_i        (seq),
    .busy_o,
    .page_fault_o (fault_o),
    .page_addr_o  (fault_addr_o),
    .req_valid_o  (req_valid[ReadClients-1:1]),
    .req_ready_i  (req_ready[ReadClients-1:1]),
    .req_addr_o   (req_addr[ReadClients-1:1]),
    .req_beats_o  (req_beats[ReadClients-1:1]),
    .beat_valid_i (beat_valid[ReadClients-1:1]),
    .beat_data_i  (beat_data),
    .beat_last_i  (beat_last),
    .q_valid_o,
    .q_ready_i,
    .q_data_o,
    .q_row_valid_o,
    .q_begin_o,
    .q_end_o,
    .q_last_o,
    .tile_valid_o,
    .tile_ready_i,
    .tile_keys_o,
    .tile_base_o,
    .tile_first_o,
    .tile_last_o,
    .tile_contexts_o,
    .vt_valid_o,
    .vt_ready_i,
    .vt_keys_o,
    .k_beat_o     (k_valid_o),
    .v_beat_o     (v_valid_o),
    .elements_o   (kv_data_o),
    .k_freed_i,
    .v_freed_i,
    .skip_valid_i,
    .skip_i,
    .b_valid_o    (),
    .b_ready_i    (1'b1),
    .b_value_o    (),
    .b_mask_o     (),
    .b_nan_o      (),
    .si_valid_o   (),
    .si_ready_i   (1'b1),
    .si_data_o    (),
    .ri_valid_o   (),
    .ri_ready_i   (1'b1),
    .ri_exponent_o(),
    .ri_mantissa_o(),
    .ri_flags_o   (),
    .tap_unread_o (unread_o)
  );

endmodule
