// SPDX-License-Identifier: Apache-2.0
/// Product of two BF16 values, rounded to nearest even.
///
/// `Shared`: many products share `a_i`, and `triple_i` is three times its significand, made once
/// for all of them (flashd_digit_multiply); else it is not used.
/// A value whose exponent field is 0 is zero, whatever its other bits: subnormal inputs count as
/// zero, and a product below 2^-126 after rounding becomes zero. Its other bits may be anything.
/// Latency: none, combinational. Back-pressure: none.
/// Does not: handle Inf or NaN, nor overflow, where the exponent wraps.
module flashd_bf16_multiply #(
  parameter bit Shared = 1'b0
) (
  input  logic [15:0] a_i,
  input  logic [15:0] b_i,
  input  logic [9:0]  triple_i,
  output logic [15:0] product_o
);

  logic [15:0] exact;     // of significands in [1, 2): [1, 4), 14 fraction bits
  logic        two;       // at least 2
  logic [7:0]  kept;      // significand without its leading one, guard bit
  logic        sticky;
  logic        up;
  logic [8:0]  sum;       // of the exponent fields and one
  logic        zero;
  logic [7:0]  exponent;
  logic        unused_carry;

  if (Shared) begin : gen_shared
    flashd_digit_multiply #(.Multiplicand(8), .Multiplier(8)) u_multiply (
      .multiplicand_i({1'b1, a_i[6:0]}), .triple_i, .multiplier_i({1'b1, b_i[6:0]}),
      .product_o(exact));
  end else begin : gen_own
    logic unused_triple;
    assign unused_triple = ^triple_i;
    flashd_array_multiply #(.Multiplicand(8), .Multiplier(8)) u_multiply (
      .multiplicand_i({1'b1, a_i[6:0]}), .multiplier_i({1'b1, b_i[6:0]}), .product_o(exact));
  end
  assign two = exact[15];
  assign kept = two ? exact[14:7] : exact[13:6];
  assign sticky = (exact[5:0] != '0) || (two && exact[6]);
  assign up = kept[0] && (sticky || kept[1]);

  // ea + eb - 127 = (ea + eb + 1) - 128: positive from 129 on; at 128 the field is what `two` and
  // the rounding add.
  assign sum = {1'b0, a_i[14:7]} + {1'b0, b_i[14:7]} + 9'd1;
  assign zero = (a_i[14:7] == '0) || (b_i[14:7] == '0) || (sum[8:7] == '0);
  assign {unused_carry, exponent, product_o[6:0]} =
      {1'b0, !sum[7], sum[6:0], kept[7:1]} + {8'd0, two, 7'd0} + 16'(up);
  assign product_o[15] = a_i[15] ^ b_i[15];
  assign product_o[14:7] = exponent & {8{!zero}};

endmodule
