// SPDX-License-Identifier: Apache-2.0
/// Second half of a product of Q and K: shifts it onto the product grid, saturates, and gives it
/// as value + carry, so that rounding and negation cost no adder (arith::product).
///
/// value + carry = +-min(round(exact 2^shift), 2^(12+G) - 1), halves away from zero.
/// `grid_legal_i` has a one for every bit of the magnitude that the job's grid has beyond
/// G = score_frac: thermometer code of grid_extra.
/// Saturation looks at the bits before rounding only: rounding up to 2^(12+G) would need
/// 13 + F >= 23 ones in a row, and a product has at most 2 Sig <= 22 bits.
/// Latency: none, combinational. Back-pressure: none.
/// Does not: add.
module flashd_product_align #(
  parameter int Profile = 0,
  parameter int Sig = 8,
  parameter int MaxHeadDim = 16,
  localparam int Extra = ($clog2(MaxHeadDim) + 1) / 2,
  // Magnitude bits of the largest grid, 12 + G with G = F + Extra.
  localparam int Bits =
      flashd_spec_pkg::ProductRangeLog2 + flashd_spec_pkg::score_frac(Profile) + Extra
) (
  input  logic                neg_i,
  input  logic [2*Sig-1:0]    exact_i,
  input  logic [2:0]          fine_i,
  input  logic [2:0]          block_i,
  input  logic                over_i,
  input  logic [Extra-1:0]    grid_legal_i,
  output logic [Bits:0]       value_o,
  output logic                carry_o,
  output logic                sat_o
);

  // Blocks of 8 bits below the guard bit and from it: 3 reach 24 >= 2 Sig bits back, 4 cover the
  // 28 bits of the widest grid and its guard bit.
  localparam int Low = 3;
  localparam int Blocks = Low + 4;
  // A left shift of at most 7.
  localparam int FineBits = 2 * Sig + 7;
  localparam int WideBits = 8 * (Blocks - 1) + FineBits;

  logic [FineBits-1:0] fine;
  logic [WideBits-1:0] wide;
  logic [WideBits-8*Low-1:0] shifted;
  logic [Bits-1:0] legal;
  logic [Bits-1:0] magnitude;
  logic unused_below;

  assign fine = FineBits'(exact_i) << fine_i;
  always_comb begin
    wide = '0;
    for (int b = 0; b < Blocks; b++) begin
      wide[8*b+:FineBits] |= fine & {FineBits{block_i == 3'(b - Low)}};
    end
  end
  assign shifted = wide[WideBits-1:8*Low];
  assign unused_below = ^wide[8*Low-1:0];

  // shifted[0] is the guard bit, shifted[Bits:1] the magnitude, everything above is beyond range.
  assign legal = {grid_legal_i, {(Bits - Extra) {1'b1}}};
  assign sat_o = (over_i && (exact_i != '0)) || (shifted[WideBits-8*Low-1:Bits+1] != '0) ||
      ((shifted[Bits:1] & ~legal) != '0);
  assign magnitude = (shifted[Bits:1] | {Bits{sat_o}}) & legal;
  assign value_o = {1'b0, magnitude} ^ {(Bits + 1) {neg_i}};
  assign carry_o = (shifted[0] && !sat_o) ^ neg_i;

endmodule
