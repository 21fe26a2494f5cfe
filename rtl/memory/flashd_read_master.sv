// SPDX-License-Identifier: Apache-2.0
/// AXI4 read master: cuts the segments of seven clients into bursts and hands the beats back.
///
/// A burst is INCR, full width, at most 256 beats, within 4 KB; at most Outstanding bursts are on
/// AR or waiting for data. Clients are served whole segment by whole segment, the lowest index
/// first; one ID, so beats come back in the order of the grants.
/// Latency: req_ready_o in cycle t puts the segment's first burst on AR in t + 1 (registers), each
/// further burst in the cycle after the one before was accepted: one AR handshake per cycle, also
/// across segments. A grant needs no segment being cut (or its last burst accepted in this cycle),
/// and fewer than Outstanding bursts, a last beat of this cycle still counting. Beats are passed on
/// in their cycle, error_o with the bad one.
/// Back-pressure: req_ready_o; r_ready_o is always 1, clients ask only for what they can take.
/// abort_i drops what is left of a segment and grants nothing; a burst on AR stays until accepted.
/// drained_o: no burst on AR or waiting for data.
/// Does not: check that r_last_i stands where it should (an assertion does), reorder, or retry.
module flashd_read_master
  import flashd_device_pkg::*;
#(
  parameter int AxiBits = 128,
  parameter int Outstanding = 16
) (
  input  logic                                      clk_i,
  input  logic                                      rst_ni,
  input  logic                                      abort_i,
  output logic                                      drained_o,
  // Clients.
  input  logic  [ReadClients-1:0]                   req_valid_i,
  output logic  [ReadClients-1:0]                   req_ready_o,
  input  addr_t [ReadClients-1:0]                   req_addr_i,
  input  logic  [ReadClients-1:0][SegmentBits-1:0]  req_beats_i,
  output logic  [ReadClients-1:0]                   beat_valid_o,
  output logic  [AxiBits-1:0]                       beat_data_o,
  output logic                                      beat_last_o,    // of the segment
  // Errors.
  output logic                                      error_o,
  output logic                                      error_dec_o,    // DECERR, else SLVERR
  output addr_t                                     error_addr_o,
  // Counters.
  output logic                                      tap_burst_o,
  output logic                                      tap_beat_o,
  // AXI4.
  output logic                                      ar_valid_o,
  input  logic                                      ar_ready_i,
  output addr_t                                     ar_addr_o,
  output logic  [7:0]                               ar_len_o,
  output logic  [2:0]                               ar_size_o,
  output logic  [1:0]                               ar_burst_o,
  input  logic                                      r_valid_i,
  output logic                                      r_ready_o,
  input  logic  [AxiBits-1:0]                       r_data_i,
  input  logic  [1:0]                               r_resp_i,
  input  logic                                      r_last_i
);

  localparam int Size = $clog2(AxiBits / 8);
  localparam int PageBeatBits = 12 - Size;       // beats of a 4 KB page: 64 to 512
  localparam int LimitBits = (PageBeatBits < 8) ? PageBeatBits : 8;  // of a burst
  localparam int CountBits = $clog2(Outstanding + 1);
  localparam int ClientBits = 3;

  if (AxiBits < 64 || AxiBits > 512 || (AxiBits & (AxiBits - 1)) != 0) begin : gen_bad_axi
    $error("flashd_read_master: AxiBits must be 64, 128, 256 or 512.");
  end
  if (Outstanding < 1) begin : gen_bad_outstanding
    $error("flashd_read_master: Outstanding must be at least 1.");
  end

  logic ar_valid_q, queue_q;
  addr_t ar_addr_q;
  logic [7:0] ar_len_q;
  addr_t rest_addr;                              // of the segment being cut, behind the last burst
  logic [SegmentBits-1:0] rest_beats_q;
  logic [ClientBits-1:0] client_q;
  logic [CountBits-1:0] count_q;
  logic load, cutting, any, burst_done;
  logic [ClientBits-1:0] chosen;
  addr_t source_addr;
  logic [SegmentBits-1:0] source_beats, rest_beats;
  logic [SegmentBits:0] beyond;                  // beats less those that a burst can have
  logic [LimitBits-1:0] limit_low, limit_len;    // of those that it can have; less one
  logic [7:0] len;                               // beats of the burst, less one
  logic unused_low;

  always_comb begin
    chosen = '0;
    any = 1'b0;
    for (int i = ReadClients - 1; i >= 0; i--) begin
      if (req_valid_i[i]) begin
        chosen = ClientBits'(i);
        any = 1'b1;
      end
    end
  end

  assign cutting = rest_beats_q != '0;
  // The burst before is still in the registers while there is a rest.
  assign {rest_addr[AddrBits-1:Size], unused_low} =
      {ar_addr_q[AddrBits-1:Size], 1'b1} + {(AddrBits - Size)'(ar_len_q), 1'b1};
  assign rest_addr[Size-1:0] = ar_addr_q[Size-1:0];
  assign source_addr = cutting ? rest_addr : req_addr_i[chosen];
  assign source_beats = cutting ? rest_beats_q : req_beats_i[chosen];

  // A burst can have 2^LimitBits - limit_low beats: up to the 4 KB boundary, but no more than 256.
  // The negative of that has ones above limit_low.
  if (PageBeatBits > LimitBits) begin : gen_half_page
    assign limit_low = source_addr[Size+:LimitBits] & {LimitBits{source_addr[11]}};
  end else begin : gen_page
    assign limit_low = source_addr[Size+:LimitBits];
  end
  assign beyond = {1'b0, source_beats} + {{(SegmentBits + 1 - LimitBits) {1'b1}}, limit_low};
  assign limit_len = ~limit_low;
  assign len = beyond[SegmentBits] ? 8'(source_beats) - 8'd1 : 8'(limit_len);
  assign rest_beats = beyond[SegmentBits-1:0] & {SegmentBits{!beyond[SegmentBits]}};

  assign load = (!ar_valid_q || ar_ready_i) && (count_q != CountBits'(Outstanding)) && !abort_i &&
      (cutting || any);

  always_comb begin
    req_ready_o = '0;
    req_ready_o[chosen] = load && !cutting;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ar_valid_q   <= 1'b0;
      queue_q      <= 1'b0;
      rest_beats_q <= '0;
      count_q      <= '0;
    end else begin
      if (load) ar_valid_q <= 1'b1;
      else if (ar_ready_i) ar_valid_q <= 1'b0;
      queue_q <= load;
      if (abort_i) rest_beats_q <= '0;
      else if (load) rest_beats_q <= rest_beats;
      count_q <= count_q + CountBits'(load) - CountBits'(burst_done);
    end
  end

  always_ff @(posedge clk_i) begin
    if (load) begin
      ar_addr_q <= source_addr;
      ar_len_q <= len;
      if (!cutting) client_q <= chosen;
    end
  end

  assign ar_valid_o = ar_valid_q;
  assign ar_addr_o = ar_addr_q;
  assign ar_len_o = ar_len_q;
  assign ar_size_o = 3'(Size);
  assign ar_burst_o = 2'b01;
  assign drained_o = count_q == '0;
  assign tap_burst_o = ar_valid_q && ar_ready_i;

  // What comes back: the bursts in order, and the place in the oldest. A burst is queued in its
  // first cycle on AR, before any beat of it can come.
  logic burst_valid, burst_room, burst_segment_last;
  logic [ClientBits-1:0] burst_client;
  addr_t burst_addr;
  logic [7:0] burst_len, beat_q;

  flashd_fifo #(
    .Bits (ClientBits + 1 + AddrBits + 8),
    .Depth(Outstanding)
  ) u_bursts (
    .clk_i,
    .rst_ni,
    .valid_i(queue_q),
    .ready_o(burst_room),
    .data_i ({client_q, rest_beats_q == '0, ar_addr_q, ar_len_q}),
    .valid_o(burst_valid),
    .ready_i(burst_done),
    .data_o ({burst_client, burst_segment_last, burst_addr, burst_len})
  );

  assign r_ready_o = 1'b1;
  assign tap_beat_o = r_valid_i && burst_valid;
  assign burst_done = tap_beat_o && (beat_q == burst_len);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) beat_q <= '0;
    else if (tap_beat_o) beat_q <= burst_done ? '0 : beat_q + 8'd1;
  end

  always_comb begin
    beat_valid_o = '0;
    beat_valid_o[burst_client] = tap_beat_o;
  end
  assign beat_data_o = r_data_i;
  assign beat_last_o = burst_done && burst_segment_last;
  assign error_o = tap_beat_o && r_resp_i[1];
  assign error_dec_o = r_resp_i[0];
  assign error_addr_o = {burst_addr[AddrBits-1:12],
                         burst_addr[11:0] + 12'({beat_q, {Size{1'b0}}})};

`ifdef FLASHD_ASSERT
  logic check_rst_n;  // clients that are reset while an abort drains may withdraw a request
  assign check_rst_n = rst_ni && !abort_i;
  for (genvar c = 0; c < ReadClients; c++) begin : gen_assert
    flashd_stream_check #(.Bits(AddrBits + SegmentBits)) u_check (
      .clk_i, .rst_ni(check_rst_n), .valid_i(req_valid_i[c]), .ready_i(req_ready_o[c]),
      .data_i({req_addr_i[c], req_beats_i[c]}));
    assert property (@(posedge clk_i) disable iff (!rst_ni)
        req_valid_i[c] |-> (req_beats_i[c] != '0) && (req_addr_i[c][Size-1:0] == '0))
    else $error("flashd_read_master: a segment is empty or not aligned to beats");
  end
  flashd_stream_check #(.Bits(AddrBits + 8)) u_check_ar (
    .clk_i, .rst_ni, .valid_i(ar_valid_o), .ready_i(ar_ready_i), .data_i({ar_addr_o, ar_len_o}));
  assert property (@(posedge clk_i) disable iff (!rst_ni) ar_valid_o |->
      (32'(ar_addr_o[11:0]) + ((32'(ar_len_o) + 32'd1) << Size) <= 32'd4096))
  else $error("flashd_read_master: a burst crosses 4 KB");
  assert property (@(posedge clk_i) disable iff (!rst_ni) queue_q |-> burst_room)
  else $error("flashd_read_master: a burst found its queue full");
  assert property (@(posedge clk_i) disable iff (!rst_ni) r_valid_i |-> burst_valid)
  else $error("flashd_read_master: a beat that nobody asked for");
  assert property (@(posedge clk_i) disable iff (!rst_ni) tap_beat_o |-> (r_last_i == burst_done))
  else $error("flashd_read_master: RLAST does not stand at the end of a burst");
`else
  logic unused;
  assign unused = ^{r_last_i, burst_room, req_addr_i};
`endif

endmodule
