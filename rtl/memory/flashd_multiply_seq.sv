// SPDX-License-Identifier: Apache-2.0
/// Products of a multiplier and several multiplicands, modulo 2^Bits, two multiplier bits a cycle.
///
/// Latency: with n significant bits in the multiplier, start_i in cycle t raises done_o in
/// t + 1 + ceil(n / 2); it stays up, and the products stay, until the next start_i.
/// Back-pressure: none; start_i while it runs begins anew. Multiplicands are taken with start_i.
/// Does not: handle signs.
module flashd_multiply_seq #(
  parameter int Bits = 42,
  parameter int Multiplier = 31,
  parameter int Products = 2
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic                              start_i,
  input  logic [Multiplier-1:0]             multiplier_i,
  input  logic [Products-1:0][Bits-1:0]     multiplicand_i,
  output logic                              done_o,
  output logic [Products-1:0][Bits-1:0]     product_o
);

  logic [Multiplier-1:0] multiplier_q;
  logic [Products-1:0][Bits-1:0] shifted_q, product_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) multiplier_q <= '0;
    else if (start_i) multiplier_q <= multiplier_i;
    else multiplier_q <= multiplier_q >> 2;
  end

  for (genvar p = 0; p < Products; p++) begin : gen_product
    always_ff @(posedge clk_i) begin
      if (start_i) begin
        shifted_q[p] <= multiplicand_i[p];
        product_q[p] <= '0;
      end else if (!done_o) begin
        shifted_q[p] <= shifted_q[p] << 2;
        product_q[p] <= product_q[p] + (multiplier_q[0] ? shifted_q[p] : '0) +
            (multiplier_q[1] ? shifted_q[p] << 1 : '0);
      end
    end
  end

  assign done_o = multiplier_q == '0;
  assign product_o = product_q;

endmodule
