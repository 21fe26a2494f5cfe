// SPDX-License-Identifier: Apache-2.0
/// What fits on one FPGA without outside memory: flashd_top, PicoRV32, job memory, serial line
/// (docs/soc.md). The device's parameters are those of the spec's configuration tiny.
///
/// Latency: that of the units. Back-pressure: none at the pins; the line's speed is UART_DIVISOR.
/// rst_ni is released in step with clk_i.
/// Does not: make its clock, or filter rst_ni; the board's top does.
module flashd_soc #(
  parameter string FirmwareHex = "",  // words for $readmemh
  parameter int FirmwareBytes = 32768,
  parameter int JobBytes = 262144,
  parameter int UartDivisor = 500,    // clock cycles a bit, out of reset
  parameter int ClockHz = 50_000_000,
  parameter int Profile = 0,
  parameter int Sig = 11,
  parameter int Width = 16,
  parameter int Lanes = 1,
  parameter int Contexts = 4,
  parameter int Tile = 16,
  parameter int MaxHeadDim = 64,
  parameter int SoftCap = 1
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       uart_rx_i,
  output logic       uart_tx_o,
  output logic [7:0] led_o
);

  localparam int AxiBits = 64;  // that of flashd_job_memory
  localparam int RegisterBits = flashd_regs_pkg::FLASHD_REGS_MIN_ADDR_WIDTH;

  logic device_rst_n, device_irq;
  logic axil_awvalid, axil_awready, axil_wvalid, axil_wready, axil_bvalid, axil_bready;
  logic axil_arvalid, axil_arready, axil_rvalid, axil_rready;
  logic [RegisterBits-1:0] axil_awaddr, axil_araddr;
  logic [31:0] axil_wdata, axil_rdata;
  logic [3:0] axil_wstrb;
  logic [1:0] axil_bresp, axil_rresp;
  // The device's memory bus, at flashd_top and, behind flashd_axi_cut, at the job memory.
  typedef struct packed {
    logic [0:0]  id;
    logic [63:0] addr;
    logic [7:0]  len;
    logic [2:0]  size;
    logic [1:0]  burst;
  } address_t;
  typedef struct packed {
    logic [AxiBits-1:0]   data;
    logic [AxiBits/8-1:0] strb;
    logic                 last;
  } data_t;
  typedef struct packed {
    logic [0:0]         id;
    logic [AxiBits-1:0] data;
    logic [1:0]         resp;
    logic               last;
  } read_t;
  typedef struct packed {
    logic [0:0] id;
    logic [1:0] resp;
  } response_t;

  logic awvalid, awready, wvalid, wready, bvalid, bready, arvalid, arready, rvalid, rready;
  logic job_awvalid, job_awready, job_wvalid, job_wready, job_bvalid, job_bready;
  logic job_arvalid, job_arready, job_rvalid, job_rready;
  address_t aw, ar, job_aw, job_ar;
  data_t w, job_w;
  read_t r, job_r;
  response_t b, job_b;

  flashd_soc_shell #(
    .FirmwareBytes(FirmwareBytes),
    .FirmwareHex  (FirmwareHex),
    .JobBytes     (JobBytes),
    .ClockHz      (ClockHz),
    .UartDivisor  (UartDivisor),
    .RegisterBits (RegisterBits)
  ) u_shell (
    .clk_i,
    .rst_ni,
    .uart_rx_i,
    .uart_tx_o,
    .led_o,
    .device_rst_no   (device_rst_n),
    .device_irq_i    (device_irq),
    .m_axil_awvalid_o(axil_awvalid),
    .m_axil_awready_i(axil_awready),
    .m_axil_awaddr_o (axil_awaddr),
    .m_axil_wvalid_o (axil_wvalid),
    .m_axil_wready_i (axil_wready),
    .m_axil_wdata_o  (axil_wdata),
    .m_axil_wstrb_o  (axil_wstrb),
    .m_axil_bvalid_i (axil_bvalid),
    .m_axil_bready_o (axil_bready),
    .m_axil_bresp_i  (axil_bresp),
    .m_axil_arvalid_o(axil_arvalid),
    .m_axil_arready_i(axil_arready),
    .m_axil_araddr_o (axil_araddr),
    .m_axil_rvalid_i (axil_rvalid),
    .m_axil_rready_o (axil_rready),
    .m_axil_rdata_i  (axil_rdata),
    .m_axil_rresp_i  (axil_rresp),
    .s_axi_awvalid_i (job_awvalid),
    .s_axi_awready_o (job_awready),
    .s_axi_awid_i    (job_aw.id),
    .s_axi_awaddr_i  (job_aw.addr),
    .s_axi_awlen_i   (job_aw.len),
    .s_axi_awsize_i  (job_aw.size),
    .s_axi_awburst_i (job_aw.burst),
    .s_axi_wvalid_i  (job_wvalid),
    .s_axi_wready_o  (job_wready),
    .s_axi_wdata_i   (job_w.data),
    .s_axi_wstrb_i   (job_w.strb),
    .s_axi_wlast_i   (job_w.last),
    .s_axi_bvalid_o  (job_bvalid),
    .s_axi_bready_i  (job_bready),
    .s_axi_bid_o     (job_b.id),
    .s_axi_bresp_o   (job_b.resp),
    .s_axi_arvalid_i (job_arvalid),
    .s_axi_arready_o (job_arready),
    .s_axi_arid_i    (job_ar.id),
    .s_axi_araddr_i  (job_ar.addr),
    .s_axi_arlen_i   (job_ar.len),
    .s_axi_arsize_i  (job_ar.size),
    .s_axi_arburst_i (job_ar.burst),
    .s_axi_rvalid_o  (job_rvalid),
    .s_axi_rready_i  (job_rready),
    .s_axi_rid_o     (job_r.id),
    .s_axi_rdata_o   (job_r.data),
    .s_axi_rresp_o   (job_r.resp),
    .s_axi_rlast_o   (job_r.last)
  );

  flashd_axi_cut #(
    .AddressBits ($bits(address_t)),
    .DataBits    ($bits(data_t)),
    .ReadBits    ($bits(read_t)),
    .ResponseBits($bits(response_t))
  ) u_cut (
    .clk_i,
    .rst_ni   (device_rst_n),
    .awvalid_i(awvalid),
    .awready_o(awready),
    .aw_i     (aw),
    .wvalid_i (wvalid),
    .wready_o (wready),
    .w_i      (w),
    .bvalid_o (bvalid),
    .bready_i (bready),
    .b_o      (b),
    .arvalid_i(arvalid),
    .arready_o(arready),
    .ar_i     (ar),
    .rvalid_o (rvalid),
    .rready_i (rready),
    .r_o      (r),
    .awvalid_o(job_awvalid),
    .awready_i(job_awready),
    .aw_o     (job_aw),
    .wvalid_o (job_wvalid),
    .wready_i (job_wready),
    .w_o      (job_w),
    .bvalid_i (job_bvalid),
    .bready_o (job_bready),
    .b_i      (job_b),
    .arvalid_o(job_arvalid),
    .arready_i(job_arready),
    .ar_o     (job_ar),
    .rvalid_i (job_rvalid),
    .rready_o (job_rready),
    .r_i      (job_r)
  );

  flashd_top #(
    .Profile   (Profile),
    .Sig       (Sig),
    .Width     (Width),
    .Lanes     (Lanes),
    .Contexts  (Contexts),
    .Tile      (Tile),
    .MaxHeadDim(MaxHeadDim),
    .AxiBits   (AxiBits),
    .SoftCap   (SoftCap)
  ) u_top (
    .clk_i,
    .rst_ni        (device_rst_n),
    .irq_o         (device_irq),
    .s_axil_awvalid(axil_awvalid),
    .s_axil_awready(axil_awready),
    .s_axil_awaddr (axil_awaddr),
    .s_axil_awprot (3'd0),
    .s_axil_wvalid (axil_wvalid),
    .s_axil_wready (axil_wready),
    .s_axil_wdata  (axil_wdata),
    .s_axil_wstrb  (axil_wstrb),
    .s_axil_bvalid (axil_bvalid),
    .s_axil_bready (axil_bready),
    .s_axil_bresp  (axil_bresp),
    .s_axil_arvalid(axil_arvalid),
    .s_axil_arready(axil_arready),
    .s_axil_araddr (axil_araddr),
    .s_axil_arprot (3'd0),
    .s_axil_rvalid (axil_rvalid),
    .s_axil_rready (axil_rready),
    .s_axil_rdata  (axil_rdata),
    .s_axil_rresp  (axil_rresp),
    .m_axi_awvalid (awvalid),
    .m_axi_awready (awready),
    .m_axi_awid    (aw.id),
    .m_axi_awaddr  (aw.addr),
    .m_axi_awlen   (aw.len),
    .m_axi_awsize  (aw.size),
    .m_axi_awburst (aw.burst),
    .m_axi_awlock  (),
    .m_axi_awcache (),
    .m_axi_awprot  (),
    .m_axi_awqos   (),
    .m_axi_wvalid  (wvalid),
    .m_axi_wready  (wready),
    .m_axi_wdata   (w.data),
    .m_axi_wstrb   (w.strb),
    .m_axi_wlast   (w.last),
    .m_axi_bvalid  (bvalid),
    .m_axi_bready  (bready),
    .m_axi_bid     (b.id),
    .m_axi_bresp   (b.resp),
    .m_axi_arvalid (arvalid),
    .m_axi_arready (arready),
    .m_axi_arid    (ar.id),
    .m_axi_araddr  (ar.addr),
    .m_axi_arlen   (ar.len),
    .m_axi_arsize  (ar.size),
    .m_axi_arburst (ar.burst),
    .m_axi_arlock  (),
    .m_axi_arcache (),
    .m_axi_arprot  (),
    .m_axi_arqos   (),
    .m_axi_rvalid  (rvalid),
    .m_axi_rready  (rready),
    .m_axi_rid     (r.id),
    .m_axi_rdata   (r.data),
    .m_axi_rresp   (r.resp),
    .m_axi_rlast   (r.last)
  );

endmodule
