// SPDX-License-Identifier: Apache-2.0
/// Merges the tile sums of a run into its row's output, Merge elements a cycle, and lets finished
/// rows out.
///
/// `start_i` comes two cycles before the first step, the tile sums one cycle before it, g and w
/// with it; each stays for the D / Merge cycles of the steps. `e_index_o` is the step's element
/// one cycle early.
/// Latency: LatencyMerge cycles from a step to its output in the store, LatencyRound more to
/// `o_valid_o`. Back-pressure: none; outputs must be taken at once.
/// Does not: take a start before the last but one step of the run before it.
module flashd_lane_merge #(
  parameter int Profile = 0,
  parameter int D = 16,
  parameter int Tile = 16,
  parameter int Rows = 1,
  parameter int Merge = 1,
  parameter int Channels = 1,
  localparam int RowBits = (Rows > 1) ? $clog2(Rows) : 1,
  localparam int TBits = flashd_spec_pkg::tile_frac(Profile) + 2 + $clog2(Tile)
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  input  logic signed [7:0]        v_exponent_i,
  input  logic                     start_i,
  input  logic [RowBits-1:0]       row_i,
  input  logic                     last_i,
  input  logic                     fresh_i,
  input  logic [Channels-1:0][TBits-1:0] t_i,
  input  logic [15:0]              g_mantissa_i,
  input  logic [6:0]               g_exponent_i,
  input  logic [13:0]              w_mantissa_i,
  input  logic [5:0]               w_shift_i,
  output logic [$clog2(D)-1:0]     e_index_o,
  input  logic [Merge-1:0][7:0]    e_distance_i,
  output logic                     o_valid_o,
  output logic [RowBits-1:0]       o_row_o,
  output logic [Merge-1:0][31:0]   o_o
);

  localparam int Steps = D / Merge;
  localparam int StepBits = $clog2(Steps);
  localparam int AddrBits = $clog2(Rows * Steps);

  logic [StepBits-1:0] ahead_q;     // step of the next cycle
  logic                ahead_run_q; // a step comes in the next cycle
  logic [3:0]          valid_q;     // a step, and behind each stage of the slice
  logic [RowBits-1:0]  row_q;
  logic                last_q;
  logic [AddrBits-1:0] raddr;
  logic [StepBits-1:0] write_q;
  logic [RowBits-1:0]  write_row_q;
  logic                write_last_q;
  logic [AddrBits-1:0] waddr;
  logic [1:0]          out_q;
  logic [Merge-1:0][31:0] old, merged;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ahead_run_q <= 1'b0;
      ahead_q <= '0;
      valid_q <= '0;
      write_q <= '0;
      out_q <= '0;
    end else begin
      ahead_run_q <= start_i || (ahead_run_q && !(&ahead_q));
      if (ahead_run_q) ahead_q <= ahead_q + StepBits'(1);
      valid_q <= {valid_q[2:0], ahead_run_q};
      if (valid_q[3]) write_q <= write_q + StepBits'(1);
      out_q <= {out_q[0], valid_q[3] && write_last_q};
    end
  end
  always_ff @(posedge clk_i) begin
    if (start_i) begin
      row_q <= row_i;
      last_q <= last_i;
    end
    // The slice's last three steps are written when the next run's have begun.
    if (valid_q[2] && (write_q + StepBits'(valid_q[3]) == '0)) begin
      write_row_q <= row_q;
      write_last_q <= last_q;
    end
  end

  if (Merge > 1) begin : gen_wide
    assign e_index_o = {ahead_q, {$clog2(Merge) {1'b0}}};
  end else begin : gen_single
    assign e_index_o = ahead_q;
  end
  if (Rows > 1) begin : gen_rows
    assign raddr = {row_q, ahead_q};
    assign waddr = {write_row_q, write_q};
    logic [1:0][RowBits-1:0] o_row_q;
    always_ff @(posedge clk_i) begin
      if (write_last_q || out_q[0]) o_row_q <= {o_row_q[0], write_row_q};
    end
    assign o_row_o = o_row_q[1];
  end else begin : gen_row
    logic unused_row;
    assign unused_row = ^write_row_q;
    assign raddr = ahead_q;
    assign waddr = write_q;
    assign o_row_o = '0;
  end

  flashd_lane_store #(.Bits(32 * Merge), .Depth(Rows * Steps), .Memory(Rows > 1)) u_outputs (
    .clk_i,
    .we_i(valid_q[3]),
    .waddr_i(waddr),
    .wdata_i(merged),
    .re_i(ahead_run_q),
    .raddr_i(raddr),
    .rdata_o(old)
  );

  for (genvar m = 0; m < Merge; m++) begin : gen_slice
    logic [TBits-1:0] t_q;
    if (Channels > Merge) begin : gen_turn
      localparam int Turns = Channels / Merge;
      logic [Turns-1:0][TBits-1:0] t;
      for (genvar s = 0; s < Turns; s++) begin : gen_step
        assign t[s] = t_i[s*Merge+m];
      end
      always_ff @(posedge clk_i) begin
        if (ahead_run_q) t_q <= t[ahead_q[$clog2(Turns)-1:0]];
      end
    end else begin : gen_same
      always_ff @(posedge clk_i) begin
        if (ahead_run_q) t_q <= t_i[m];
      end
    end
    flashd_merge_slice #(.Profile(Profile), .Tile(Tile)) u_slice (
      .clk_i,
      .en_i(|valid_q),
      .first_i(fresh_i),
      .t_i($signed(t_q)),
      .o_i($signed(old[m])),
      .g_mantissa_i,
      .g_exponent_i($signed(g_exponent_i)),
      .w_mantissa_i,
      .w_shift_i,
      .v_distance_i(e_distance_i[m]),
      .o_o(merged[m])
    );
    flashd_lane_round u_round (
      .clk_i,
      .en_i(write_last_q || out_q[0]),
      .o_i($signed(merged[m])),
      .v_exp_i(v_exponent_i),
      .bits_o(o_o[m][15:0])
    );
    assign o_o[m][31:16] = '0;
  end
  assign o_valid_o = out_q[1];

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      (start_i && ahead_run_q) |-> (&ahead_q))
  else $error("flashd_lane_merge: a run starts before the steps of the one before it have ended");
`endif

endmodule
