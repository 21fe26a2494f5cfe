// SPDX-License-Identifier: Apache-2.0
/// One output element of FlashAttention-2 in BF16, or its row sum.
///
/// Of alpha and p one is always 1, so one product does: with `rise_i` (the key is the new maximum,
/// alpha = e, p = 1) o <- o e + v, else (alpha = 1, p = e) o <- o + e v, both operations rounded.
/// `finish_i` (with rise_i): o <- o e. `load_i`: what stands at `load_o_i` in place of o; a parameter
/// because it costs a multiplexer.
/// Latency: 1 cycle. Back-pressure: none; `en_i` low keeps o.
/// Does not: handle Inf, NaN or overflow.
module flashd_flash2_bf16_element #(
  parameter bit Load = 1'b0
) (
  input  logic        clk_i,
  input  logic        en_i,
  input  logic        rise_i,
  input  logic        finish_i,
  input  logic [14:0] e_i,
  input  logic [15:0] v_i,
  input  logic        load_i,
  input  logic [15:0] load_o_i,
  output logic [15:0] o_o
);

  logic [15:0] o;
  logic [15:0] addend;
  logic [15:0] product;
  logic [15:0] sum;

  if (Load) begin : gen_load
    assign o = load_i ? load_o_i : o_o;
  end else begin : gen_keep
    logic unused;
    assign unused = ^{load_i, load_o_i};
    assign o = o_o;
  end

  flashd_bf16_multiply u_multiply (
    .a_i({1'b0, e_i}), .b_i(rise_i ? o : v_i), .product_o(product));
  always_comb begin
    addend = rise_i ? v_i : o;
    addend[14:7] = addend[14:7] & {8{!finish_i}};
  end
  flashd_bf16_add u_add (.a_i(product), .b_i(addend), .sum_o(sum));

  always_ff @(posedge clk_i) begin
    if (en_i) o_o <= sum;
  end

endmodule
