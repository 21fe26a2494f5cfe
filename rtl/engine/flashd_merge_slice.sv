// SPDX-License-Identifier: Apache-2.0
module flashd_merge_slice #(
  parameter int Profile = 0,
  parameter int Tile = 16,
  // |T| < Tile 2^(tile_frac + 1), and a sign.
  localparam int TBits = flashd_spec_pkg::tile_frac(Profile) + 2 + $clog2(Tile)
) (
  input  logic                    clk_i,
  input  logic                    en_i,
  input  logic                    first_i,
  input  logic signed [TBits-1:0] t_i,
  input  logic signed [31:0]      o_i,
  input  logic        [15:0]      g_mantissa_i,
  input  logic signed [6:0]       g_exponent_i,
  input  logic        [13:0]      w_mantissa_i,
  input  logic        [5:0]       w_shift_i,
  input  logic        [7:0]       v_distance_i,
  output logic signed [31:0]      o_o
);
endmodule
