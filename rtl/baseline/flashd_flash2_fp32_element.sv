// SPDX-License-Identifier: Apache-2.0
/// One output element of FlashAttention-2 in FP32, or its row sum.
///
/// Of alpha and p one is always 1, so one product does: o <- (hold_i ? o : v) + (scale_i ? o : v) e.
/// scale_i and not hold_i: the key is the new maximum, alpha = e, p = 1. hold_i and not scale_i:
/// alpha = 1, p = e. Both: o <- o + o e. `mute_i`: the v that is added counts as 0. Products are
/// cut off to 24 bits, which those of v never fill; sums are rounded.
/// `e_i`: exponent field, leading one (0 only for an e that makes o e the smaller addend), fraction.
/// `load_i`: what stands at `load_o_i` in place of o; a parameter because it costs a multiplexer.
/// Latency: 1 cycle. Back-pressure: none; `en_i` low keeps o.
/// Does not: handle Inf, NaN or overflow.
module flashd_flash2_fp32_element #(
  parameter bit Load = 1'b0,
  parameter int PowerBits = 9
) (
  input  logic                 clk_i,
  input  logic                 en_i,
  input  logic                 scale_i,
  input  logic                 hold_i,
  input  logic                 mute_i,
  input  logic [PowerBits+7:0] e_i,
  input  logic [15:0]          v_i,
  input  logic                 load_i,
  input  logic [31:0]          load_o_i,
  output logic [31:0]          o_o
);

  localparam int ExactBits = 24 + PowerBits;

  logic [31:0]          o;
  logic [31:0]          x;
  logic [7:0]           e_field;
  logic [ExactBits-1:0] exact;    // in [0, 4)
  logic                 two;
  logic [8:0]           sum;      // of the exponent fields and one
  logic                 zero;
  logic [31:0]          product;
  logic                 lead;
  logic [31:0]          addend;
  logic [31:0]          total;
  logic                 unused;

  if (Load) begin : gen_load
    assign o = load_i ? load_o_i : o_o;
  end else begin : gen_keep
    logic unused_load;
    assign unused_load = ^{load_i, load_o_i};
    assign o = o_o;
  end

  assign x = scale_i ? o : {v_i, 16'd0};
  assign e_field = e_i[PowerBits+:8];
  assign exact = {1'b1, x[22:0]} * e_i[PowerBits-1:0];
  assign two = exact[ExactBits-1];
  // ex + ee - 127 = (ex + ee + 1) - 128: positive from 129 on; at 128 the field is `two`.
  assign sum = {1'b0, x[30:23]} + {1'b0, e_field} + 9'd1;
  assign zero = (x[30:23] == '0) || (e_field == '0) || (sum[8:7] == '0);
  assign product[31] = x[31];
  assign product[30:23] = ({!sum[7], sum[6:0]} + 8'(two)) & {8{!zero}};
  assign {lead, product[22:0]} = two ? exact[ExactBits-1-:24] : exact[ExactBits-2-:24];

  always_comb begin
    addend = hold_i ? o : {v_i, 16'd0};
    addend[30:23] = addend[30:23] & {8{!mute_i}};
  end
  flashd_fp_add #(.Fraction(23)) u_add (
    .a_i(addend), .b_i(product), .b_lead_i(lead), .sum_o(total));

  always_ff @(posedge clk_i) begin
    if (en_i) o_o <= total;
  end

  assign unused = ^exact[PowerBits-2:0];

endmodule
