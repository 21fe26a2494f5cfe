// SPDX-License-Identifier: Apache-2.0
/// One output element of FlashAttention-2 in BF16, or its row sum, in two stages: a product, a sum.
///
/// Of alpha and p one is always 1, so one product does. `multiply_i`: a key with p = e leaves e v
/// for the sum; with `rise_i` (the new maximum, alpha = e, p = 1) o becomes o e and v is left for
/// the sum. `add_i`, in the cycle after: o <- o + what was left. A rise may not meet a sum: the
/// caller keeps a cycle between. `load_i`, with add_i: what stands at `load_o_i` in place of o; a
/// parameter because it costs a multiplexer. `e_triple_i` is three times e's significand.
/// Latency: 2 cycles. Back-pressure: none; without multiply_i and add_i everything stays.
/// Does not: handle Inf, NaN or overflow.
module flashd_flash2_bf16_element #(
  parameter bit Load = 1'b0
) (
  input  logic        clk_i,
  input  logic        multiply_i,
  input  logic        rise_i,
  input  logic [14:0] e_i,
  input  logic [9:0]  e_triple_i,
  input  logic [15:0] v_i,
  input  logic        add_i,
  input  logic        load_i,
  input  logic [15:0] load_o_i,
  output logic [15:0] o_o
);

  logic [15:0] addend_q;
  logic [15:0] product;
  logic [15:0] o;
  logic [15:0] sum;

  if (Load) begin : gen_load
    assign o = load_i ? load_o_i : o_o;
  end else begin : gen_keep
    logic unused;
    assign unused = ^{load_i, load_o_i};
    assign o = o_o;
  end

  flashd_bf16_multiply #(.Shared(1'b1)) u_multiply (
    .a_i({1'b0, e_i}), .b_i(rise_i ? o_o : v_i), .triple_i(e_triple_i), .product_o(product));
  flashd_bf16_add u_add (.a_i(o), .b_i(addend_q), .sum_o(sum));

  always_ff @(posedge clk_i) begin
    if (multiply_i) addend_q <= rise_i ? v_i : product;
    if (add_i || (multiply_i && rise_i)) o_o <= add_i ? sum : product;
  end

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) !(add_i && multiply_i && rise_i))
  else $error("flashd_flash2_bf16_element: a rise met a sum");
`endif

endmodule
