// SPDX-License-Identifier: Apache-2.0
module flashd_lse (
  input  logic               clk_i,
  input  logic               en_i,
  input  logic signed [35:0] log2_i,
  input  logic               empty_i,
  input  logic               nan_i,
  output logic        [31:0] bits_o
);
endmodule
