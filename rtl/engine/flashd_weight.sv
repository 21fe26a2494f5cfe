// SPDX-License-Identifier: Apache-2.0
module flashd_weight #(
  parameter int Profile = 0,
  parameter int Tile = 16,
  localparam int F = flashd_spec_pkg::score_frac(Profile),
  localparam int PBits = flashd_spec_pkg::p_bits(Profile),
  // Every addend of l is below 2^tile_frac (p < 1, and 1 - p is at least one unit of p).
  localparam int LBits = flashd_spec_pkg::tile_frac(Profile) + $clog2(Tile)
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    en_i,
  input  logic                    valid_i,
  input  logic                    first_i,
  input  logic                    last_i,
  input  logic                    visible_i,
  input  logic signed [17+F:0]    score_i,
  input  logic signed [18:0]      reference_i,
  output logic                    valid_o,
  output logic                    first_o,
  output logic                    last_o,
  output logic        [PBits-1:0] p_sig_o,
  output logic        [4:0]       p_shift_o,
  output logic                    p_zero_o,
  output logic                    l_valid_o,
  output logic        [LBits-1:0] l_o
);
endmodule
