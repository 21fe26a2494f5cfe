// SPDX-License-Identifier: Apache-2.0
/// AXI4 write master: cuts segments of two clients (0 output writer, 1 control) into bursts.
///
/// A segment is an address (a multiple of a beat) and a number of beats; its data follow on the
/// client's data stream, in the order of the client's requests. Bursts: at most 256 beats, none
/// crosses 4 KB, at most 16 without a response.
/// Latency, without back-pressure: a request taken in cycle t (client 0 first if both ask) is cut
/// from t + 1 on, one burst per cycle; a burst cut in t is on AW from t + 1; its first data beat
/// can be taken in t + 1 and is on W in t + 2, so that no W beat is ahead of its AW; then one beat
/// per cycle, from burst to burst without a gap.
/// The next request is taken in the cycle that cuts the last burst of the one before.
/// Back-pressure: cutting stops while AW waits or 16 bursts are outstanding; data wait for W.
/// abort_i: requests are no longer taken, the segment being cut is dropped, and bursts already cut
/// are finished with beats that write nothing, whatever the clients do; drained_o is 1 when no
/// burst is outstanding (cut, and without response).
/// Does not: order the two clients' data by anything but their requests; retry.
module flashd_write_master
  import flashd_device_pkg::*;
#(
  parameter int AxiBits = 128,
  // Derived: not to be set.
  parameter int Strobes = AxiBits / 8,
  parameter int CountBits = $clog2(Strobes + 1)
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  input  logic                        abort_i,
  output logic                        drained_o,
  output logic                        idle_o,        // no segment, no burst outstanding
  // Clients.
  input  logic [1:0]                  req_valid_i,
  output logic [1:0]                  req_ready_o,
  input  addr_t [1:0]                 req_addr_i,
  input  logic [1:0][SegmentBits-1:0] req_beats_i,   // 1 or more
  input  logic [1:0]                  data_valid_i,
  output logic [1:0]                  data_ready_o,
  input  logic [1:0][AxiBits-1:0]     data_i,
  input  logic [1:0][Strobes-1:0]     strb_i,
  // AXI.
  output logic                        aw_valid_o,
  input  logic                        aw_ready_i,
  output addr_t                       aw_addr_o,
  output logic [7:0]                  aw_len_o,      // beats - 1
  output logic                        w_valid_o,
  input  logic                        w_ready_i,
  output logic [AxiBits-1:0]          w_data_o,
  output logic [Strobes-1:0]          w_strb_o,
  output logic                        w_last_o,
  input  logic                        b_valid_i,
  output logic                        b_ready_o,
  input  logic [1:0]                  b_resp_i,
  // A response that is no OKAY.
  output logic                        error_o,
  output logic                        error_dec_o,   // DECERR, else SLVERR
  output addr_t                       error_addr_o,  // of the burst
  // Counters.
  output logic                        tap_burst_o,
  output logic [CountBits-1:0]        tap_bytes_o
);

  localparam int Outstanding = 16;
  localparam int BeatLog2 = $clog2(Strobes);
  localparam int PageBeatBits = 12 - BeatLog2;   // beats of 4 KB: 64 to 512
  localparam int LimitBits = (PageBeatBits < 8) ? PageBeatBits : 8;  // of a burst

  if (AxiBits != 64 && AxiBits != 128 && AxiBits != 256 && AxiBits != 512) begin : gen_bad_axi
    $error("flashd_write_master: AxiBits must be 64, 128, 256 or 512.");
  end

  // The segment being cut.
  logic seg_valid_q, seg_client_q;
  addr_t seg_addr_q;
  logic [SegmentBits-1:0] seg_end_q;   // its beats, less one
  addr_t rest_addr;                    // behind the burst
  logic [SegmentBits:0] beyond;        // seg_end_q less the beats that a burst can have
  logic [LimitBits-1:0] limit_low, limit_len;  // of those that it can have; less one
  logic [7:0] len;                     // beats of the burst, less one
  logic unused_low;
  logic cut, cut_last, grant, grant_client;
  logic [4:0] outstanding_q;           // 0 to 16

  // As in flashd_read_master: a burst can have 2^LimitBits - limit_low beats, up to the 4 KB
  // boundary, but no more than 256. The negative of that has ones above limit_low.
  if (PageBeatBits > LimitBits) begin : gen_half_page
    assign limit_low = seg_addr_q[BeatLog2+:LimitBits] & {LimitBits{seg_addr_q[11]}};
  end else begin : gen_page
    assign limit_low = seg_addr_q[BeatLog2+:LimitBits];
  end
  assign beyond = {1'b0, seg_end_q} + {{(SegmentBits + 1 - LimitBits) {1'b1}}, limit_low};
  assign limit_len = ~limit_low;
  assign cut_last = beyond[SegmentBits];
  assign len = cut_last ? 8'(seg_end_q) : 8'(limit_len);
  assign {rest_addr[AddrBits-1:BeatLog2], unused_low} =
      {seg_addr_q[AddrBits-1:BeatLog2], 1'b1} + {(AddrBits - BeatLog2)'(len), 1'b1};
  assign rest_addr[BeatLog2-1:0] = seg_addr_q[BeatLog2-1:0];
  assign cut = seg_valid_q && !abort_i && (!aw_valid_o || aw_ready_i) &&
      (outstanding_q != 5'(Outstanding));
  assign grant = (req_valid_i != '0) && !abort_i && (!seg_valid_q || (cut && cut_last));
  assign grant_client = !req_valid_i[0];
  assign req_ready_o = {grant && grant_client, grant && !grant_client};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      seg_valid_q   <= 1'b0;
      aw_valid_o    <= 1'b0;
      outstanding_q <= '0;
    end else begin
      if (grant) seg_valid_q <= 1'b1;
      else if (abort_i || (cut && cut_last)) seg_valid_q <= 1'b0;
      if (cut) aw_valid_o <= 1'b1;
      else if (aw_ready_i) aw_valid_o <= 1'b0;
      outstanding_q <= outstanding_q + 5'(cut) - 5'(b_valid_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (grant) begin
      seg_client_q <= grant_client;
      seg_addr_q   <= req_addr_i[grant_client];
      seg_end_q    <= req_beats_i[grant_client] - SegmentBits'(1);
    end else if (cut) begin
      seg_addr_q <= rest_addr;
      seg_end_q  <= beyond[SegmentBits-1:0];  // behind the last burst nobody looks at it
    end
    if (cut) begin
      aw_addr_o <= seg_addr_q;
      aw_len_o  <= len;
    end
  end

  // Bursts whose data are to come, and bursts whose response is to come.
  logic burst_valid, burst_client, burst_room, beat_room, take, beat_last;
  logic [7:0] burst_len, beat_q;
  logic answer_valid, answer_room;

  flashd_fifo #(
    .Bits (9),
    .Depth(Outstanding)
  ) u_bursts (
    .clk_i,
    .rst_ni,
    .valid_i(cut),
    .ready_o(burst_room),
    .data_i ({seg_client_q, len}),
    .valid_o(burst_valid),
    .ready_i(take && beat_last),
    .data_o ({burst_client, burst_len})
  );
  flashd_fifo #(
    .Bits (AddrBits),
    .Depth(Outstanding)
  ) u_answers (
    .clk_i,
    .rst_ni,
    .valid_i(cut),
    .ready_o(answer_room),
    .data_i (seg_addr_q),
    .valid_o(answer_valid),
    .ready_i(b_valid_i),
    .data_o (error_addr_o)
  );

  assign beat_room = !w_valid_o || w_ready_i;
  assign beat_last = beat_q == burst_len;
  assign take = burst_valid && beat_room && (abort_i || data_valid_i[burst_client]);
  for (genvar c = 0; c < 2; c++) begin : gen_ready
    assign data_ready_o[c] = burst_valid && beat_room && !abort_i && (burst_client == (c != 0));
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      w_valid_o <= 1'b0;
      beat_q    <= '0;
    end else begin
      if (take) w_valid_o <= 1'b1;
      else if (w_ready_i) w_valid_o <= 1'b0;
      if (take) beat_q <= beat_last ? '0 : beat_q + 8'd1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      w_data_o <= abort_i ? '0 : data_i[burst_client];
      w_strb_o <= abort_i ? '0 : strb_i[burst_client];
      w_last_o <= beat_last;
    end
  end

  assign b_ready_o = 1'b1;
  assign error_o = b_valid_i && b_resp_i[1];
  assign error_dec_o = b_resp_i[0];
  assign drained_o = outstanding_q == '0;
  assign idle_o = drained_o && !seg_valid_q;

  always_comb begin
    tap_bytes_o = '0;
    if (w_valid_o && w_ready_i) begin
      for (int i = 0; i < Strobes; i++) tap_bytes_o = tap_bytes_o + CountBits'(w_strb_o[i]);
    end
  end
  assign tap_burst_o = aw_valid_o && aw_ready_i;

`ifdef FLASHD_ASSERT
  flashd_stream_check #(.Bits(AddrBits + 8)) u_check_aw (
    .clk_i, .rst_ni, .valid_i(aw_valid_o), .ready_i(aw_ready_i), .data_i({aw_addr_o, aw_len_o}));
  flashd_stream_check #(.Bits(AxiBits + Strobes + 1)) u_check_w (
    .clk_i, .rst_ni, .valid_i(w_valid_o), .ready_i(w_ready_i),
    .data_i({w_data_o, w_strb_o, w_last_o}));
  assert property (@(posedge clk_i) disable iff (!rst_ni) cut |-> (burst_room && answer_room))
  else $error("flashd_write_master: a burst found its queue full");
  assert property (@(posedge clk_i) disable iff (!rst_ni) b_valid_i |-> answer_valid)
  else $error("flashd_write_master: a response without a burst");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      cut |-> (32'(seg_addr_q[11:0]) + (32'(len) + 32'd1) * Strobes <= 4096))
  else $error("flashd_write_master: a burst crosses 4 KB");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      grant |-> (req_addr_i[grant_client][BeatLog2-1:0] == '0 &&
                req_beats_i[grant_client] != '0))
  else $error("flashd_write_master: a segment is misaligned or empty");
`else
  logic unused;
  assign unused = ^{burst_room, answer_room, answer_valid};
`endif

endmodule
