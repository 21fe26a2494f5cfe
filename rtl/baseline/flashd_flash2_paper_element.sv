// SPDX-License-Identifier: Apache-2.0
/// One output element of FlashAttention-2 in BF16 as it is written: o <- BF16(o alpha) + BF16(p v),
/// two multipliers and a sum, in two stages.
///
/// `multiply_i`: p v is left for the sum. `add_i`, in the cycle after: o <- o alpha + what is left;
/// `alpha_i` comes with it, from a register that all elements share. `load_i`, with add_i: what
/// stands at `load_o_i` in place of o; a parameter because it costs a multiplexer. `*_triple_i` are
/// three times the significands of p and alpha.
/// Latency: 2 cycles, a key per cycle. Back-pressure: none; without multiply_i and add_i all stays.
/// Does not: handle Inf, NaN or overflow; profit from alpha or p being 1.
module flashd_flash2_paper_element #(
  parameter bit Load = 1'b0
) (
  input  logic        clk_i,
  input  logic        multiply_i,
  input  logic [14:0] p_i,
  input  logic [9:0]  p_triple_i,
  input  logic [15:0] v_i,
  input  logic        add_i,
  input  logic [14:0] alpha_i,
  input  logic [9:0]  alpha_triple_i,
  input  logic        load_i,
  input  logic [15:0] load_o_i,
  output logic [15:0] o_o
);

  logic [15:0] product;
  logic [15:0] product_q;
  logic [15:0] o;
  logic [15:0] scaled;
  logic [15:0] sum;

  if (Load) begin : gen_load
    assign o = load_i ? load_o_i : o_o;
  end else begin : gen_keep
    logic unused;
    assign unused = ^{load_i, load_o_i};
    assign o = o_o;
  end

  flashd_bf16_multiply #(.Shared(1'b1)) u_weigh (
    .a_i({1'b0, p_i}), .b_i(v_i), .triple_i(p_triple_i), .product_o(product));
  flashd_bf16_multiply #(.Shared(1'b1)) u_scale (
    .a_i({1'b0, alpha_i}), .b_i(o), .triple_i(alpha_triple_i), .product_o(scaled));
  flashd_bf16_add u_add (.a_i(scaled), .b_i(product_q), .sum_o(sum));

  always_ff @(posedge clk_i) begin
    if (multiply_i) product_q <= product;
    if (add_i) o_o <= sum;
  end

endmodule
