// SPDX-License-Identifier: Apache-2.0
/// Steps through the rows of a sequence in the order of work: KV head by KV head, in each the rows
/// r = query x group + head in group, in blocks of Lanes x Contexts rows that no KV head shares.
///
/// Gives a row's place, and up to Addresses addresses: base + query head x head stride + query x
/// token stride, in bytes; sums only, no multiplier. With Rewind, mark_i keeps the row shown, and
/// rewind_i goes back to the row kept last.
/// Latency: start_i, step_i or rewind_i in cycle t show their row in t + 1, from registers.
/// valid_o falls after the last row, or stays low if there is no query. start_i wins over rewind_i,
/// that over step_i.
/// Back-pressure: none, it moves when told. Constants are stable from start_i on.
/// Does not: pad blocks, or wrap around after the last row.
module flashd_row_walk
  import flashd_device_pkg::*;
#(
  parameter int Lanes = 4,
  parameter int Contexts = 16,
  parameter int Addresses = 1,
  parameter int Rewind = 0,
  // Derived: not to be set.
  parameter int LaneBits = (Lanes > 1) ? $clog2(Lanes) : 1,
  parameter int IndexBits = (Contexts > 1) ? $clog2(Contexts) : 1
) (
  input  logic                                        clk_i,
  input  logic                                        rst_ni,
  input  logic                                        start_i,
  input  logic                                        step_i,
  input  logic                                        mark_i,
  input  logic                                        rewind_i,
  input  logic [15:0]                                 heads_kv_i,      // 1 or more
  input  logic [15:0]                                 group_i,         // 1 or more
  input  logic [31:0]                                 queries_i,
  input  addr_t [Addresses-1:0]                       base_i,
  input  logic [Addresses-1:0][31+LineBits:0]         head_stride_i,   // bytes
  input  logic [Addresses-1:0][31+LineBits:0]         token_stride_i,  // bytes
  output logic                                        valid_o,         // 0: no row left
  output logic [31:0]                                 query_o,
  output logic [15:0]                                 head_o,          // in the group
  output logic [15:0]                                 head_kv_o,
  output logic [LaneBits-1:0]                         lane_o,
  output logic [IndexBits-1:0]                        context_o,
  output addr_t [Addresses-1:0]                       addr_o,
  output logic                                        context_last_o,  // last row of its context
  output logic                                        block_last_o,    // of its block
  output logic                                        last_o           // of the sequence
);

  typedef struct packed {
    logic                  valid;
    logic [31:0]           query;
    logic [15:0]           head;
    logic [15:0]           head_kv;
    logic [LaneBits-1:0]   lane;
    logic [IndexBits-1:0]  ctx;
    addr_t [Addresses-1:0] addr;
    addr_t [Addresses-1:0] query_base;  // first head of the group, this query
    addr_t [Addresses-1:0] next_base;   // query 0 of the next KV head; known once the group ended
  } row_t;

  if (Lanes < 1 || Contexts < 1 || Addresses < 1) begin : gen_bad_size
    $error("flashd_row_walk: Lanes, Contexts and Addresses must be at least 1.");
  end

  row_t row_q, row_d, row_next, row_first, row_kept;
  logic group_end, head_end, lane_end;

  assign group_end = row_q.head == group_i - 16'd1;
  assign head_end = group_end && (row_q.query == queries_i - 32'd1);
  assign lane_end = row_q.lane == LaneBits'(Lanes - 1);
  assign context_last_o = lane_end || head_end;
  assign block_last_o = (lane_end && (row_q.ctx == IndexBits'(Contexts - 1))) || head_end;
  assign last_o = head_end && (row_q.head_kv == heads_kv_i - 16'd1);

  always_comb begin
    row_first = '0;
    row_first.valid = queries_i != '0;
    row_first.addr = base_i;
    row_first.query_base = base_i;
  end

  always_comb begin
    row_next = row_q;
    if (last_o) row_next.valid = 1'b0;
    row_next.head = group_end ? '0 : row_q.head + 16'd1;
    if (group_end) row_next.query = head_end ? '0 : row_q.query + 32'd1;
    if (head_end) row_next.head_kv = row_q.head_kv + 16'd1;
    row_next.lane = context_last_o ? '0 : row_q.lane + LaneBits'(1);
    if (block_last_o) row_next.ctx = '0;
    else if (lane_end) row_next.ctx = row_q.ctx + IndexBits'(1);
    for (int a = 0; a < Addresses; a++) begin
      addr_t head_sum;
      addr_t query_sum;
      head_sum = row_q.addr[a] + AddrBits'(head_stride_i[a]);
      query_sum = row_q.query_base[a] + AddrBits'(token_stride_i[a]);
      // Behind the last head of query 0 the next KV head begins.
      if (row_q.query == '0) row_next.next_base[a] = head_sum;
      row_next.addr[a] = !group_end ? head_sum : !head_end ? query_sum : row_next.next_base[a];
      if (group_end) row_next.query_base[a] = row_next.addr[a];
    end
  end

  always_comb begin
    row_d = row_q;
    if (start_i) row_d = row_first;
    else if (rewind_i) row_d = row_kept;
    else if (step_i && row_q.valid) row_d = row_next;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) row_q <= '0;
    else row_q <= row_d;
  end

  if (Rewind != 0) begin : gen_kept
    row_t row_kept_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) row_kept_q <= '0;
      else if (mark_i) row_kept_q <= row_q;
    end
    assign row_kept = row_kept_q;
  end else begin : gen_forward
    logic unused;
    assign unused = mark_i;
    assign row_kept = row_q;
  end

  assign valid_o = row_q.valid;
  assign query_o = row_q.query;
  assign head_o = row_q.head;
  assign head_kv_o = row_q.head_kv;
  assign lane_o = row_q.lane;
  assign context_o = row_q.ctx;
  assign addr_o = row_q.addr;

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      (step_i && !start_i && !rewind_i) |-> row_q.valid)
  else $error("flashd_row_walk: a step behind the last row");
  if (Rewind == 0) begin : gen_assert
    assert property (@(posedge clk_i) disable iff (!rst_ni) !rewind_i)
    else $error("flashd_row_walk: rewind_i without Rewind");
  end
`endif

endmodule
