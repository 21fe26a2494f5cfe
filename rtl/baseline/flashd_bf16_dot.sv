// SPDX-License-Identifier: Apache-2.0
/// Dot product in BF16: D rounded products, then a tree of neighbours, every sum rounded.
///
/// Latency: 1 + log2 D cycles. Back-pressure: none; `en_i[i]` low keeps stage i, the products being
/// stage 0.
/// Does not: scale the sum, or handle Inf, NaN or overflow.
module flashd_bf16_dot #(
  parameter int D = 16,
  localparam int Levels = $clog2(D)
) (
  input  logic               clk_i,
  input  logic [Levels:0]    en_i,
  input  logic [D-1:0][15:0] a_i,
  input  logic [D-1:0][15:0] b_i,
  output logic [15:0]        dot_o
);

  if (D < 2 || D != (1 << Levels)) begin : gen_bad_d
    $error("flashd_bf16_dot: D must be a power of two from 2 on.");
  end

  // A heap: the root is node 1, the children of node n are 2 n and 2 n + 1, the products come last.
  logic [2*D-1:1][15:0] node;

  for (genvar c = 0; c < D; c++) begin : gen_product
    flashd_bf16_product u_product (
      .clk_i, .en_i(en_i[0]), .a_i(a_i[c]), .b_i(b_i[c]), .product_o(node[D+c]));
  end
  for (genvar level = 1; level <= Levels; level++) begin : gen_level
    for (genvar n = D >> level; n < 2 * (D >> level); n++) begin : gen_node
      flashd_bf16_sum u_sum (
        .clk_i, .en_i(en_i[level]), .a_i(node[2*n]), .b_i(node[2*n+1]), .sum_o(node[n]));
    end
  end
  assign dot_o = node[1];

endmodule
