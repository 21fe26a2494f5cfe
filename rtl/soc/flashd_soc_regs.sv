// SPDX-License-Identifier: Apache-2.0
/// The registers of spec/soc.rdl: PeakRDL's block with plain ports, the cycle counter and the latch
/// of the first bus error.
///
/// Latency: a read's word and error_o are there in the cycle of req_i; what a write sets shows from
/// the next cycle on. Back-pressure: none.
/// Interrupts are levels and follow their causes.
/// Does not: reset itself (restart_o asks for it).
module flashd_soc_regs #(
  parameter int FirmwareBytes = 32768,
  parameter int JobBytes = 262144,
  parameter int ClockHz = 50_000_000,
  parameter int UartDivisor = 500,
  // Derived: not to be set.
  parameter int SocBits = flashd_soc_block_pkg::FLASHD_SOC_BLOCK_MIN_ADDR_WIDTH
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  // An access of the core.
  input  logic               req_i,
  input  logic               write_i,
  input  logic [SocBits-1:0] addr_i,
  input  logic [31:0]        wdata_i,
  input  logic [3:0]         wstrb_i,
  output logic [31:0]        rdata_o,
  output logic               error_o,         // no such register, or it is read-only
  // Serial line.
  input  logic               rx_valid_i,
  output logic               rx_pop_o,
  input  logic [7:0]         rx_data_i,
  input  logic [15:0]        rx_count_i,
  output logic               tx_push_o,
  output logic [7:0]         tx_data_o,
  input  logic [7:0]         tx_room_i,
  input  logic               tx_busy_i,
  input  logic               overrun_i,       // one cycle
  input  logic               framing_i,       // one cycle
  output logic [15:0]        divisor_o,
  // The rest.
  input  logic               bus_error_i,     // one cycle
  input  logic               error_write_i,
  input  logic [29:0]        error_addr_i,
  input  logic               device_irq_i,
  input  logic               trapped_i,
  output logic [7:0]         led_o,
  output logic               device_reset_o,
  output logic               restart_o,       // one cycle
  output logic [2:0]         irq_o            // device, UART, bus error, from bit 0
);

  if (UartDivisor < 4 || UartDivisor > 65535) begin : gen_bad_divisor
    $error("flashd_soc_regs: UartDivisor must be 4 to 65535.");
  end

  flashd_soc_block_pkg::flashd_soc__in_t in;
  flashd_soc_block_pkg::flashd_soc__out_t out;
  logic [63:0] cycles_q;
  logic [29:0] error_addr_q;
  logic error_write_q, started_q, rd_err, wr_err;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      cycles_q      <= '0;
      started_q     <= 1'b0;
      error_addr_q  <= '0;
      error_write_q <= 1'b0;
    end else begin
      cycles_q  <= cycles_q + 64'd1;
      started_q <= 1'b1;
      if (bus_error_i && !out.BUS_ERROR.valid.value) begin
        error_addr_q  <= error_addr_i;
        error_write_q <= error_write_i;
      end
    end
  end

  always_comb begin
    in.MEMORY.firmware.next = 8'($clog2(FirmwareBytes));
    in.MEMORY.job.next = 8'($clog2(JobBytes));
    in.CLOCK_HZ.value.next = ClockHz;
    in.UART_DATA.rd_ack = out.UART_DATA.req && !out.UART_DATA.req_is_wr;
    in.UART_DATA.wr_ack = out.UART_DATA.req && out.UART_DATA.req_is_wr;
    in.UART_DATA.rd_data.value = rx_valid_i ? rx_data_i : 8'd0;
    in.UART_DATA.rd_data._reserved_30_8 = '0;
    in.UART_DATA.rd_data.empty = !rx_valid_i;
    in.UART_STATUS.received.next = rx_count_i;
    in.UART_STATUS.room.next = tx_room_i;
    in.UART_STATUS.sending.next = tx_busy_i;
    in.UART_STATUS.overrun.hwset = overrun_i;
    in.UART_STATUS.framing.hwset = framing_i;
    in.UART_DIVISOR.cycles.next = 16'(UartDivisor);
    in.UART_DIVISOR.cycles.we = !started_q;
    in.CONTROL.trapped.next = trapped_i;
    in.CYCLES.value.next = cycles_q;
    in.BUS_ERROR.valid.hwset = bus_error_i;
    in.BUS_ERROR.write.next = error_write_q;
    in.BUS_ERROR.address.next = error_addr_q;
    in.INTERRUPT.device.next = device_irq_i;
    in.INTERRUPT.uart.next = rx_valid_i;
    in.INTERRUPT.bus_error.next = out.BUS_ERROR.valid.value;
  end

  flashd_soc_block u_block (
    .clk                 (clk_i),
    .arst_n              (rst_ni),
    .s_cpuif_req         (req_i),
    .s_cpuif_req_is_wr   (write_i),
    .s_cpuif_addr        (addr_i),
    .s_cpuif_wr_data     (wdata_i),
    .s_cpuif_wr_biten    ({{8{wstrb_i[3]}}, {8{wstrb_i[2]}}, {8{wstrb_i[1]}}, {8{wstrb_i[0]}}}),
    .s_cpuif_req_stall_wr(),
    .s_cpuif_req_stall_rd(),
    .s_cpuif_rd_ack      (),
    .s_cpuif_rd_err      (rd_err),
    .s_cpuif_rd_data     (rdata_o),
    .s_cpuif_wr_ack      (),
    .s_cpuif_wr_err      (wr_err),
    .hwif_in             (in),
    .hwif_out            (out)
  );

  assign error_o = write_i ? wr_err : rd_err;
  assign rx_pop_o = out.UART_DATA.req && !out.UART_DATA.req_is_wr;
  assign tx_push_o = out.UART_DATA.req && out.UART_DATA.req_is_wr && wstrb_i[0];
  assign tx_data_o = out.UART_DATA.wr_data.value;
  // Also while these registers are in reset: the line goes on.
  assign divisor_o = (out.UART_DIVISOR.cycles.value == '0) ? 16'(UartDivisor) :
      out.UART_DIVISOR.cycles.value;
  assign led_o = out.LED.value.value;
  assign device_reset_o = out.CONTROL.device_reset.value;
  assign restart_o = out.CONTROL.restart.value;
  assign irq_o = {
    in.INTERRUPT.bus_error.next && out.INTERRUPT.bus_error_enable.value,
    in.INTERRUPT.uart.next && out.INTERRUPT.uart_enable.value,
    in.INTERRUPT.device.next && out.INTERRUPT.device_enable.value
  };

endmodule
