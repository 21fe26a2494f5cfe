// SPDX-License-Identifier: Apache-2.0
/// Product of a query and a key element in BF16, registered.
///
/// Latency: 1 cycle. Back-pressure: none; `en_i` low keeps the product.
/// Does not: handle Inf or NaN; see flashd_bf16_multiply.
module flashd_published_product (
  input  logic        clk_i,
  input  logic        en_i,
  input  logic [15:0] q_i,
  input  logic [15:0] k_i,
  output logic [15:0] product_o
);

  logic [15:0] product;

  flashd_bf16_multiply u_multiply (.a_i(q_i), .b_i(k_i), .triple_i('0), .product_o(product));

  always_ff @(posedge clk_i) begin
    if (en_i) product_o <= product;
  end

endmodule
