// SPDX-License-Identifier: Apache-2.0
/// The AXI4 master of the device: reads and writes for its clients, and a watch over the bus.
///
/// Read clients in fixed priority, write clients alike (0 the output writer, 1 the sequencer); INCR
/// bursts under one read and one write ID. Reset by rst_ni alone, so that it knows what is
/// outstanding while the core is reset.
/// Latency: a burst's address follows its grant by a cycle; beats come out in the cycle in which
/// they come in. Back-pressure: RREADY and BREADY are 1; clients and all other channels may wait.
/// Does not: reorder, use locked or cached accesses, or translate addresses.
module flashd_axi_master
  import flashd_device_pkg::*;
#(
  parameter int AxiBits = 128,
  // Derived: not to be set.
  parameter int Strobes = AxiBits / 8,
  parameter int CountBits = $clog2(Strobes + 1)                    // bytes of a beat
) (
  input  logic                                     clk_i,
  input  logic                                     rst_ni,
  input  logic [31:0]                              timeout_i,      // cycles; 0: never
  output logic                                     bus_hung_o,
  input  logic                                     abort_i,
  output logic                                     read_drained_o,
  output logic                                     write_drained_o,
  output logic                                     write_idle_o,
  // Read clients: segments, and beats by client.
  input  logic  [ReadClients-1:0]                  req_valid_i,
  output logic  [ReadClients-1:0]                  req_ready_o,
  input  addr_t [ReadClients-1:0]                  req_addr_i,
  input  logic  [ReadClients-1:0][SegmentBits-1:0] req_beats_i,
  output logic  [ReadClients-1:0]                  beat_valid_o,
  output logic  [AxiBits-1:0]                      beat_data_o,
  output logic                                     beat_last_o,
  output logic                                     read_error_o,
  output logic                                     read_dec_o,
  output addr_t                                    read_addr_o,
  // Write clients.
  input  logic  [1:0]                              write_valid_i,
  output logic  [1:0]                              write_ready_o,
  input  addr_t [1:0]                              write_addr_i,
  input  logic  [1:0][SegmentBits-1:0]             write_beats_i,
  input  logic  [1:0]                              data_valid_i,
  output logic  [1:0]                              data_ready_o,
  input  logic  [1:0][AxiBits-1:0]                 data_i,
  input  logic  [1:0][Strobes-1:0]                 strb_i,
  output logic                                     write_error_o,
  output logic                                     write_dec_o,
  output addr_t                                    write_error_addr_o,
  // What happens in this cycle.
  output logic                                     read_burst_o,
  output logic                                     read_beat_o,
  output logic                                     write_burst_o,
  output logic  [CountBits-1:0]                    write_bytes_o,
  // AXI4.
  output logic                                     m_axi_awvalid_o,
  input  logic                                     m_axi_awready_i,
  output logic  [0:0]                              m_axi_awid_o,
  output logic  [63:0]                             m_axi_awaddr_o,
  output logic  [7:0]                              m_axi_awlen_o,
  output logic  [2:0]                              m_axi_awsize_o,
  output logic  [1:0]                              m_axi_awburst_o,
  output logic                                     m_axi_awlock_o,
  output logic  [3:0]                              m_axi_awcache_o,
  output logic  [2:0]                              m_axi_awprot_o,
  output logic  [3:0]                              m_axi_awqos_o,
  output logic                                     m_axi_wvalid_o,
  input  logic                                     m_axi_wready_i,
  output logic  [AxiBits-1:0]                      m_axi_wdata_o,
  output logic  [Strobes-1:0]                      m_axi_wstrb_o,
  output logic                                     m_axi_wlast_o,
  input  logic                                     m_axi_bvalid_i,
  output logic                                     m_axi_bready_o,
  input  logic  [0:0]                              m_axi_bid_i,
  input  logic  [1:0]                              m_axi_bresp_i,
  output logic                                     m_axi_arvalid_o,
  input  logic                                     m_axi_arready_i,
  output logic  [0:0]                              m_axi_arid_o,
  output logic  [63:0]                             m_axi_araddr_o,
  output logic  [7:0]                              m_axi_arlen_o,
  output logic  [2:0]                              m_axi_arsize_o,
  output logic  [1:0]                              m_axi_arburst_o,
  output logic                                     m_axi_arlock_o,
  output logic  [3:0]                              m_axi_arcache_o,
  output logic  [2:0]                              m_axi_arprot_o,
  output logic  [3:0]                              m_axi_arqos_o,
  input  logic                                     m_axi_rvalid_i,
  output logic                                     m_axi_rready_o,
  input  logic  [0:0]                              m_axi_rid_i,
  input  logic  [AxiBits-1:0]                      m_axi_rdata_i,
  input  logic  [1:0]                              m_axi_rresp_i,
  input  logic                                     m_axi_rlast_i
);

  localparam int Outstanding = 16;
  addr_t ar_addr, aw_addr;

  flashd_read_master #(
    .AxiBits    (AxiBits),
    .Outstanding(Outstanding)
  ) u_read_master (
    .clk_i,
    .rst_ni,
    .abort_i,
    .drained_o   (read_drained_o),
    .req_valid_i,
    .req_ready_o,
    .req_addr_i,
    .req_beats_i,
    .beat_valid_o,
    .beat_data_o,
    .beat_last_o,
    .error_o     (read_error_o),
    .error_dec_o (read_dec_o),
    .error_addr_o(read_addr_o),
    .tap_burst_o (read_burst_o),
    .tap_beat_o  (read_beat_o),
    .ar_valid_o  (m_axi_arvalid_o),
    .ar_ready_i  (m_axi_arready_i),
    .ar_addr_o   (ar_addr),
    .ar_len_o    (m_axi_arlen_o),
    .ar_size_o   (m_axi_arsize_o),
    .ar_burst_o  (m_axi_arburst_o),
    .r_valid_i   (m_axi_rvalid_i),
    .r_ready_o   (m_axi_rready_o),
    .r_data_i    (m_axi_rdata_i),
    .r_resp_i    (m_axi_rresp_i),
    .r_last_i    (m_axi_rlast_i)
  );

  flashd_write_master #(
    .AxiBits(AxiBits)
  ) u_write_master (
    .clk_i,
    .rst_ni,
    .abort_i,
    .drained_o   (write_drained_o),
    .idle_o      (write_idle_o),
    .req_valid_i (write_valid_i),
    .req_ready_o (write_ready_o),
    .req_addr_i  (write_addr_i),
    .req_beats_i (write_beats_i),
    .data_valid_i,
    .data_ready_o,
    .data_i,
    .strb_i,
    .aw_valid_o  (m_axi_awvalid_o),
    .aw_ready_i  (m_axi_awready_i),
    .aw_addr_o   (aw_addr),
    .aw_len_o    (m_axi_awlen_o),
    .w_valid_o   (m_axi_wvalid_o),
    .w_ready_i   (m_axi_wready_i),
    .w_data_o    (m_axi_wdata_o),
    .w_strb_o    (m_axi_wstrb_o),
    .w_last_o    (m_axi_wlast_o),
    .b_valid_i   (m_axi_bvalid_i),
    .b_ready_o   (m_axi_bready_o),
    .b_resp_i    (m_axi_bresp_i),
    .error_o     (write_error_o),
    .error_dec_o (write_dec_o),
    .error_addr_o(write_error_addr_o),
    .tap_burst_o (write_burst_o),
    .tap_bytes_o (write_bytes_o)
  );

  assign m_axi_araddr_o = 64'(ar_addr);
  assign m_axi_awaddr_o = 64'(aw_addr);
  assign m_axi_awsize_o = 3'($clog2(Strobes));
  assign m_axi_awburst_o = 2'b01;
  assign {m_axi_arid_o, m_axi_arlock_o, m_axi_arprot_o, m_axi_arqos_o} = '0;
  assign {m_axi_awid_o, m_axi_awlock_o, m_axi_awprot_o, m_axi_awqos_o} = '0;
  assign m_axi_arcache_o = 4'b0011;  // normal, not cached
  assign m_axi_awcache_o = 4'b0011;

  flashd_bus_watch u_watch (
    .clk_i,
    .rst_ni,
    .timeout_i,
    .pending_i  (!read_drained_o || !write_drained_o),
    .handshake_i((m_axi_arvalid_o && m_axi_arready_i) || (m_axi_rvalid_i && m_axi_rready_o) ||
                 (m_axi_awvalid_o && m_axi_awready_i) || (m_axi_wvalid_o && m_axi_wready_i) ||
                 (m_axi_bvalid_i && m_axi_bready_o)),
    .hung_o     (bus_hung_o)
  );

`ifdef FLASHD_ASSERT
  flashd_axi_check #(
    .AddrBits   (64),
    .AxiBits    (AxiBits),
    .Outstanding(Outstanding)
  ) u_axi_check (
    .clk_i,
    .rst_ni,
    .ar_valid_i(m_axi_arvalid_o),
    .ar_ready_i(m_axi_arready_i),
    .ar_addr_i (m_axi_araddr_o),
    .ar_len_i  (m_axi_arlen_o),
    .ar_size_i (m_axi_arsize_o),
    .ar_burst_i(m_axi_arburst_o),
    .r_valid_i (m_axi_rvalid_i),
    .r_ready_i (m_axi_rready_o),
    .r_data_i  (m_axi_rdata_i),
    .r_resp_i  (m_axi_rresp_i),
    .r_last_i  (m_axi_rlast_i),
    .aw_valid_i(m_axi_awvalid_o),
    .aw_ready_i(m_axi_awready_i),
    .aw_addr_i (m_axi_awaddr_o),
    .aw_len_i  (m_axi_awlen_o),
    .aw_size_i (m_axi_awsize_o),
    .aw_burst_i(m_axi_awburst_o),
    .w_valid_i (m_axi_wvalid_o),
    .w_ready_i (m_axi_wready_i),
    .w_data_i  (m_axi_wdata_o),
    .w_strb_i  (m_axi_wstrb_o),
    .w_last_i  (m_axi_wlast_o),
    .b_valid_i (m_axi_bvalid_i),
    .b_ready_i (m_axi_bready_o),
    .b_resp_i  (m_axi_bresp_i)
  );
`endif
  logic unused_ids;
  assign unused_ids = ^{m_axi_bid_i, m_axi_rid_i};

endmodule
