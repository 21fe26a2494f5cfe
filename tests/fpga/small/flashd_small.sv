// SPDX-License-Identifier: Apache-2.0
/// One of each kind of cell that the SoC uses: block memory with contents, multiplier, adder,
/// registers, pads. For tests of fpga/flow only.
module flashd_small #(
  parameter int ClockHz = 50000000,
  parameter int Baud = 1000000,
  parameter int PllReference = 1,
  parameter int PllFeedback = 2,
  parameter int PllOutput = 12,
  parameter int Profile = 0
) (
  input  logic clk_i,
  input  logic in_i,
  output logic out_o
);

  localparam int Steps = ClockHz / Baud + PllReference + PllFeedback + PllOutput + Profile;

  logic [35:0] memory[512];
  logic [35:0] word_q;
  logic [31:0] product_q, sum_q;
  logic [8:0] place_q;

  initial begin
    for (int i = 0; i < 512; i++) memory[i] = 36'(i * 16807 + Steps);
  end

  always_ff @(posedge clk_i) begin
    place_q <= {place_q[7:0], in_i};
    word_q <= memory[place_q];
    if (in_i) memory[~place_q] <= {4'd0, sum_q};
    product_q <= word_q[15:0] * word_q[31:16];
    sum_q <= sum_q + product_q;
    out_o <= ^sum_q;
  end

endmodule
