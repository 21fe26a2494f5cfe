// SPDX-License-Identifier: Apache-2.0
module flashd_output_lane #(
  parameter int Profile = 0,
  parameter int Sig = 8,
  parameter int Width = 16,
  parameter int Tile = 16,
  localparam int PBits = flashd_spec_pkg::p_bits(Profile),
  // |p v / 2^E| < 2, Tile addends, a sign: |T| < Tile 2^(tile_frac + 1).
  localparam int TBits = flashd_spec_pkg::tile_frac(Profile) + 2 + $clog2(Tile)
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  input  logic                        en_i,
  input  logic                        valid_i,
  input  logic                        first_i,
  input  logic                        last_i,
  input  logic                        clear_i,
  input  logic [PBits-1:0]            p_sig_i,
  input  logic [4:0]                  p_shift_i,
  input  logic                        p_zero_i,
  input  logic [Width-1:0]            v_neg_i,
  input  logic [Width-1:0][Sig-1:0]   v_sig_i,
  input  logic [Width-1:0][4:0]       v_dist_i,
  output logic                        t_valid_o,
  output logic [Width-1:0][TBits-1:0] t_o
);
endmodule
