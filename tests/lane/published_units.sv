// SPDX-License-Identifier: Apache-2.0
/// Units of the published FLASH-D side by side, for published_units.cpp.
module published_units (
  input  logic        clk_i,
  input  logic [15:0] a_i,
  input  logic [15:0] b_i,
  output logic [15:0] sum_o,
  input  logic [15:0] rise_i,
  input  logic [11:0] x_old_i,
  output logic [11:0] x_o,
  input  logic [11:0] x_i,
  output logic [10:0] weight_o,
  output logic [11:0] ln_o,
  input  logic        fresh_i,
  input  logic [10:0] weight_i,
  input  logic [15:0] value_i,
  input  logic [15:0] old_i,
  output logic [15:0] o_o
);

  logic signed [20:0] fixed;
  logic               above;

  flashd_published_add u_add (.a_i, .b_i, .sum_o);
  flashd_published_fix u_fix (.rise_i, .fixed_o(fixed), .above_o(above));
  flashd_published_step u_step (.rise_i(fixed), .take_i(above), .x_old_i, .x_o);
  assign weight_o = flashd_published_pkg::weight(x_i);
  assign ln_o = flashd_published_pkg::ln_weight(x_i);
  flashd_published_element #(.Rows(8)) u_element (
    .clk_i, .enable_i(1'b1), .fresh_i, .load_i(1'b1), .weight_i, .value_i, .kept_i(old_i), .o_o
  );

endmodule
