// SPDX-License-Identifier: Apache-2.0
/// Product of two BF16 values, registered: one channel of a dot product.
///
/// Latency: 1 cycle. Back-pressure: none; `en_i` low keeps the product.
/// Does not: handle Inf, NaN or overflow; see flashd_bf16_multiply.
module flashd_bf16_product (
  input  logic        clk_i,
  input  logic        en_i,
  input  logic [15:0] a_i,
  input  logic [15:0] b_i,
  output logic [15:0] product_o
);

  logic [15:0] product;

  flashd_bf16_multiply u_multiply (.a_i, .b_i, .triple_i('0), .product_o(product));

  always_ff @(posedge clk_i) begin
    if (en_i) product_o <= product;
  end

endmodule
