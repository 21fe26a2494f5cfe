// SPDX-License-Identifier: Apache-2.0
/// (kept + up) weight, exact: significands of the rounded difference v - o, not added up yet, and
/// of the weight, which all elements share with its triple.
///
/// With FLASHD_CELLS, the ASIC flow's macro, the rows of flashd_digit_multiply and one more for
/// `up_i`, which comes late and meets the last row of adders; without it operators.
/// Latency: none, combinational. Back-pressure: none.
/// Does not: check that `triple_i` is three times `weight_i`.
module flashd_published_weigh (
  input  logic [7:0]  weight_i,
  input  logic [9:0]  triple_i,
  input  logic [7:0]  kept_i,
  input  logic        up_i,
  output logic [15:0] product_o  // (255 + 1) 255 is below 2^16
);

`ifdef FLASHD_CELLS
  logic [4:0][15:0] row;
  logic [15:0]      sum;
  logic [15:0]      carry;
  logic [1:0]       unused_left;

  for (genvar i = 0; i < 4; i++) begin : gen_row
    logic [9:0] multiple;
    logic one, two, three;
    assign one = kept_i[2*i] && !kept_i[2*i+1];
    assign two = !kept_i[2*i] && kept_i[2*i+1];
    assign three = kept_i[2*i] && kept_i[2*i+1];
    assign multiple = ({2'b00, weight_i} & {10{one}}) | ({1'b0, weight_i, 1'b0} & {10{two}}) |
        (triple_i & {10{three}});
    assign row[i] = 16'(multiple) << (2 * i);
  end
  assign row[4] = {8'd0, weight_i & {8{up_i}}};
  flashd_compress #(.Inputs(5), .Bits(16)) u_compress (
    .value_i(row), .carry_i('0), .value_o({carry, sum}), .left_o(unused_left));
  assign product_o = sum + carry;
`else
  logic unused_triple;
  assign unused_triple = ^triple_i;
  assign product_o = kept_i * weight_i + {8'd0, weight_i & {8{up_i}}};
`endif

endmodule
