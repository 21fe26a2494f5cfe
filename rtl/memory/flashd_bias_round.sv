// SPDX-License-Identifier: Apache-2.0
/// Sign, last rounding and saturation of a bias: a magnitude with one guard bit to a signed number
/// of the score grid, halves away from zero, at most 2^(Bits-1) - 1 in magnitude.
///
/// `over_i` says that the magnitude has bits above `half_i`.
/// Latency: none, combinational. Back-pressure: none.
/// Does not: align; the lowest bit of `half_i` weighs half a unit, bits below were cut off.
module flashd_bias_round #(
  parameter int Bits = 35
) (
  input  logic                   neg_i,
  input  logic                   over_i,
  input  logic        [Bits-1:0] half_i,
  output logic signed [Bits-1:0] value_o
);

  logic            saturate;
  logic [Bits-1:0] value;
  logic            unused_low;

  // The largest magnitude with its guard bit rounds out of range.
  assign saturate = over_i || (&half_i);
  // m + g, or -(m + g) = ~m + !g.
  assign {value, unused_low} = {{1'b0, half_i[Bits-1:1]} ^ {Bits{neg_i}}, 1'b1} +
      {{Bits{1'b0}}, half_i[0] ^ neg_i};
  assign value_o = saturate ? {neg_i, {(Bits - 2) {!neg_i}}, 1'b1} : value;

endmodule
