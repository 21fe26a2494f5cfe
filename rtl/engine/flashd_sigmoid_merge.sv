// SPDX-License-Identifier: Apache-2.0
module flashd_sigmoid_merge #(
  parameter int Profile = 0,
  parameter int Tile = 16,
  // Every addend of l is below 2^tile_frac (p < 1, and 1 - p is at least one unit of p).
  localparam int LBits = flashd_spec_pkg::tile_frac(Profile) + $clog2(Tile)
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    en_i,
  input  logic                    valid_i,
  input  logic                    seen_i,
  input  logic        [LBits-1:0] l_i,
  input  logic signed [18:0]      reference_i,
  input  logic                    has_keys_i,
  input  logic signed [18:0]      exponent_i,
  input  logic        [31:0]      mantissa_i,
  output logic                    valid_o,
  output logic                    has_keys_o,
  output logic signed [18:0]      exponent_o,
  output logic        [31:0]      mantissa_o,
  output logic        [15:0]      g_mantissa_o,
  output logic signed [6:0]       g_exponent_o,
  output logic        [13:0]      w_mantissa_o,
  output logic        [5:0]       w_shift_o,
  output logic                    first_o,
  output logic                    merged_o,
  output logic signed [35:0]      log2_o
);
endmodule
