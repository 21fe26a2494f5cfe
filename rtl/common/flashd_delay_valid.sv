// SPDX-License-Identifier: Apache-2.0
/// Delays a valid bit by a fixed number of enabled cycles; reset clears all of them.
///
/// Latency: Cycles (0 is a wire). Back-pressure: en_i low freezes it. busy_o: a bit is on its way.
/// Does not: carry data; see flashd_delay.
module flashd_delay_valid #(
  parameter int Cycles = 1
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic en_i,
  input  logic valid_i,
  output logic valid_o,
  output logic busy_o
);

  if (Cycles == 0) begin : gen_wire
    logic unused;
    assign unused = ^{clk_i, rst_ni, en_i};
    assign valid_o = valid_i;
    assign busy_o = 1'b0;
  end else begin : gen_stages
    logic [Cycles:0] stage;
    logic [Cycles-1:0] stage_q;

    assign stage = {stage_q, valid_i};

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) stage_q <= '0;
      else if (en_i) stage_q <= stage[Cycles-1:0];
    end

    assign valid_o = stage[Cycles];
    assign busy_o = |stage_q;
  end

endmodule
