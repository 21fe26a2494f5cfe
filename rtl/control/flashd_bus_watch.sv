// SPDX-License-Identifier: Apache-2.0
/// Notices a bus that makes no progress: a transaction is pending and nothing moves for a while.
///
/// Latency: hung_o rises timeout_i + 1 cycles after the last handshake (or the request) and stays
/// until a handshake; timeout_i = 0 switches it off.
/// Back-pressure: none. Does not: latch; flashd_sequencer does.
module flashd_bus_watch (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [31:0] timeout_i,
  input  logic        pending_i,     // a read or write has not ended
  input  logic        handshake_i,   // on any channel
  output logic        hung_o
);

  logic [31:0] count_q;              // cycles without progress, at most timeout_i

  assign hung_o = (timeout_i != '0) && (count_q >= timeout_i);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) count_q <= '0;
    else if (!pending_i || handshake_i) count_q <= '0;
    else if (!hung_o) count_q <= count_q + 32'd1;
  end

endmodule
