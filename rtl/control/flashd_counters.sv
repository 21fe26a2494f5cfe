// SPDX-License-Identifier: Apache-2.0
/// The 64-bit counters of the spec: each adds its step every cycle.
///
/// Latency: a step in cycle t is in count_o from t + 1 on; clear_i wins over steps of its cycle.
/// Back-pressure: none.
/// Does not: saturate (2^64 cycles are centuries), or hold words for a read (flashd_csr does).
module flashd_counters
  import flashd_device_spec_pkg::*;
#(
  parameter int StepBits = 7          // of the largest step: the bytes of an AXI beat
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic                              clear_i,
  input  logic [Counters-1:0][StepBits-1:0] step_i,
  output logic [Counters-1:0][63:0]         count_o
);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_o <= '0;
    end else begin
      for (int i = 0; i < Counters; i++) begin
        count_o[i] <= clear_i ? '0 : count_o[i] + 64'(step_i[i]);
      end
    end
  end

endmodule
