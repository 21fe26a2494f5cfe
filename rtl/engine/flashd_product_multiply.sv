// SPDX-License-Identifier: Apache-2.0
/// First half of a product of Q and K: the exact significand product and where it goes on the
/// absolute grid. flashd_product_align is the other half; the caller registers between them.
///
/// The shift that puts the product on the grid is q_exp + k_exp: Q's exponent carries the job
/// constant and the scale's exponent, counted for Sig-bit significands, and is clamped to
/// [-512, 511]. The position is coded for two multiplexer stages: `fine_o`, 0 to 7, and `block_o`,
/// -3 to 3 in steps of 8 bits, or -4 where the product vanishes or (`over_o`) exceeds the grid.
/// Latency: none, combinational. Back-pressure: none.
/// Does not: round, negate or saturate.
module flashd_product_multiply #(
  parameter int Sig = 8
) (
  input  logic                       q_neg_i,
  input  logic signed [9:0]          q_exp_i,
  input  logic        [Sig-1:0]      q_sig_i,
  input  logic                       k_neg_i,
  input  logic        [7:0]          k_exp_i,
  input  logic        [Sig-1:0]      k_sig_i,
  output logic                       neg_o,
  output logic        [2*Sig-1:0]    exact_o,
  output logic        [2:0]          fine_o,
  output logic        [2:0]          block_o,
  output logic                       over_o
);

  // -512 + 0 + 1 <= shift <= 511 + 255 + 1: 11 signed bits. The one is for the guard bit and comes
  // in as the carry.
  logic signed [10:0] shift;
  logic               unused_carry;
  logic [7:0]         block;
  logic               inside_grid;

  assign {shift, unused_carry} = {q_exp_i[9], q_exp_i, 1'b1} + {3'b000, k_exp_i, 1'b1};
  assign block = shift[10:3];
  // -32 to 31: the lowest block is where 2 Sig <= 24 bits have left; 28 bits are the widest grid.
  assign inside_grid = block[7:2] == {6{block[7]}};
  assign neg_o = q_neg_i ^ k_neg_i;
  flashd_array_multiply #(.Multiplicand(Sig), .Multiplier(Sig)) u_multiply (
    .multiplicand_i(q_sig_i),
    .multiplier_i(k_sig_i),
    .product_o(exact_o)
  );
  assign fine_o = shift[2:0];
  assign block_o = inside_grid ? block[2:0] : 3'b100;
  assign over_o = !block[7] && !inside_grid;

endmodule
