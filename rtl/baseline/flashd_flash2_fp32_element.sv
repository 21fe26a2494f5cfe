// SPDX-License-Identifier: Apache-2.0
/// One output element of FlashAttention-2 with FP32 sums, or its row sum, in two stages: a product
/// cut off to 24 bits, a rounded sum.
///
/// Of alpha and p one is always 1, so one product does. `multiply_i`: (`scale_i` ? o : v) e is left
/// for the sum; with `rise_i` (and scale_i: the new maximum, alpha = e, p = 1) it becomes o, and v
/// is left for the sum. `add_i`, in the cycle after: o <- o + what was left. A rise may not meet a
/// sum: the caller keeps a cycle between. `load_i`, with add_i: what stands at `load_o_i` in place
/// of o; a parameter because it costs a multiplexer. `e_i`: exponent field, leading one, fraction.
/// The leading one is 0 only where o e is less than o. `e_triple_i`: three times e's significand.
/// Latency: 2 cycles. Back-pressure: none; without multiply_i and add_i everything stays.
/// Does not: handle Inf, NaN or overflow.
module flashd_flash2_fp32_element #(
  parameter bit Load = 1'b0,
  parameter int PowerBits = 9
) (
  input  logic                 clk_i,
  input  logic                 multiply_i,
  input  logic                 scale_i,
  input  logic                 rise_i,
  input  logic [PowerBits+7:0] e_i,
  input  logic [PowerBits+1:0] e_triple_i,
  input  logic [15:0]          v_i,
  input  logic                 add_i,
  input  logic                 load_i,
  input  logic [31:0]          load_o_i,
  output logic [31:0]          o_o
);

  localparam int ExactBits = 24 + PowerBits;

  logic [31:0]          x;
  logic [7:0]           e_field;
  logic [ExactBits-1:0] exact;    // in [0, 4)
  logic                 two;
  logic [8:0]           sum;      // of the exponent fields and one
  logic                 zero;
  logic [31:0]          product;
  logic                 lead;
  logic [31:0]          addend_q;
  logic                 lead_q;
  logic [31:0]          o;
  logic [31:0]          total;
  logic                 unused;

  if (Load) begin : gen_load
    assign o = load_i ? load_o_i : o_o;
  end else begin : gen_keep
    logic unused_load;
    assign unused_load = ^{load_i, load_o_i};
    assign o = o_o;
  end

  assign x = scale_i ? o_o : {v_i, 16'd0};
  assign e_field = e_i[PowerBits+:8];
  flashd_digit_multiply #(.Multiplicand(PowerBits), .Multiplier(24)) u_multiply (
    .multiplicand_i(e_i[PowerBits-1:0]), .triple_i(e_triple_i), .multiplier_i({1'b1, x[22:0]}),
    .product_o(exact));
  assign two = exact[ExactBits-1];
  // ex + ee - 127 = (ex + ee + 1) - 128: positive from 129 on; at 128 the field is `two`.
  assign sum = {1'b0, x[30:23]} + {1'b0, e_field} + 9'd1;
  assign zero = (x[30:23] == '0) || (e_field == '0) || (sum[8:7] == '0);
  assign product[31] = x[31];
  assign product[30:23] = ({!sum[7], sum[6:0]} + 8'(two)) & {8{!zero}};
  assign {lead, product[22:0]} = two ? exact[ExactBits-1-:24] : exact[ExactBits-2-:24];

  flashd_fp_add #(.Fraction(23)) u_add (
    .a_i(o), .b_i(addend_q), .b_lead_i(lead_q), .sum_o(total));

  always_ff @(posedge clk_i) begin
    if (multiply_i) begin
      addend_q <= rise_i ? {v_i, 16'd0} : product;
      lead_q <= rise_i || lead;
    end
    if (add_i || (multiply_i && rise_i)) o_o <= add_i ? total : product;
  end

  assign unused = ^exact[PowerBits-2:0];

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) !(add_i && multiply_i && rise_i))
  else $error("flashd_flash2_fp32_element: a rise met a sum");
`endif

endmodule
