// SPDX-License-Identifier: Apache-2.0
/// Top of the Arty A7-100T: flashd_soc with the board's clock, reset, serial line and LEDs. Written
/// for Vivado and not run here.
///
/// Reset: while the PLL has not locked or RESET is pressed, and 2^20 cycles more, so that a bouncing
/// contact makes one reset.
/// LEDs 0 to 5 are the firmware's (docs/soc.md), 6: out of reset, 7: PLL locked.
/// Latency, back-pressure: those of flashd_soc. Does not: use DDR3 or Ethernet.
module flashd_arty #(
  parameter int ClockHz = 50000000,
  parameter int Baud = 1000000,
  parameter int Profile = 0
) (
  input  logic       clk_100mhz_i,
  input  logic       button_ni,
  input  logic       uart_rx_i,
  output logic       uart_tx_o,
  output logic [7:0] led_o
);

  localparam int ResetBits = 20;
  localparam int Vco = 1000;  // MHz, 800 to 1600

  logic clk_pll, clk, feedback, locked, reset;
  logic [ResetBits:0] wait_q;
  logic [7:0] led;

  PLLE2_BASE #(
    .CLKIN1_PERIOD (10.0),
    .CLKFBOUT_MULT (Vco / 100),
    .CLKOUT0_DIVIDE(Vco / (ClockHz / 1000000))
  ) u_pll (
    .CLKIN1  (clk_100mhz_i),
    .CLKFBIN (feedback),
    .CLKFBOUT(feedback),
    .CLKOUT0 (clk_pll),
    .LOCKED  (locked),
    .PWRDWN  (1'b0),
    .RST     (1'b0)
  );
  BUFG u_buffer (
    .I(clk_pll),
    .O(clk)
  );

  assign reset = !button_ni || !locked;

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
    .uart_rx_i(uart_rx_i),
    .uart_tx_o(uart_tx_o),
    .led_o    (led)
  );

  assign led_o = {locked, wait_q[ResetBits], led[5:0]};

  logic unused;
  assign unused = ^led[7:6];

endmodule
