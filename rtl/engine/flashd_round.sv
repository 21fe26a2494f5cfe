// SPDX-License-Identifier: Apache-2.0
module flashd_round (
  input  logic               clk_i,
  input  logic               en_i,
  input  logic signed [31:0] o_i,
  input  logic signed [8:0]  v_exp_i,
  input  logic        [1:0]  format_i,
  input  logic               nan_i,
  output logic        [31:0] bits_o
);
endmodule
