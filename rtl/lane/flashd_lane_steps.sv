// SPDX-License-Identifier: Apache-2.0
/// Counts the weights of a run and then walks over its values: block by block of channels, in each
/// of them all keys, Keys at a time, Tile steps in all.
///
/// Every other block takes the keys from the last ones to the first: then the weights stay the same
/// from block to block, and are not read again.
///
/// The next run's weights come meanwhile, in the other half of the store. With several steps per
/// block the first one may be read while the run's last weight, which belongs to the last one, is
/// written: the walk begins in the cycle of `last_i`, with a single step in the next.
/// Latency: as above. Back-pressure: none; the last weights of two runs are at least Tile cycles
/// apart. Does not: skip keys.
module flashd_lane_steps #(
  parameter int Tile = 16,
  parameter int Keys = 16,
  localparam int KeyBits = $clog2(Tile),
  localparam int StepBits = (Tile > Keys) ? $clog2(Tile / Keys) : 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                valid_i,
  input  logic                last_i,
  output logic                half_o,       // of the weight that comes
  output logic [KeyBits-1:0]  key_o,
  output logic                valid_o,
  output logic                read_o,       // other weights than those of the step before
  output logic                step_half_o,
  output logic [StepBits-1:0] step_o,       // which Keys of the run's keys
  output logic                first_o,      // of the block
  output logic                last_o
);

  logic [KeyBits-1:0] key_q, count_q;
  logic               half_q, run_q, start;

  assign key_o = key_q;
  assign half_o = half_q;
  assign start = valid_i && last_i;
  assign read_o = valid_o && (!first_o || (count_q == '0));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      key_q <= '0;
      half_q <= 1'b0;
      count_q <= '0;
      run_q <= 1'b0;
    end else begin
      if (valid_i) key_q <= last_i ? '0 : key_q + KeyBits'(1);
      if (start) half_q <= !half_q;
      if (valid_o) count_q <= count_q + KeyBits'(1);
      run_q <= start || (run_q && !(&count_q));
    end
  end

  if (Tile > Keys) begin : gen_blocks
    logic step_half_q;
    logic [StepBits-1:0] step_q;  // a run ends where it began, for its blocks are even in number
    assign valid_o = start || run_q;
    assign step_half_o = start ? half_q : step_half_q;
    assign step_o = step_q;
    assign first_o = count_q[StepBits-1:0] == '0;
    assign last_o = &count_q[StepBits-1:0];
    always_ff @(posedge clk_i) begin
      if (start) step_half_q <= half_q;
    end
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) step_q <= '0;
      else if (valid_o && !last_o)
        step_q <= count_q[StepBits] ? step_q - StepBits'(1) : step_q + StepBits'(1);
    end
  end else begin : gen_steps
    assign valid_o = run_q;
    assign step_half_o = !half_q;
    assign step_o = '0;
    assign first_o = 1'b1;
    assign last_o = 1'b1;
  end

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) disable iff (!rst_ni) start |-> (!run_q ||
      ((Tile == Keys) && (&count_q))))
  else $error("flashd_lane_steps: a run is complete while the one before it is walked over");
`endif

endmodule
