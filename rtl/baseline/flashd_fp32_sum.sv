// SPDX-License-Identifier: Apache-2.0
/// Sum of two FP32 values of which the upper Bits are given, registered: a node of an adder tree.
///
/// Latency: 1 cycle. Back-pressure: none; `en_i` low keeps the sum.
/// Does not: handle Inf, NaN or overflow; see flashd_fp_add.
module flashd_fp32_sum #(
  parameter int Bits = 32
) (
  input  logic            clk_i,
  input  logic            en_i,
  input  logic [Bits-1:0] a_i,
  input  logic [Bits-1:0] b_i,
  output logic [31:0]     sum_o
);

  logic [31:0] sum;

  flashd_fp_add #(.Fraction(23)) u_add (
    .a_i(32'(a_i) << (32 - Bits)), .b_i(32'(b_i) << (32 - Bits)), .b_lead_i(1'b1), .sum_o(sum));

  always_ff @(posedge clk_i) begin
    if (en_i) sum_o <= sum;
  end

endmodule
