// SPDX-License-Identifier: Apache-2.0
/// Top of the ULX3S: flashd_soc with the board's clock, reset, serial line and LEDs.
///
/// Reset: while the PLL has not locked or button FIRE1 is pressed, and 2^20 cycles more, so that a
/// bouncing contact makes one reset.
/// LEDs 0 to 5 are the firmware's (docs/soc.md), 6: out of reset, 7: PLL locked.
/// Latency, back-pressure: those of flashd_soc. Does not: use SDRAM, USB or the ESP32, which it lets
/// run without taking the FPGA over.
module flashd_ulx3s #(
  parameter int ClockHz = 50000000,
  parameter int Baud = 1000000,
  parameter int PllReference = 1,
  parameter int PllFeedback = 2,
  parameter int PllOutput = 12,
  parameter int Profile = 0
) (
  input  logic       clk_25mhz_i,
  input  logic       ftdi_txd_i,
  output logic       ftdi_rxd_o,
  input  logic       button_i,
  output logic [7:0] led_o,
  output logic       wifi_gpio0_o
);

  localparam int ResetBits = 20;

  logic clk, locked, reset;
  logic [ResetBits:0] wait_q;
  logic [7:0] led;

  flashd_ulx3s_pll #(
    .Reference(PllReference),
    .Feedback (PllFeedback),
    .Output   (PllOutput)
  ) u_pll (
    .clk_i   (clk_25mhz_i),
    .clk_o   (clk),
    .locked_o(locked)
  );

  assign reset = button_i || !locked;

  // Its highest bit is the reset: falls at once, rises in step with the clock.
  always_ff @(posedge clk or posedge reset) begin
    if (reset) wait_q <= '0;
    else if (!wait_q[ResetBits]) wait_q <= wait_q + 1'b1;
  end

  flashd_soc #(
    .FirmwareHex("firmware.hex"),
    .UartDivisor(ClockHz / Baud),
    .ClockHz    (ClockHz),
    .Profile    (Profile)
  ) u_soc (
    .clk_i    (clk),
    .rst_ni   (wait_q[ResetBits]),
    .uart_rx_i(ftdi_txd_i),
    .uart_tx_o(ftdi_rxd_o),
    .led_o    (led)
  );

  assign led_o = {locked, wait_q[ResetBits], led[5:0]};
  assign wifi_gpio0_o = 1'b1;

  logic unused;
  assign unused = ^led[7:6];

endmodule
