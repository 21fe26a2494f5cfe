// SPDX-License-Identifier: Apache-2.0
/// Product of a BF16 value and a weight of at most 1, rounded to nearest even.
///
/// weight_i: {e[3:0], m[6:0]} of flashd_published_pkg, zero or 2^-14 to 1. As in flashd_bf16_multiply
/// an exponent field of 0 is zero, whatever the other bits; a product below 2^-126 becomes zero.
/// Latency: none, combinational. Back-pressure: none.
/// Does not: handle Inf or NaN.
module flashd_published_weigh (
  input  logic [15:0] value_i,
  input  logic [10:0] weight_i,
  output logic [15:0] product_o
);

  logic [15:0] exact;     // of significands in [1, 2): [1, 4), 14 fraction bits
  logic        two;       // at least 2
  logic [7:0]  kept;      // significand without its leading one, guard bit
  logic        sticky;
  logic        up;
  logic [8:0]  lowered;   // exponent field of a product below 2
  logic        zero;
  logic [7:0]  exponent;

  assign exact = {1'b1, value_i[6:0]} * {1'b1, weight_i[6:0]};
  assign two = exact[15];
  assign kept = two ? exact[14:7] : exact[13:6];
  assign sticky = (exact[5:0] != '0) || (two && exact[6]);
  assign up = kept[0] && (sticky || kept[1]);

  assign lowered = {1'b0, value_i[14:7]} - {5'd0, ~weight_i[10:7]};
  assign zero = (value_i[14:7] == '0) || (weight_i[10:7] == '0) || lowered[8];
  assign {exponent, product_o[6:0]} = {lowered[7:0], kept[7:1]} + {7'd0, two, 7'd0} + 15'(up);
  assign product_o[15] = value_i[15];
  assign product_o[14:7] = exponent & {8{!zero}};

endmodule
