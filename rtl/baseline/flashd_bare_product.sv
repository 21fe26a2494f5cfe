// SPDX-License-Identifier: Apache-2.0
/// The product of two BF16 significands with its sign: value + carry = +-q k (rivals::bare).
///
/// Exponents do not count, and a zero counts as a one: only the multiplier is of interest.
/// Latency: one cycle. Back-pressure: none.
/// Does not: align.
module flashd_bare_product (
  input  logic        clk_i,
  input  logic        en_i,
  input  logic [15:0] q_i,
  input  logic [15:0] k_i,
  output logic [16:0] value_o,
  output logic        carry_o
);

  logic        neg;
  logic [15:0] product;
  logic        unused_exponents;

  assign neg = q_i[15] ^ k_i[15];
  flashd_array_multiply #(.Multiplicand(8), .Multiplier(8)) u_multiply (
    .multiplicand_i({1'b1, q_i[6:0]}),
    .multiplier_i({1'b1, k_i[6:0]}),
    .product_o(product)
  );
  assign unused_exponents = ^{q_i[14:7], k_i[14:7]};

  always_ff @(posedge clk_i) begin
    if (en_i) value_o <= {1'b0, product} ^ {17{neg}};
  end
  assign carry_o = value_o[16];

endmodule
