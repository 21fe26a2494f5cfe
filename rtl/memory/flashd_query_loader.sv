// SPDX-License-Identifier: Apache-2.0
/// Fetches the queries of all blocks in order into a queue, and feeds the engine's Q stream.
///
/// The queue holds one block of Lanes x Contexts rows at the largest head dimension, more blocks at
/// smaller ones. A row is requested, one segment, as soon as its engine beats have room: the next
/// block is fetched while the engine works. The feed adds the keys that a row sees, and pads the
/// last context of a KV head with rows of zeros that see no key and cost no memory traffic.
/// Latency: start_i in cycle t: first request in t + 1, then one a cycle while there is room; room
/// counts again in the cycle after a word left the memory. An engine beat from flashd_unpack in
/// cycle t is at q_valid_o in t + 2, if the stream waits for it. One beat per cycle.
/// Back-pressure: the queue fills, requests stop. Constants are stable from start_i until !busy_o.
/// Does not: know tiles, or when the engine is done with a query.
module flashd_query_loader
  import flashd_device_pkg::*;
#(
  parameter int AxiBits = 128,
  parameter int Width = 64,
  parameter int Lanes = 4,
  parameter int Contexts = 16,
  parameter int MaxHeadDim = 256
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    start_i,
  input  sequence_t               seq_i,
  output logic                    busy_o,
  // Read client.
  output logic                    req_valid_o,
  input  logic                    req_ready_i,
  output addr_t                   req_addr_o,
  output logic [SegmentBits-1:0]  req_beats_o,
  // From flashd_unpack.
  input  logic                    beat_valid_i,
  input  logic [Width-1:0][15:0]  beat_data_i,
  // To the engine.
  output logic                    q_valid_o,
  input  logic                    q_ready_i,
  output logic [Width-1:0][15:0]  q_data_o,
  output logic                    q_row_valid_o,  // 0: padding row
  output logic [31:0]             q_begin_o,
  output logic [31:0]             q_end_o,
  output logic                    q_last_o
);

  localparam int Beats = (MaxHeadDim + Width - 1) / Width;
  localparam int BeatBits = $clog2(Beats + 1);
  localparam int Depth = Lanes * Contexts * Beats;
  localparam int PtrBits = (Depth > 1) ? $clog2(Depth) : 1;
  localparam int CountBits = $clog2(Depth + 1);
  localparam int LaneBits = (Lanes > 1) ? $clog2(Lanes) : 1;
  localparam int Size = $clog2(AxiBits / 8);

  if (Width < 1 || (Width & (Width - 1)) != 0) begin : gen_bad_width
    $error("flashd_query_loader: Width must be a power of two.");
  end

  logic [BeatBits-1:0] beats_q;       // engine beats of a row, from start_i's next cycle
  always_ff @(posedge clk_i) beats_q <= BeatBits'((32'(seq_i.d) + Width - 1) / Width);

  // Requests.
  logic ask_valid, ask_step;
  logic [CountBits-1:0] room_q;                  // words neither in the memory nor on their way

  assign req_valid_o = ask_valid && (32'(room_q) >= 32'(beats_q));
  always_ff @(posedge clk_i) req_beats_o <= SegmentBits'(row_bytes(seq_i.d)) >> Size;
  assign ask_step = req_valid_o && req_ready_i;

  flashd_row_walk #(
    .Lanes   (Lanes),
    .Contexts(Contexts)
  ) u_ask (
    .clk_i,
    .rst_ni,
    .start_i,
    .step_i        (ask_step),
    .mark_i        (1'b0),
    .rewind_i      (1'b0),
    .heads_kv_i    (seq_i.heads_kv),
    .group_i       (seq_i.group),
    .queries_i     (seq_i.queries),
    .base_i        (seq_i.q),
    .head_stride_i ({seq_i.q_head, {LineBits{1'b0}}}),
    .token_stride_i({seq_i.q_token, {LineBits{1'b0}}}),
    .valid_o       (ask_valid),
    .query_o       (),
    .head_o        (),
    .head_kv_o     (),
    .lane_o        (),
    .context_o     (),
    .addr_o        (req_addr_o),
    .context_last_o(),
    .block_last_o  (),
    .last_o        ()
  );

  // The queue: a memory and the word that it shows.
  logic [PtrBits-1:0] wptr_q, rptr_q;
  logic [CountBits-1:0] count_q;                 // words in the memory
  logic shown_q, show, take_word;
  logic [Width-1:0][15:0] word;

  function automatic logic [PtrBits-1:0] next(input logic [PtrBits-1:0] ptr);
    return (ptr == PtrBits'(Depth - 1)) ? '0 : ptr + PtrBits'(1);
  endfunction

  assign show = (count_q != '0) && (!shown_q || take_word);

  flashd_ram #(
    .Bits (Width * 16),
    .Depth(Depth)
  ) u_ram (
    .clk_i,
    .we_i   (beat_valid_i),
    .waddr_i(wptr_q),
    .wdata_i(beat_data_i),
    .re_i   (show),
    .raddr_i(rptr_q),
    .rdata_o(word)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wptr_q  <= '0;
      rptr_q  <= '0;
      count_q <= '0;
      shown_q <= 1'b0;
      room_q  <= CountBits'(Depth);
    end else begin
      if (beat_valid_i) wptr_q <= next(wptr_q);
      if (show) rptr_q <= next(rptr_q);
      count_q <= count_q + CountBits'(beat_valid_i) - CountBits'(show);
      if (show) shown_q <= 1'b1;
      else if (take_word) shown_q <= 1'b0;
      room_q <= room_q + CountBits'(show) - (ask_step ? CountBits'(beats_q) : '0);
    end
  end

  // The feed.
  logic feed_valid, feed_step, context_last, block_last;
  logic [31:0] query, key_begin, key_end;
  logic [LaneBits-1:0] lane, pad_lane_q;
  logic [BeatBits-1:0] beat_q;
  logic pad_q, pad_last_q;                       // rows behind the last of a KV head
  logic take, row_end, lanes_left, pad_end;

  flashd_row_walk #(
    .Lanes   (Lanes),
    .Contexts(Contexts)
  ) u_feed (
    .clk_i,
    .rst_ni,
    .start_i,
    .step_i        (feed_step),
    .mark_i        (1'b0),
    .rewind_i      (1'b0),
    .heads_kv_i    (seq_i.heads_kv),
    .group_i       (seq_i.group),
    .queries_i     (seq_i.queries),
    .base_i        ('0),
    .head_stride_i ('0),
    .token_stride_i('0),
    .valid_o       (feed_valid),
    .query_o       (query),
    .head_o        (),
    .head_kv_o     (),
    .lane_o        (lane),
    .context_o     (),
    .addr_o        (),
    .context_last_o(context_last),
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
    .begin_o       (key_begin),
    .end_o         (key_end)
  );

  assign q_valid_o = pad_q || shown_q;
  assign take = q_valid_o && q_ready_i;
  assign take_word = take && !pad_q;
  assign row_end = beat_q == beats_q - BeatBits'(1);
  assign feed_step = take_word && row_end;
  assign lanes_left = context_last && (lane != LaneBits'(Lanes - 1));
  assign pad_end = pad_lane_q == LaneBits'(Lanes - 1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      beat_q     <= '0;
      pad_q      <= 1'b0;
      pad_lane_q <= '0;
      pad_last_q <= 1'b0;
    end else begin
      if (take) beat_q <= row_end ? '0 : beat_q + BeatBits'(1);
      if (feed_step) begin
        pad_q      <= lanes_left;
        pad_lane_q <= lane + LaneBits'(1);
        pad_last_q <= block_last;
      end else if (take && row_end) begin
        pad_q      <= !pad_end;
        pad_lane_q <= pad_lane_q + LaneBits'(1);
      end
    end
  end

  assign q_data_o = pad_q ? '0 : word;
  assign q_row_valid_o = !pad_q;
  assign q_begin_o = pad_q ? '0 : key_begin;
  assign q_end_o = pad_q ? '0 : key_end;
  assign q_last_o = row_end && (pad_q ? pad_end && pad_last_q : block_last && !lanes_left);
  assign busy_o = feed_valid || pad_q;

  logic unused;
  assign unused = ^seq_i;

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      beat_valid_i |-> (count_q != CountBits'(Depth)))
  else $error("flashd_query_loader: a beat without room");
  assert property (@(posedge clk_i) disable iff (!rst_ni) shown_q |-> feed_valid)
  else $error("flashd_query_loader: a word behind the last row");
  assert property (@(posedge clk_i) disable iff (!rst_ni) start_i |-> !busy_o && !shown_q)
  else $error("flashd_query_loader: started while busy");
`endif

endmodule
