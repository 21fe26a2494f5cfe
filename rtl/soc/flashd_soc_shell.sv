// SPDX-License-Identifier: Apache-2.0
/// The SoC without its device: PicoRV32, firmware memory, job memory, registers, serial line.
///
/// The core (rv32im, its interrupts 3 device, 4 UART, 5 bus error are levels) starts at address 0,
/// interrupts at 16. It is restarted, with the device and the registers, when it asks for it
/// (CONTROL.restart) and when it traps; a restart lasts RestartCycles.
/// Latency: that of the units. Back-pressure: the device's accesses wait as flashd_job_memory says.
/// rst_ni is released in step with clk_i.
/// Does not: know what the device does; it sees two buses, an interrupt and a reset.
module flashd_soc_shell #(
  parameter int FirmwareBytes = 32768,
  parameter string FirmwareHex = "",  // words for $readmemh
  parameter int JobBytes = 262144,
  parameter int ClockHz = 50_000_000,
  parameter int UartDivisor = 500,   // clock cycles a bit, out of reset
  parameter int RegisterBits = 9     // addresses of the device's registers
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    uart_rx_i,
  output logic                    uart_tx_o,
  output logic [7:0]              led_o,
  // Device.
  output logic                    device_rst_no,
  input  logic                    device_irq_i,
  output logic                    m_axil_awvalid_o,
  input  logic                    m_axil_awready_i,
  output logic [RegisterBits-1:0] m_axil_awaddr_o,
  output logic                    m_axil_wvalid_o,
  input  logic                    m_axil_wready_i,
  output logic [31:0]             m_axil_wdata_o,
  output logic [3:0]              m_axil_wstrb_o,
  input  logic                    m_axil_bvalid_i,
  output logic                    m_axil_bready_o,
  input  logic [1:0]              m_axil_bresp_i,
  output logic                    m_axil_arvalid_o,
  input  logic                    m_axil_arready_i,
  output logic [RegisterBits-1:0] m_axil_araddr_o,
  input  logic                    m_axil_rvalid_i,
  output logic                    m_axil_rready_o,
  input  logic [31:0]             m_axil_rdata_i,
  input  logic [1:0]              m_axil_rresp_i,
  input  logic                    s_axi_awvalid_i,
  output logic                    s_axi_awready_o,
  input  logic [0:0]              s_axi_awid_i,
  input  logic [63:0]             s_axi_awaddr_i,
  input  logic [7:0]              s_axi_awlen_i,
  input  logic [2:0]              s_axi_awsize_i,
  input  logic [1:0]              s_axi_awburst_i,
  input  logic                    s_axi_wvalid_i,
  output logic                    s_axi_wready_o,
  input  logic [63:0]             s_axi_wdata_i,
  input  logic [7:0]              s_axi_wstrb_i,
  input  logic                    s_axi_wlast_i,
  output logic                    s_axi_bvalid_o,
  input  logic                    s_axi_bready_i,
  output logic [0:0]              s_axi_bid_o,
  output logic [1:0]              s_axi_bresp_o,
  input  logic                    s_axi_arvalid_i,
  output logic                    s_axi_arready_o,
  input  logic [0:0]              s_axi_arid_i,
  input  logic [63:0]             s_axi_araddr_i,
  input  logic [7:0]              s_axi_arlen_i,
  input  logic [2:0]              s_axi_arsize_i,
  input  logic [1:0]              s_axi_arburst_i,
  output logic                    s_axi_rvalid_o,
  input  logic                    s_axi_rready_i,
  output logic [0:0]              s_axi_rid_o,
  output logic [63:0]             s_axi_rdata_o,
  output logic [1:0]              s_axi_rresp_o,
  output logic                    s_axi_rlast_o
);

  localparam int RestartCycles = 16;
  localparam int RxDepth = 1024, TxDepth = 64;
  localparam int RxCountBits = $clog2(RxDepth + 1), TxCountBits = $clog2(TxDepth + 1);
  localparam int FirmwareBits = $clog2(FirmwareBytes / 4);
  localparam int JobBits = $clog2(JobBytes / 4);
  localparam int SocBits = flashd_soc_block_pkg::FLASHD_SOC_BLOCK_MIN_ADDR_WIDTH;

  // Resets.
  logic [$clog2(RestartCycles+1)-1:0] restart_q;
  logic run_nq, trapped_q, trap, restart, device_reset;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      restart_q <= '0;
      run_nq    <= 1'b0;
      trapped_q <= 1'b0;
    end else begin
      run_nq <= restart_q == '0 && !restart && !trap;
      if (restart || trap) restart_q <= ($bits(restart_q))'(RestartCycles);
      else if (restart_q != '0) restart_q <= restart_q - ($bits(restart_q))'(1);
      if (trap) trapped_q <= 1'b1;
      else if (restart) trapped_q <= 1'b0;
    end
  end

  // Registers of their own: the device resets asynchronously, so without glitches, the core not.
  logic device_rst_nq, core_rst_nq;
  always_ff @(posedge clk_i or negedge run_nq) begin
    if (!run_nq) begin
      device_rst_nq <= 1'b0;
      core_rst_nq   <= 1'b0;
    end else begin
      device_rst_nq <= !device_reset;
      core_rst_nq   <= 1'b1;
    end
  end
  assign device_rst_no = device_rst_nq;

  // Core.
  logic core_valid, core_ready;
  logic [31:0] core_addr, core_wdata, core_rdata;
  logic [3:0] core_wstrb;
  logic [2:0] irq;

  picorv32 #(
    .ENABLE_COUNTERS  (0),
    .ENABLE_COUNTERS64(0),
    .TWO_STAGE_SHIFT  (0),
    .BARREL_SHIFTER   (1),
    .ENABLE_FAST_MUL  (1),
    .ENABLE_DIV       (1),
    .ENABLE_IRQ       (1),
    .MASKED_IRQ       (32'hffff_ffc0),
    .LATCHED_IRQ      (32'hffff_ffc7)
  ) u_core (
    .clk         (clk_i),
    .resetn      (core_rst_nq),
    .trap        (trap),
    .mem_valid   (core_valid),
    .mem_instr   (),
    .mem_ready   (core_ready),
    .mem_addr    (core_addr),
    .mem_wdata   (core_wdata),
    .mem_wstrb   (core_wstrb),
    .mem_rdata   (core_rdata),
    .mem_la_read (),
    .mem_la_write(),
    .mem_la_addr (),
    .mem_la_wdata(),
    .mem_la_wstrb(),
    .pcpi_valid  (),
    .pcpi_insn   (),
    .pcpi_rs1    (),
    .pcpi_rs2    (),
    .pcpi_wr     (1'b0),
    .pcpi_rd     (32'd0),
    .pcpi_wait   (1'b0),
    .pcpi_ready  (1'b0),
    .irq         ({26'd0, irq, 3'd0}),
    .eoi         (),
    .trace_valid (),
    .trace_data  ()
  );

  // Bus.
  logic firmware_en, job_valid, job_ready, soc_req, soc_write, soc_error;
  logic bus_error, error_write;
  logic [29:0] error_addr;
  logic [FirmwareBits-1:0] firmware_addr;
  logic [JobBits-1:0] job_addr;
  logic [SocBits-1:0] soc_addr;
  logic [31:0] firmware_rdata, job_rdata, soc_rdata, wdata;
  logic [3:0] we;
  logic [RegisterBits-1:0] axil_addr;

  flashd_soc_bus #(
    .FirmwareBytes(FirmwareBytes),
    .JobBytes     (JobBytes),
    .RegisterBits (RegisterBits),
    .SocBits      (SocBits)
  ) u_bus (
    .clk_i,
    .rst_ni          (run_nq),
    .device_reset_i  (!device_rst_nq),
    .core_valid_i    (core_valid),
    .core_ready_o    (core_ready),
    .core_addr_i     (core_addr),
    .core_wdata_i    (core_wdata),
    .core_wstrb_i    (core_wstrb),
    .core_rdata_o    (core_rdata),
    .firmware_en_o   (firmware_en),
    .firmware_addr_o (firmware_addr),
    .firmware_rdata_i(firmware_rdata),
    .job_valid_o     (job_valid),
    .job_ready_i     (job_ready),
    .job_addr_o      (job_addr),
    .job_rdata_i     (job_rdata),
    .we_o            (we),
    .wdata_o         (wdata),
    .soc_req_o       (soc_req),
    .soc_write_o     (soc_write),
    .soc_addr_o      (soc_addr),
    .soc_rdata_i     (soc_rdata),
    .soc_error_i     (soc_error),
    .axil_awvalid_o  (m_axil_awvalid_o),
    .axil_awready_i  (m_axil_awready_i),
    .axil_wvalid_o   (m_axil_wvalid_o),
    .axil_wready_i   (m_axil_wready_i),
    .axil_addr_o     (axil_addr),
    .axil_wdata_o    (m_axil_wdata_o),
    .axil_wstrb_o    (m_axil_wstrb_o),
    .axil_bvalid_i   (m_axil_bvalid_i),
    .axil_bready_o   (m_axil_bready_o),
    .axil_bresp_i    (m_axil_bresp_i),
    .axil_arvalid_o  (m_axil_arvalid_o),
    .axil_arready_i  (m_axil_arready_i),
    .axil_rvalid_i   (m_axil_rvalid_i),
    .axil_rready_o   (m_axil_rready_o),
    .axil_rdata_i    (m_axil_rdata_i),
    .axil_rresp_i    (m_axil_rresp_i),
    .bus_error_o     (bus_error),
    .error_write_o   (error_write),
    .error_addr_o    (error_addr)
  );
  assign m_axil_awaddr_o = axil_addr;
  assign m_axil_araddr_o = axil_addr;

  flashd_firmware_memory #(
    .Words  (FirmwareBytes / 4),
    .HexFile(FirmwareHex)
  ) u_firmware (
    .clk_i,
    .en_i   (firmware_en),
    .we_i   (we),
    .addr_i (firmware_addr),
    .wdata_i(wdata),
    .rdata_o(firmware_rdata)
  );

  flashd_job_memory #(
    .Bytes(JobBytes)
  ) u_job (
    .clk_i,
    .rst_ni      (device_rst_nq),
    .awvalid_i   (s_axi_awvalid_i),
    .awready_o   (s_axi_awready_o),
    .awid_i      (s_axi_awid_i),
    .awaddr_i    (s_axi_awaddr_i),
    .awlen_i     (s_axi_awlen_i),
    .awsize_i    (s_axi_awsize_i),
    .awburst_i   (s_axi_awburst_i),
    .wvalid_i    (s_axi_wvalid_i),
    .wready_o    (s_axi_wready_o),
    .wdata_i     (s_axi_wdata_i),
    .wstrb_i     (s_axi_wstrb_i),
    .wlast_i     (s_axi_wlast_i),
    .bvalid_o    (s_axi_bvalid_o),
    .bready_i    (s_axi_bready_i),
    .bid_o       (s_axi_bid_o),
    .bresp_o     (s_axi_bresp_o),
    .arvalid_i   (s_axi_arvalid_i),
    .arready_o   (s_axi_arready_o),
    .arid_i      (s_axi_arid_i),
    .araddr_i    (s_axi_araddr_i),
    .arlen_i     (s_axi_arlen_i),
    .arsize_i    (s_axi_arsize_i),
    .arburst_i   (s_axi_arburst_i),
    .rvalid_o    (s_axi_rvalid_o),
    .rready_i    (s_axi_rready_i),
    .rid_o       (s_axi_rid_o),
    .rdata_o     (s_axi_rdata_o),
    .rresp_o     (s_axi_rresp_o),
    .rlast_o     (s_axi_rlast_o),
    .core_valid_i(job_valid),
    .core_ready_o(job_ready),
    .core_we_i   (we),
    .core_addr_i (job_addr),
    .core_wdata_i(wdata),
    .core_rdata_o(job_rdata)
  );

  // Serial line: it goes on through a restart of the core.
  logic rx_valid, rx_pop, tx_push, tx_busy, overrun, framing;
  logic [7:0] rx_data, tx_data;
  logic [RxCountBits-1:0] rx_count;
  logic [TxCountBits-1:0] tx_room;
  logic [15:0] divisor;

  flashd_uart #(
    .RxDepth(RxDepth),
    .TxDepth(TxDepth)
  ) u_uart (
    .clk_i,
    .rst_ni,
    .rx_i      (uart_rx_i),
    .tx_o      (uart_tx_o),
    .divisor_i (divisor),
    .rx_valid_o(rx_valid),
    .rx_pop_i  (rx_pop),
    .rx_data_o (rx_data),
    .rx_count_o(rx_count),
    .tx_push_i (tx_push),
    .tx_data_i (tx_data),
    .tx_room_o (tx_room),
    .tx_busy_o (tx_busy),
    .overrun_o (overrun),
    .framing_o (framing)
  );

  flashd_soc_regs #(
    .FirmwareBytes(FirmwareBytes),
    .JobBytes     (JobBytes),
    .ClockHz      (ClockHz),
    .UartDivisor  (UartDivisor)
  ) u_regs (
    .clk_i,
    .rst_ni        (run_nq),
    .req_i         (soc_req),
    .write_i       (soc_write),
    .addr_i        (soc_addr),
    .wdata_i       (wdata),
    .wstrb_i       (we),
    .rdata_o       (soc_rdata),
    .error_o       (soc_error),
    .rx_valid_i    (rx_valid),
    .rx_pop_o      (rx_pop),
    .rx_data_i     (rx_data),
    .rx_count_i    (16'(rx_count)),
    .tx_push_o     (tx_push),
    .tx_data_o     (tx_data),
    .tx_room_i     (8'(tx_room)),
    .tx_busy_i     (tx_busy),
    .overrun_i     (overrun),
    .framing_i     (framing),
    .divisor_o     (divisor),
    .bus_error_i   (bus_error),
    .error_write_i (error_write),
    .error_addr_i  (error_addr),
    .device_irq_i,
    .trapped_i     (trapped_q),
    .led_o         (led_o),
    .device_reset_o(device_reset),
    .restart_o     (restart),
    .irq_o         (irq)
  );

endmodule
