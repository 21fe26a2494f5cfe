// SPDX-License-Identifier: Apache-2.0
// The floating-point units of the lanes of FlashAttention-2, side by side.
module flash2_units (
  input  logic [15:0] a_i,
  input  logic [15:0] b_i,
  output logic [15:0] product_o,
  output logic [15:0] weighed_o,
  output logic [15:0] sum_o,
  input  logic [31:0] x_i,
  input  logic [31:0] y_i,
  output logic [31:0] total_o,
  input  logic [14:0] fall_i,
  output logic [14:0] exp_o,
  output logic [14:0] reciprocal_o,
  input  logic [16:0] steps_i,
  output logic [16:0] power_o
);

  flashd_bf16_multiply u_multiply (.a_i, .b_i, .triple_i('0), .product_o);
  logic [9:0] triple;
  assign triple = 10'd3 * {3'b001, a_i[6:0]};
  flashd_bf16_multiply #(.Shared(1'b1)) u_weigh (
    .a_i({1'b0, a_i[14:0]}), .b_i, .triple_i(triple), .product_o(weighed_o));
  flashd_bf16_add u_add (.a_i, .b_i, .sum_o);
  flashd_fp_add #(.Fraction(23)) u_wide_add (
    .a_i(x_i), .b_i(y_i), .b_lead_i(1'b1), .sum_o(total_o));
  flashd_flash2_bf16_exp u_exp (.x_i(fall_i), .e_o(exp_o));
  flashd_flash2_bf16_reciprocal u_reciprocal (.x_i(fall_i), .r_o(reciprocal_o));
  flashd_flash2_fp32_power u_power (.t_i(steps_i), .e_o(power_o));

endmodule
