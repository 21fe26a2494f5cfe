// SPDX-License-Identifier: Apache-2.0
/// Reports what goes over the device's buses to sim/soc/log.hpp, one call per handshake. Simulation
/// only; bound into flashd_soc_shell, which knows nothing of it.
///
/// Latency, back-pressure: none; it drives nothing.
/// Does not: cost more than one test per cycle in a run without a log.
module flashd_soc_log (
  input logic        clk_i,
  input logic        rst_ni,
  input logic        irq_i,
  // AXI4-Lite: the core keeps address and data until the response.
  input logic        b_access_i,
  input logic        r_access_i,
  input logic [31:0] address_i,
  input logic [31:0] wdata_i,
  input logic [3:0]  wstrb_i,
  input logic [31:0] rdata_i,
  input logic [1:0]  b_access_resp_i,
  input logic [1:0]  r_access_resp_i,
  // AXI4: handshakes and what they carry.
  input logic        ar_i,
  input logic [63:0] araddr_i,
  input logic [7:0]  arlen_i,
  input logic        r_i,
  input logic [63:0] r_data_i,
  input logic [1:0]  r_resp_i,
  input logic        r_last_i,
  input logic        aw_i,
  input logic [63:0] awaddr_i,
  input logic [7:0]  awlen_i,
  input logic        w_i,
  input logic [63:0] w_data_i,
  input logic [7:0]  w_strb_i,
  input logic        w_last_i,
  input logic        b_i,
  input logic [1:0]  b_resp_i
);

  import "DPI-C" context function int flashd_soc_log_on();
  import "DPI-C" context function void flashd_soc_log_access(
      input longint now, input bit write, input int address, input int data, input int strobes,
      input int response);
  import "DPI-C" context function void flashd_soc_log_address(
      input bit write, input longint address, input int beats);
  import "DPI-C" context function void flashd_soc_log_beat(
      input longint now, input bit write, input longint data, input int strobes,
      input int response, input bit last);
  import "DPI-C" context function void flashd_soc_log_response(
      input longint now, input int response);
  import "DPI-C" context function void flashd_soc_log_level(
      input longint now, input bit is_reset, input bit value);

  bit on;
  longint now_q;
  logic irq_q, rst_nq;

  initial begin
    on = flashd_soc_log_on() != 0;
    now_q = 0;
    irq_q = 1'b0;
    rst_nq = 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (on) begin
      now_q <= now_q + 1;
      irq_q <= irq_i;
      rst_nq <= rst_ni;
      if (rst_ni != rst_nq) flashd_soc_log_level(now_q, 1'b1, rst_ni);
      if (irq_i != irq_q) flashd_soc_log_level(now_q, 1'b0, irq_i);
      if (rst_ni) begin
        if (b_access_i)
          flashd_soc_log_access(now_q, 1'b1, address_i, wdata_i, 32'(wstrb_i),
                                32'(b_access_resp_i));
        if (r_access_i)
          flashd_soc_log_access(now_q, 1'b0, address_i, rdata_i, 32'd0, 32'(r_access_resp_i));
        if (ar_i) flashd_soc_log_address(1'b0, araddr_i, 32'(arlen_i) + 1);
        if (aw_i) flashd_soc_log_address(1'b1, awaddr_i, 32'(awlen_i) + 1);
        if (r_i) flashd_soc_log_beat(now_q, 1'b0, r_data_i, 32'hff, 32'(r_resp_i), r_last_i);
        if (w_i) flashd_soc_log_beat(now_q, 1'b1, w_data_i, 32'(w_strb_i), 32'd0, w_last_i);
        if (b_i) flashd_soc_log_response(now_q, 32'(b_resp_i));
      end
    end
  end

endmodule

bind flashd_soc_shell flashd_soc_log u_log (
  .clk_i,
  .rst_ni         (rst_ni && device_rst_no),
  .irq_i          (device_irq_i),
  .b_access_i     (m_axil_bvalid_i && m_axil_bready_o),
  .r_access_i     (m_axil_rvalid_i && m_axil_rready_o),
  .address_i      (32'(m_axil_araddr_o)),
  .wdata_i        (m_axil_wdata_o),
  .wstrb_i        (m_axil_wstrb_o),
  .rdata_i        (m_axil_rdata_i),
  .b_access_resp_i(m_axil_bresp_i),
  .r_access_resp_i(m_axil_rresp_i),
  .ar_i           (s_axi_arvalid_i && s_axi_arready_o),
  .araddr_i       (s_axi_araddr_i),
  .arlen_i        (s_axi_arlen_i),
  .r_i            (s_axi_rvalid_o && s_axi_rready_i),
  .r_data_i       (s_axi_rdata_o),
  .r_resp_i       (s_axi_rresp_o),
  .r_last_i       (s_axi_rlast_o),
  .aw_i           (s_axi_awvalid_i && s_axi_awready_o),
  .awaddr_i       (s_axi_awaddr_i),
  .awlen_i        (s_axi_awlen_i),
  .w_i            (s_axi_wvalid_i && s_axi_wready_o),
  .w_data_i       (s_axi_wdata_i),
  .w_strb_i       (s_axi_wstrb_i),
  .w_last_i       (s_axi_wlast_i),
  .b_i            (s_axi_bvalid_o && s_axi_bready_i),
  .b_resp_i       (s_axi_bresp_o)
);
