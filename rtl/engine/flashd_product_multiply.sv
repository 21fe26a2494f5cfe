// SPDX-License-Identifier: Apache-2.0
/// First half of a product of Q and K: the exact significand product and where it goes on the
/// absolute grid. flashd_product_align is the other half; the caller registers between them.
///
/// The shift that puts the product on the grid is q_exp + k_exp: Q's exponent carries the job
/// constant and the scale's exponent, counted for Sig-bit significands, and is clamped to
/// [-512, 511]. The position is coded for two multiplexer stages: `fine_o` (0 to 15, left) and a
/// one-hot `block_o` of 16-bit steps; no bit of it set means the product vanishes.
/// Latency: none, combinational. Back-pressure: none.
/// Does not: round, negate or saturate.
module flashd_product_multiply #(
  parameter int Sig = 8,
  // Blocks below the guard bit that a 2 Sig bit product can reach back from: 16 Low >= 2 Sig.
  localparam int Low = (2 * Sig + 15) / 16,
  // Blocks that start at or above the guard bit: 32 bits cover the widest grid (28 bits).
  localparam int Blocks = Low + 2
) (
  input  logic                       q_neg_i,
  input  logic signed [9:0]          q_exp_i,
  input  logic        [Sig-1:0]      q_sig_i,
  input  logic                       k_neg_i,
  input  logic        [7:0]          k_exp_i,
  input  logic        [Sig-1:0]      k_sig_i,
  output logic                       neg_o,
  output logic        [2*Sig-1:0]    exact_o,
  output logic        [3:0]          fine_o,
  output logic        [Blocks-1:0]   block_o,
  output logic                       over_o
);

  // -512 + 0 + 1 <= shift <= 511 + 255 + 1: 11 signed bits. The one is for the guard bit and comes
  // in as the carry.
  logic signed [10:0] shift;
  logic               unused_carry;
  logic signed [6:0]  block;

  assign {shift, unused_carry} = {q_exp_i[9], q_exp_i, 1'b1} + {3'b000, k_exp_i, 1'b1};
  assign block = shift[10:4];
  assign neg_o = q_neg_i ^ k_neg_i;
  assign exact_o = q_sig_i * k_sig_i;
  assign fine_o = shift[3:0];
  assign over_o = !block[6] && (block[5:1] != '0);
  for (genvar b = 0; b < Blocks; b++) begin : gen_block
    localparam logic signed [6:0] This = 7'(b - Low);
    assign block_o[b] = block == This;
  end

endmodule
