// SPDX-License-Identifier: Apache-2.0
/// Delays a word by a fixed number of enabled cycles.
///
/// Latency: Cycles (0 is a wire). Back-pressure: en_i low freezes it.
/// Does not: reset its contents; a valid bit that must start low belongs in flashd_delay_valid.
module flashd_delay #(
  parameter int Bits = 1,
  parameter int Cycles = 1
) (
  input  logic            clk_i,
  input  logic            en_i,
  input  logic [Bits-1:0] data_i,
  output logic [Bits-1:0] data_o
);

  if (Cycles == 0) begin : gen_wire
    logic unused;
    assign unused = ^{clk_i, en_i};
    assign data_o = data_i;
  end else begin : gen_stages
    logic [Cycles-1:0][Bits-1:0] stage_q;
    always_ff @(posedge clk_i) begin
      if (en_i) begin
        stage_q[0] <= data_i;
        for (int i = 1; i < Cycles; i++) stage_q[i] <= stage_q[i-1];
      end
    end
    assign data_o = stage_q[Cycles-1];
  end

endmodule
