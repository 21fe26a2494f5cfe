// SPDX-License-Identifier: Apache-2.0
/// The ECP5's PLL, feedback from its first output: out = in Feedback / Reference.
///
/// Reference, Feedback and Output come from board.yaml's frequencies (fpga/flow/board.py); the
/// oscillator runs at out x Output, 400 to 800 MHz.
/// Latency: locked_o rises within 15 ms of the input clock's start.
/// Does not: simulate; EHXPLLL is the vendor's cell.
module flashd_ulx3s_pll #(
  parameter int Reference = 1,
  parameter int Feedback = 2,
  parameter int Output = 12
) (
  input  logic clk_i,
  output logic clk_o,
  output logic locked_o
);

  logic clk;

  // The loop filter's settings, as Project Trellis' ecppll writes them for these frequencies.
  (* ICP_CURRENT = "12" *)
  (* LPF_RESISTOR = "8" *)
  (* MFG_ENABLE_FILTEROPAMP = "1" *)
  (* MFG_GMCREF_SEL = "2" *)
  EHXPLLL #(
    .PLLRST_ENA      ("DISABLED"),
    .INTFB_WAKE      ("DISABLED"),
    .STDBY_ENABLE    ("DISABLED"),
    .DPHASE_SOURCE   ("DISABLED"),
    .OUTDIVIDER_MUXA ("DIVA"),
    .OUTDIVIDER_MUXB ("DIVB"),
    .OUTDIVIDER_MUXC ("DIVC"),
    .OUTDIVIDER_MUXD ("DIVD"),
    .CLKI_DIV        (Reference),
    .CLKFB_DIV       (Feedback),
    .CLKOP_ENABLE    ("ENABLED"),
    .CLKOP_DIV       (Output),
    .CLKOP_CPHASE    ((Output - 1) / 2),
    .CLKOP_FPHASE    (0),
    .FEEDBK_PATH     ("CLKOP")
  ) u_pll (
    .CLKI        (clk_i),
    .CLKFB       (clk),
    .CLKOP       (clk),
    .LOCK        (locked_o),
    .RST         (1'b0),
    .STDBY       (1'b0),
    .PHASESEL0   (1'b0),
    .PHASESEL1   (1'b0),
    .PHASEDIR    (1'b1),
    .PHASESTEP   (1'b1),
    .PHASELOADREG(1'b1),
    .PLLWAKESYNC (1'b0),
    .ENCLKOP     (1'b0)
  );

  assign clk_o = clk;

endmodule
