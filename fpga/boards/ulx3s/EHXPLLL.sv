// SPDX-License-Identifier: Apache-2.0
// The PLL cell of the ECP5 (FPGA-TN-02200) for tools that need its ports; the parameters that
// flashd_ulx3s_pll sets. Yosys replaces it by its own.
(* blackbox *)
module EHXPLLL #(
  parameter int    CLKI_DIV         = 1,
  parameter int    CLKFB_DIV        = 1,
  parameter int    CLKOP_DIV        = 8,
  parameter string CLKOP_ENABLE     = "ENABLED",
  parameter int    CLKOP_CPHASE     = 0,
  parameter int    CLKOP_FPHASE     = 0,
  parameter string FEEDBK_PATH      = "CLKOP",
  parameter string OUTDIVIDER_MUXA  = "DIVA",
  parameter string OUTDIVIDER_MUXB  = "DIVB",
  parameter string OUTDIVIDER_MUXC  = "DIVC",
  parameter string OUTDIVIDER_MUXD  = "DIVD",
  parameter string STDBY_ENABLE     = "DISABLED",
  parameter string DPHASE_SOURCE    = "DISABLED",
  parameter string PLLRST_ENA       = "DISABLED",
  parameter string INTFB_WAKE       = "DISABLED"
) (
  input  logic CLKI,
  input  logic CLKFB,
  input  logic PHASESEL1,
  input  logic PHASESEL0,
  input  logic PHASEDIR,
  input  logic PHASESTEP,
  input  logic PHASELOADREG,
  input  logic STDBY,
  input  logic PLLWAKESYNC,
  input  logic RST,
  input  logic ENCLKOP,
  output logic CLKOP,
  output logic LOCK
);
endmodule
