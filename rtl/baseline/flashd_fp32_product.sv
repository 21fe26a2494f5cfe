// SPDX-License-Identifier: Apache-2.0
/// Exact product of two BF16 values, registered: {sign, exponent field, 15 fraction bits}, which
/// are the upper 24 bits of an FP32 value whose other bits are 0.
///
/// A value whose exponent field is 0 is zero, whatever its other bits; a product below 2^-126
/// becomes zero.
/// Latency: 1 cycle. Back-pressure: none; `en_i` low keeps the product.
/// Does not: handle Inf or NaN, nor overflow, where the exponent wraps.
module flashd_fp32_product (
  input  logic        clk_i,
  input  logic        en_i,
  input  logic [15:0] a_i,
  input  logic [15:0] b_i,
  output logic [23:0] product_o
);

  logic [15:0] exact;  // of significands in [1, 2): [1, 4), 14 fraction bits
  logic        two;    // at least 2
  logic [8:0]  sum;    // of the exponent fields and one
  logic        zero;

  flashd_array_multiply #(.Multiplicand(8), .Multiplier(8)) u_multiply (
    .multiplicand_i({1'b1, a_i[6:0]}), .multiplier_i({1'b1, b_i[6:0]}), .product_o(exact));
  assign two = exact[15];
  // ea + eb - 127 = (ea + eb + 1) - 128: positive from 129 on; at 128 the field is `two`.
  assign sum = {1'b0, a_i[14:7]} + {1'b0, b_i[14:7]} + 9'd1;
  assign zero = (a_i[14:7] == '0) || (b_i[14:7] == '0) || (sum[8:7] == '0);

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      product_o[23] <= a_i[15] ^ b_i[15];
      product_o[22:15] <= ({!sum[7], sum[6:0]} + 8'(two)) & {8{!zero}};
      product_o[14:0] <= two ? exact[14:0] : {exact[13:0], 1'b0};
    end
  end

endmodule
