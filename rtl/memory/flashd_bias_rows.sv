// SPDX-License-Identifier: Apache-2.0
/// Prepares the rows of a block for the bias unit: visible keys, bias address, place of the query
/// and ALiBi slope of every row, in a table of two blocks, one in use, one being written.
///
/// Latency: start_i in cycle t, the first row in t + 1; a row takes a cycle, with ALiBi the cycle
/// in which the request for its slope is taken. A block is offered (block_valid_o) from the cycle
/// after its last row, with ALiBi the cycle after its last slope came, if that is later. A read of
/// a context takes one cycle, then holds.
/// Back-pressure: rows wait while both blocks of the table are in use, and for slope requests.
/// Does not: look at tiles; look at biases.
module flashd_bias_rows
  import flashd_device_pkg::*;
#(
  parameter int Lanes = 4,
  parameter int Contexts = 16,
  // Derived: not to be set.
  parameter int LaneBits = (Lanes > 1) ? $clog2(Lanes) : 1,
  parameter int IndexBits = (Contexts > 1) ? $clog2(Contexts) : 1,
  parameter int SlopeBits = 40
) (
  input  logic                                 clk_i,
  input  logic                                 rst_ni,
  input  logic                                 start_i,
  input  sequence_t                            seq_i,
  output logic                                 busy_o,
  // Slopes: one beat each, and where it belongs.
  output logic                                 slope_valid_o,
  input  logic                                 slope_ready_i,
  output addr_t                                slope_addr_o,
  output logic                                 slope_bank_o,
  output logic [IndexBits-1:0]                 slope_context_o,
  output logic [LaneBits-1:0]                  slope_lane_o,
  input  logic                                 slope_we_i,
  input  logic                                 slope_wbank_i,
  input  logic [IndexBits-1:0]                 slope_wcontext_i,
  input  logic [LaneBits-1:0]                  slope_wlane_i,
  input  logic [SlopeBits-1:0]                 slope_wdata_i,
  // The block in use.
  output logic                                 block_valid_o,
  input  logic                                 block_done_i,    // its table is free
  output logic [IndexBits-1:0]                 block_context_o, // last context in use
  output logic [LaneBits-1:0]                  block_lane_o,    // last lane of that context
  output logic [30:0]                          block_begin_o,   // keys that its rows see
  output logic [30:0]                          block_end_o,     // 0: none
  // Rows of a context of it.
  input  logic                                 read_i,
  input  logic [IndexBits-1:0]                 read_context_i,
  output logic [Lanes-1:0][30:0]               row_begin_o,
  output logic [Lanes-1:0][30:0]               row_end_o,
  output logic [Lanes-1:0][AddrBits-LineBits-1:0] row_line_o,   // bias of key 0
  output logic [Lanes-1:0][32:0]               row_centre_o,    // signed: query + diagonal
  output logic [Lanes-1:0][SlopeBits-1:0]      row_slope_o
);

  localparam int LineWidth = AddrBits - LineBits;
  localparam int RowBits = 31 + 31 + LineWidth + 33;
  localparam int TableBits = (Contexts > 1) ? IndexBits + 1 : 1;
  localparam int CountBits = $clog2(Lanes * Contexts + 1);

  // Rows of the sequence. Addresses: 0 bias, 1 slope.
  logic row_valid, row_ok, row_step, block_last, begun_q;
  logic [31:0] query, row_begin, row_end;
  logic [LaneBits-1:0] lane;
  logic [IndexBits-1:0] ctx;
  addr_t [1:0] addr;
  logic [32:0] centre;
  logic [RowBits-1:0] row;

  flashd_row_walk #(
    .Lanes    (Lanes),
    .Contexts (Contexts),
    .Addresses(2)
  ) u_rows (
    .clk_i,
    .rst_ni,
    .start_i       (start_i && (seq_i.bias || seq_i.alibi)),
    .step_i        (row_step),
    .mark_i        (1'b0),
    .rewind_i      (1'b0),
    .heads_kv_i    (seq_i.heads_kv),
    .group_i       (seq_i.group),
    .queries_i     (seq_i.queries),
    .base_i        ({seq_i.alibi_base, seq_i.bias_base}),
    .head_stride_i ({38'd8, seq_i.bias_head, 6'b0}),
    .token_stride_i({38'd0, seq_i.bias_token, 6'b0}),
    .valid_o       (row_valid),
    .query_o       (query),
    .head_o        (),
    .head_kv_o     (),
    .lane_o        (lane),
    .context_o     (ctx),
    .addr_o        (addr),
    .context_last_o(),
    .block_last_o  (block_last),
    .last_o        ()
  );

  flashd_key_range u_range (
    .clk_i,
    .causal_i      (seq_i.causal),
    .window_i      (seq_i.window),
    .kv_len_i      (seq_i.kv_len),
    .diagonal_i    (seq_i.diagonal),
    .window_left_i (seq_i.window_left),
    .window_right_i(seq_i.window_right),
    .query_i       (query),
    .begin_o       (row_begin),
    .end_o         (row_end)
  );

  // |query + diagonal| < 2^32.
  assign centre = {seq_i.diagonal[31], seq_i.diagonal} + {1'b0, query};
  assign row = {row_begin[30:0], row_end[30:0], addr[0][AddrBits-1:LineBits], centre};

  // Two tables in turn.
  logic write_bank_q, read_bank_q, block_end;
  logic [1:0] taken_q;
  logic [1:0][CountBits-1:0] missing_q;  // slopes on their way
  logic [30:0] begin_q, end_q, begin_now, end_now;
  logic queue_valid, queue_room;

  assign row_ok = row_valid && (begun_q || taken_q != 2'd2);
  assign slope_valid_o = row_ok && seq_i.alibi;
  assign slope_addr_o = addr[1];
  assign slope_bank_o = write_bank_q;
  assign slope_context_o = ctx;
  assign slope_lane_o = lane;
  assign row_step = row_ok && (!seq_i.alibi || slope_ready_i);
  assign block_end = row_step && block_last;

  // From the first key of the first row that sees one to the last key of the last such row.
  assign begin_now = (begun_q && end_q != '0) ? begin_q : row_begin[30:0];
  assign end_now = (begun_q && row_end == '0) ? end_q : row_end[30:0];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      begun_q      <= 1'b0;
      write_bank_q <= 1'b0;
      read_bank_q  <= 1'b0;
      taken_q      <= '0;
      missing_q    <= '0;
    end else begin
      if (row_step) begun_q <= !block_last;
      if (block_end) write_bank_q <= !write_bank_q;
      if (block_done_i) read_bank_q <= !read_bank_q;
      taken_q <= taken_q + 2'(row_step && !begun_q) - 2'(block_done_i);
      for (int b = 0; b < 2; b++) begin
        missing_q[b] <= missing_q[b] + CountBits'(row_step && seq_i.alibi && 32'(write_bank_q) == b)
            - CountBits'(slope_we_i && 32'(slope_wbank_i) == b);
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (row_step) begin
      begin_q <= begin_now;
      end_q   <= end_now;
    end
  end

  flashd_fifo #(
    .Bits (IndexBits + LaneBits + 62),
    .Depth(2)
  ) u_blocks (
    .clk_i,
    .rst_ni,
    .valid_i(block_end),
    .ready_o(queue_room),
    .data_i ({ctx, lane, begin_now, end_now}),
    .valid_o(queue_valid),
    .ready_i(block_done_i),
    .data_o ({block_context_o, block_lane_o, block_begin_o, block_end_o})
  );
  assign block_valid_o = queue_valid && missing_q[read_bank_q] == '0;

  function automatic logic [TableBits-1:0] place(input logic bank,
                                                 input logic [IndexBits-1:0] index);
    return (Contexts > 1) ? TableBits'({index, bank}) : TableBits'(bank);
  endfunction

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    flashd_ram #(
      .Bits (RowBits),
      .Depth(2 * Contexts)
    ) u_table (
      .clk_i,
      .we_i   (row_step && (lane == LaneBits'(l))),
      .waddr_i(place(write_bank_q, ctx)),
      .wdata_i(row),
      .re_i   (read_i),
      .raddr_i(place(read_bank_q, read_context_i)),
      .rdata_o({row_begin_o[l], row_end_o[l], row_line_o[l], row_centre_o[l]})
    );
    flashd_ram #(
      .Bits (SlopeBits),
      .Depth(2 * Contexts)
    ) u_slopes (
      .clk_i,
      .we_i   (slope_we_i && (slope_wlane_i == LaneBits'(l))),
      .waddr_i(place(slope_wbank_i, slope_wcontext_i)),
      .wdata_i(slope_wdata_i),
      .re_i   (read_i),
      .raddr_i(place(read_bank_q, read_context_i)),
      .rdata_o(row_slope_o[l])
    );
  end

  assign busy_o = row_valid || taken_q != '0;

  logic unused;
  assign unused = ^{row_begin[31], row_end[31], addr[0][LineBits-1:0]};

`ifdef FLASHD_ASSERT
  flashd_stream_check #(.Bits(AddrBits + 1 + IndexBits + LaneBits)) u_check_slope (
    .clk_i, .rst_ni, .valid_i(slope_valid_o), .ready_i(slope_ready_i),
    .data_i({slope_addr_o, slope_bank_o, slope_context_o, slope_lane_o}));
  assert property (@(posedge clk_i) disable iff (!rst_ni) block_end |-> queue_room)
  else $error("flashd_bias_rows: a block found the queue full");
  assert property (@(posedge clk_i) disable iff (!rst_ni) block_done_i |-> block_valid_o)
  else $error("flashd_bias_rows: the end of a block that is not in use");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      slope_we_i |-> missing_q[slope_wbank_i] != '0)
  else $error("flashd_bias_rows: a slope that was not requested");
  assert property (@(posedge clk_i) disable iff (!rst_ni) start_i |-> !busy_o)
  else $error("flashd_bias_rows: started while busy");
`else
  logic unused_room;
  assign unused_room = queue_room;
`endif

endmodule
