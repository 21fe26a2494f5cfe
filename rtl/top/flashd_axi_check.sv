// SPDX-License-Identifier: Apache-2.0
/// Assertions of an AXI4 port with one read and one write ID, in order; for `bind` or an instance.
///
/// Master side: what is valid stays unchanged until taken; bursts are INCR, of full width, aligned
/// to beats, within 4 KB; WLAST stands on the last beat; no W beat is ahead of its AW; at most
/// Outstanding bursts each way. Slave side: what is valid stays; RLAST stands on the last beat; no
/// beat or response that nobody asked for.
/// Simulation only (FLASHD_ASSERT). Latency: none. Back-pressure: none.
/// Does not: drive anything, or look at data.
module flashd_axi_check #(
  parameter int AddrBits = 64,
  parameter int AxiBits = 128,
  parameter int Outstanding = 16
) (
  input logic                 clk_i,
  input logic                 rst_ni,
  input logic                 ar_valid_i,
  input logic                 ar_ready_i,
  input logic [AddrBits-1:0]  ar_addr_i,
  input logic [7:0]           ar_len_i,
  input logic [2:0]           ar_size_i,
  input logic [1:0]           ar_burst_i,
  input logic                 r_valid_i,
  input logic                 r_ready_i,
  input logic [AxiBits-1:0]   r_data_i,
  input logic [1:0]           r_resp_i,
  input logic                 r_last_i,
  input logic                 aw_valid_i,
  input logic                 aw_ready_i,
  input logic [AddrBits-1:0]  aw_addr_i,
  input logic [7:0]           aw_len_i,
  input logic [2:0]           aw_size_i,
  input logic [1:0]           aw_burst_i,
  input logic                 w_valid_i,
  input logic                 w_ready_i,
  input logic [AxiBits-1:0]   w_data_i,
  input logic [AxiBits/8-1:0] w_strb_i,
  input logic                 w_last_i,
  input logic                 b_valid_i,
  input logic                 b_ready_i,
  input logic [1:0]           b_resp_i
);

  localparam int Size = $clog2(AxiBits / 8);
  localparam int CountBits = $clog2(2 * Outstanding + 1);  // one on the bus beyond the bound
  localparam int PtrBits = $clog2(2 * Outstanding);

  // Address channels.
  function automatic logic within_page(input logic [11:0] addr, input logic [7:0] len);
    return 32'(addr) + ((32'(len) + 32'd1) << Size) <= 32'd4096;
  endfunction

  flashd_stream_check #(
    .Bits(AddrBits + 13)
  ) u_ar (
    .clk_i,
    .rst_ni,
    .valid_i(ar_valid_i),
    .ready_i(ar_ready_i),
    .data_i ({ar_addr_i, ar_len_i, ar_size_i, ar_burst_i})
  );
  flashd_stream_check #(
    .Bits(AddrBits + 13)
  ) u_aw (
    .clk_i,
    .rst_ni,
    .valid_i(aw_valid_i),
    .ready_i(aw_ready_i),
    .data_i ({aw_addr_i, aw_len_i, aw_size_i, aw_burst_i})
  );
  flashd_stream_check #(
    .Bits(AxiBits + AxiBits / 8 + 1)
  ) u_w (
    .clk_i,
    .rst_ni,
    .valid_i(w_valid_i),
    .ready_i(w_ready_i),
    .data_i ({w_data_i, w_strb_i, w_last_i})
  );
  flashd_stream_check #(
    .Bits(AxiBits + 3)
  ) u_r (
    .clk_i,
    .rst_ni,
    .valid_i(r_valid_i),
    .ready_i(r_ready_i),
    .data_i ({r_data_i, r_resp_i, r_last_i})
  );
  flashd_stream_check #(
    .Bits(2)
  ) u_b (
    .clk_i,
    .rst_ni,
    .valid_i(b_valid_i),
    .ready_i(b_ready_i),
    .data_i (b_resp_i)
  );

  assert property (@(posedge clk_i) disable iff (!rst_ni) ar_valid_i |->
      (ar_burst_i == 2'b01 && ar_size_i == 3'(Size) && ar_addr_i[Size-1:0] == '0))
  else $error("flashd_axi_check: a read burst is no aligned INCR burst of full width");
  assert property (@(posedge clk_i) disable iff (!rst_ni) aw_valid_i |->
      (aw_burst_i == 2'b01 && aw_size_i == 3'(Size) && aw_addr_i[Size-1:0] == '0))
  else $error("flashd_axi_check: a write burst is no aligned INCR burst of full width");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      ar_valid_i |-> within_page(ar_addr_i[11:0], ar_len_i))
  else $error("flashd_axi_check: a read burst crosses 4 KB");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      aw_valid_i |-> within_page(aw_addr_i[11:0], aw_len_i))
  else $error("flashd_axi_check: a write burst crosses 4 KB");

  // Bursts accepted on the address channels, oldest first: their lengths.
  logic [7:0] read_len_q[2*Outstanding];
  logic [7:0] write_len_q[2*Outstanding];
  logic [PtrBits-1:0] read_wptr_q, read_rptr_q, write_wptr_q, write_rptr_q;
  logic [CountBits-1:0] reads_q, data_q, answers_q, writes_q;
  logic [7:0] read_beat_q, write_beat_q;
  logic ar_take, r_take, aw_take, w_take, b_take, read_end, write_end;
  logic [7:0] write_len;

  assign ar_take = ar_valid_i && ar_ready_i;
  assign r_take = r_valid_i && r_ready_i;
  assign aw_take = aw_valid_i && aw_ready_i;
  assign w_take = w_valid_i && w_ready_i;
  assign b_take = b_valid_i && b_ready_i;
  assign read_end = read_beat_q == read_len_q[read_rptr_q];
  // A beat may come with its address: it counts as accepted then.
  assign write_len = (data_q == '0) ? aw_len_i : write_len_q[write_rptr_q];
  assign write_end = write_beat_q == write_len;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {read_wptr_q, read_rptr_q, write_wptr_q, write_rptr_q} <= '0;
      {reads_q, data_q, answers_q, writes_q} <= '0;
      {read_beat_q, write_beat_q} <= '0;
    end else begin
      if (ar_take) read_wptr_q <= read_wptr_q + PtrBits'(1);
      if (r_take) read_beat_q <= read_end ? '0 : read_beat_q + 8'd1;
      if (r_take && read_end) read_rptr_q <= read_rptr_q + PtrBits'(1);
      reads_q <= reads_q + CountBits'(ar_take) - CountBits'(r_take && read_end);
      if (aw_take) write_wptr_q <= write_wptr_q + PtrBits'(1);
      if (w_take) write_beat_q <= write_end ? '0 : write_beat_q + 8'd1;
      if (w_take && write_end) write_rptr_q <= write_rptr_q + PtrBits'(1);
      data_q <= data_q + CountBits'(aw_take) - CountBits'(w_take && write_end);
      answers_q <= answers_q + CountBits'(w_take && write_end) - CountBits'(b_take);
      writes_q <= writes_q + CountBits'(aw_take) - CountBits'(b_take);
    end
  end
  always_ff @(posedge clk_i) begin
    if (ar_take) read_len_q[read_wptr_q] <= ar_len_i;
    if (aw_take) write_len_q[write_wptr_q] <= aw_len_i;
  end

  assert property (@(posedge clk_i) disable iff (!rst_ni)
      reads_q <= CountBits'(Outstanding) && writes_q <= CountBits'(Outstanding))
  else $error("flashd_axi_check: more bursts outstanding than allowed");
  assert property (@(posedge clk_i) disable iff (!rst_ni) r_valid_i |-> (reads_q != '0))
  else $error("flashd_axi_check: read data that nobody asked for");
  assert property (@(posedge clk_i) disable iff (!rst_ni) r_take |-> (r_last_i == read_end))
  else $error("flashd_axi_check: RLAST does not stand on the last beat");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      w_valid_i |-> (data_q != '0 || aw_valid_i))
  else $error("flashd_axi_check: write data ahead of its address");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      w_valid_i |-> (w_last_i == write_end))
  else $error("flashd_axi_check: WLAST does not stand on the last beat");
  assert property (@(posedge clk_i) disable iff (!rst_ni) b_valid_i |-> (answers_q != '0))
  else $error("flashd_axi_check: a write response without a burst");

  // Known after reset: no request is up in its first cycle.
  logic first_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) first_q <= 1'b1;
    else first_q <= 1'b0;
  end
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      first_q |-> !(ar_valid_i || aw_valid_i || w_valid_i))
  else $error("flashd_axi_check: a request in the first cycle after reset");

endmodule
