// SPDX-License-Identifier: Apache-2.0
/// Dot product of BF16 values: D exact products, then a tree of neighbours, every sum rounded to
/// FP32.
///
/// Latency: 1 + log2 D cycles. Back-pressure: none; `en_i[i]` low keeps stage i, the products being
/// stage 0.
/// Does not: scale the sum, or handle Inf, NaN or overflow.
module flashd_fp32_dot #(
  parameter int D = 16,
  localparam int Levels = $clog2(D)
) (
  input  logic               clk_i,
  input  logic [Levels:0]    en_i,
  input  logic [D-1:0][15:0] a_i,
  input  logic [D-1:0][15:0] b_i,
  output logic [31:0]        dot_o
);

  if (D < 2 || D != (1 << Levels)) begin : gen_bad_d
    $error("flashd_fp32_dot: D must be a power of two from 2 on.");
  end

  localparam int ProductBits = 24;

  // A heap: the root is node 1, the children of node n are 2 n and 2 n + 1; below its last nodes
  // are the products.
  logic [D-1:0][ProductBits-1:0] product;
  logic [D-1:1][31:0]            node;

  for (genvar c = 0; c < D; c++) begin : gen_product
    flashd_fp32_product u_product (
      .clk_i, .en_i(en_i[0]), .a_i(a_i[c]), .b_i(b_i[c]), .product_o(product[c]));
  end
  for (genvar n = D / 2; n < D; n++) begin : gen_first
    flashd_fp32_sum #(.Bits(ProductBits)) u_sum (
      .clk_i, .en_i(en_i[1]), .a_i(product[2*n-D]), .b_i(product[2*n-D+1]), .sum_o(node[n]));
  end
  for (genvar level = 2; level <= Levels; level++) begin : gen_level
    for (genvar n = D >> level; n < 2 * (D >> level); n++) begin : gen_node
      flashd_fp32_sum u_sum (
        .clk_i, .en_i(en_i[level]), .a_i(node[2*n]), .b_i(node[2*n+1]), .sum_o(node[n]));
    end
  end
  assign dot_o = node[1];

endmodule
