// SPDX-License-Identifier: Apache-2.0
/// Sum of two BF16 values, registered: a node of the adder tree.
///
/// Latency: 1 cycle. Back-pressure: none; `en_i` low keeps the sum.
/// Does not: handle Inf or NaN; see flashd_published_add.
module flashd_published_sum (
  input  logic        clk_i,
  input  logic        en_i,
  input  logic [15:0] a_i,
  input  logic [15:0] b_i,
  output logic [15:0] sum_o
);

  logic [15:0] sum;

  flashd_published_add u_add (.a_i, .b_i, .sum_o(sum));

  always_ff @(posedge clk_i) begin
    if (en_i) sum_o <= sum;
  end

endmodule
