// SPDX-License-Identifier: Apache-2.0
/// Finds, block by block, the tiles that the rows of a block see, and where the first one lies.
///
/// Ranges of consecutive queries begin and end no earlier than those of the query before, so a
/// block's keys reach from the first of its first row to the last of its last row that sees any
/// (behind a first row that sees none, because it ends before key 0, the next ones begin at key 0).
/// Latency: start_i in cycle t; a block of R rows has its range after R cycles, from t + 1 on; one
/// cycle later the first tile's index (with pages: in its page), of n significant bits, goes to a
/// multiplier that takes 1 + ceil(n / 2) cycles; it is queued in the cycle of the product, seen at
/// valid_o one later, and the next block's rows start then: t + R + 3 + ceil(n / 2) for the first.
/// Back-pressure: two blocks wait in the queue, a third in the product.
/// Does not: cut a block into tiles.
module flashd_block_range
  import flashd_device_pkg::*;
#(
  parameter int Lanes = 4,
  parameter int Contexts = 16,
  parameter int Tile = 64,
  // Derived: not to be set.
  parameter int ContextBits = $clog2(Contexts + 1),
  parameter int IndexBits = 31 - $clog2(Tile),
  parameter int Line = AddrBits - LineBits
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    start_i,
  input  sequence_t               seq_i,
  output logic                    idle_o,        // nothing but what the queue holds
  output logic                    valid_o,
  input  logic                    ready_i,
  output logic                    head_first_o,  // first block of its KV head
  output logic [IndexBits-1:0]    tile_o,        // first tile; 0 if no row sees a key
  output logic [30:0]             end_o,         // one past the last key; 0 if no row sees a key
  output logic [ContextBits-1:0]  contexts_o,    // in use
  output logic [1:0][Line-1:0]    product_o      // first tile (in its page) x stride of a key: K, V
);

  localparam int TileLog2 = $clog2(Tile);
  localparam int CtxBits = (Contexts > 1) ? $clog2(Contexts) : 1;

  logic row_valid, row_step, block_last;
  logic [31:0] query, row_begin, row_end;
  logic [15:0] head;
  logic [CtxBits-1:0] ctx;

  flashd_row_walk #(
    .Lanes   (Lanes),
    .Contexts(Contexts)
  ) u_rows (
    .clk_i,
    .rst_ni,
    .start_i,
    .step_i        (row_step),
    .mark_i        (1'b0),
    .rewind_i      (1'b0),
    .heads_kv_i    (seq_i.heads_kv),
    .group_i       (seq_i.group),
    .queries_i     (seq_i.queries),
    .base_i        ('0),
    .head_stride_i ('0),
    .token_stride_i('0),
    .valid_o       (row_valid),
    .query_o       (query),
    .head_o        (head),
    .head_kv_o     (),
    .lane_o        (),
    .context_o     (ctx),
    .addr_o        (),
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

  typedef enum logic [1:0] {
    StRows,      // a row per cycle
    StStart,     // the range is complete
    StMultiply
  } state_e;

  state_e state_q;
  logic [31:0] begin_q;
  logic [30:0] end_q;
  logic [CtxBits-1:0] last_context_q;
  logic head_first_q, begun_q, done, room;
  logic [IndexBits-1:0] tile, page_mask;
  logic [1:0][Line-1:0] product;

  assign row_step = (state_q == StRows) && row_valid;
  assign tile = begin_q[30:TileLog2];
  // Tiles of a page, less one; 0 if a page holds one tile or less.
  assign page_mask = IndexBits'(((32'd1 << seq_i.page_size_log2) - 32'd1) >> TileLog2);

  flashd_multiply_seq #(
    .Bits      (Line),
    .Multiplier(IndexBits),
    .Products  (2)
  ) u_multiply (
    .clk_i,
    .rst_ni,
    .start_i       (state_q == StStart),
    .multiplier_i  (seq_i.paged ? tile & page_mask : tile),
    .multiplicand_i({Line'(seq_i.v_token), Line'(seq_i.k_token)}),
    .done_o        (done),
    .product_o     (product)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= StRows;
      begun_q <= 1'b0;
    end else begin
      if (row_step) begun_q <= !block_last;
      unique case (state_q)
        StRows:  if (row_step && block_last) state_q <= StStart;
        StStart: state_q <= StMultiply;
        default: if (done && room) state_q <= StRows;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (row_step) begin
      last_context_q <= ctx;
      if (!begun_q) head_first_q <= (query == '0) && (head == '0);
      if (!begun_q) begin_q <= row_begin;
      if (!begun_q || (row_end != '0)) end_q <= row_end[30:0];
    end
  end

  flashd_fifo #(
    .Bits (1 + IndexBits + 31 + ContextBits + 2 * Line),
    .Depth(2)
  ) u_queue (
    .clk_i,
    .rst_ni,
    .valid_i((state_q == StMultiply) && done),
    .ready_o(room),
    .data_i ({head_first_q, tile, end_q, ContextBits'(last_context_q) + ContextBits'(1), product}),
    .valid_o,
    .ready_i,
    .data_o ({head_first_o, tile_o, end_o, contexts_o, product_o})
  );

  assign idle_o = !row_valid && (state_q == StRows);

  logic unused;
  assign unused = ^{seq_i, row_end[31], begin_q[31], begin_q[TileLog2-1:0]};

endmodule
