// SPDX-License-Identifier: Apache-2.0
/// Assertions of a valid/ready stream: once valid, a word stays, unchanged, until it is taken.
///
/// Simulation only (FLASHD_ASSERT). Latency: none. Back-pressure: none.
/// Does not: look at what the word means.
module flashd_stream_check #(
  parameter int Bits = 1
) (
  input logic            clk_i,
  input logic            rst_ni,
  input logic            valid_i,
  input logic            ready_i,
  input logic [Bits-1:0] data_i
);

  logic waiting_q;
  logic [Bits-1:0] data_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) waiting_q <= 1'b0;
    else waiting_q <= valid_i && !ready_i;
  end
  always_ff @(posedge clk_i) data_q <= data_i;

  assert property (@(posedge clk_i) disable iff (!rst_ni) waiting_q |-> valid_i)
  else $error("stream: a valid word was withdrawn before it was taken");
  assert property (@(posedge clk_i) disable iff (!rst_ni) waiting_q |-> (data_i == data_q))
  else $error("stream: a word changed while it waited");

endmodule
