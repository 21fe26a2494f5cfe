// SPDX-License-Identifier: Apache-2.0
/// Walks the rows of the output banks and requests their segments: O, LSE, state record.
///
/// Banks become full in turn (full_i); their rows follow in the order of work. Each wanted segment
/// of a row is requested from the write master and, in the same cycle, queued for whoever sends its
/// data. done_o: the last row of a bank is through (bare_o: rows have no segments in this job, so
/// nobody will hand over data).
/// Latency: a request is valid in the cycle in which full_i shows its bank; one segment per cycle;
/// a row without segments takes a cycle, too. A segment is in the queue one cycle after its request
/// was taken.
/// Back-pressure: requests wait for the write master and for room in the queue (4 segments).
/// Does not: touch data.
module flashd_output_segments
  import flashd_device_pkg::*;
#(
  parameter int AxiBits = 128,
  parameter int Lanes = 4,
  parameter int Contexts = 16,
  // Derived: not to be set.
  parameter int BeatLog2 = $clog2(AxiBits / 8),
  parameter int LaneBits = (Lanes > 1) ? $clog2(Lanes) : 1,
  parameter int BytesBits = 11              // of a row: at most 64 x 17 bytes
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   start_i,
  input  sequence_t              seq_i,
  output logic                   busy_o,    // rows are left
  input  logic [1:0]             full_i,    // banks, used in turn
  output logic                   done_o,
  output logic                   done_bank_o,
  output logic                   bare_o,
  // To the write master.
  output logic                   req_valid_o,
  input  logic                   req_ready_i,
  output addr_t                  req_addr_o,
  output logic [SegmentBits-1:0] req_beats_o,
  // Segments whose data are to be sent, in order.
  output logic                   valid_o,
  input  logic                   ready_i,
  output logic [1:0]             kind_o,    // 0 O, 1 LSE, 2 state record
  output logic                   bank_o,
  output logic [LaneBits-1:0]    lane_o,
  output logic [BeatLog2-1:0]    offset_o,  // of the segment's first byte in its beat
  output logic [BytesBits-1:0]   bytes_o,
  output logic                   last_o     // of the bank
);

  localparam int Strobes = AxiBits / 8;
  localparam int Segments = 4;

  typedef enum logic [1:0] {
    KindO     = 2'd0,
    KindLse   = 2'd1,
    KindState = 2'd2
  } kind_e;

  // Addresses of a row, as its kinds: 0 O, 1 LSE, 2 state.
  logic row_valid, row_step, context_last;
  logic [LaneBits-1:0] row_lane;
  addr_t [2:0] row_addr;
  logic [BytesBits-1:0] o_bytes, state_bytes;
  logic [2:0] wanted, left;       // kinds of segments; those of this row not yet requested
  logic [2:0] sent_q;             // of this row
  logic bank_q;                   // of this row
  kind_e kind;
  logic kind_last, queue_room, request;
  logic [BytesBits-1:0] bytes;    // of the segment
  addr_t address;

  assign wanted = {seq_i.state_out, seq_i.write_lse, seq_i.write_o};
  assign o_bytes = (seq_i.format == 2'd0) ? {seq_i.dv, 2'b0} : {1'b0, seq_i.dv, 1'b0};
  assign state_bytes = ((BytesBits'(seq_i.dv) << 2) + BytesBits'(16 + 63)) &
      ~BytesBits'(63);

  flashd_row_walk #(
    .Lanes    (Lanes),
    .Contexts (Contexts),
    .Addresses(3)
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
    .base_i        ({seq_i.state_out_base, seq_i.lse, seq_i.o}),
    .head_stride_i ({seq_i.state_head, 6'b0, seq_i.lse_head, 6'b0, seq_i.o_head, 6'b0}),
    .token_stride_i({38'(state_bytes), 38'd4, seq_i.o_token, 6'b0}),
    .valid_o       (row_valid),
    .query_o       (),
    .head_o        (),
    .head_kv_o     (),
    .lane_o        (row_lane),
    .context_o     (),
    .addr_o        (row_addr),
    .context_last_o(context_last),
    .block_last_o  (),
    .last_o        ()
  );

  assign left = wanted & ~sent_q;
  assign kind = left[KindO] ? KindO : left[KindLse] ? KindLse : KindState;
  assign kind_last = (left & (left - 3'd1)) == '0;  // at most one is left
  assign req_valid_o = row_valid && full_i[bank_q] && left != '0 && queue_room;
  assign request = req_valid_o && req_ready_i;
  assign row_step = row_valid && full_i[bank_q] && kind_last && (request || left == '0);
  assign done_o = row_step && context_last;
  assign done_bank_o = bank_q;
  assign bare_o = wanted == '0;
  assign busy_o = row_valid;

  always_comb begin
    unique case (kind)
      KindO: bytes = o_bytes;
      KindLse: bytes = BytesBits'(4);
      default: bytes = state_bytes;
    endcase
  end
  assign address = row_addr[kind];
  assign req_addr_o = {address[AddrBits-1:BeatLog2], BeatLog2'(0)};
  assign req_beats_o = SegmentBits'((32'(bytes) + Strobes - 1) / Strobes);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sent_q <= '0;
      bank_q <= 1'b0;
    end else begin
      if (row_step) sent_q <= '0;
      else if (request) sent_q[kind] <= 1'b1;
      if (done_o) bank_q <= !bank_q;
    end
  end

  flashd_fifo #(
    .Bits (2 + 1 + LaneBits + BeatLog2 + BytesBits + 1),
    .Depth(Segments)
  ) u_queue (
    .clk_i,
    .rst_ni,
    .valid_i(request),
    .ready_o(queue_room),
    .data_i ({kind, bank_q, row_lane, address[BeatLog2-1:0], bytes, kind_last && context_last}),
    .valid_o,
    .ready_i,
    .data_o ({kind_o, bank_o, lane_o, offset_o, bytes_o, last_o})
  );

`ifdef FLASHD_ASSERT
  flashd_stream_check #(.Bits(AddrBits + SegmentBits)) u_check (
    .clk_i, .rst_ni, .valid_i(req_valid_o), .ready_i(req_ready_i),
    .data_i({req_addr_o, req_beats_o}));
`endif

endmodule
