// SPDX-License-Identifier: Apache-2.0
/// Scores of a run that wait for their reference R, the largest floor(score) + 1 of the run's
/// visible keys, and the order in which they are read again.
///
/// Tile words: a run is read from the cycle behind its last score on, one key a cycle, while the
/// scores of the next run take the words just read. A shorter run is filled up with masked keys,
/// without `real_o`, to Tile cycles: merging takes as long. The caller keeps the last keys of two
/// runs at least Tile cycles apart. The most negative code marks a masked key.
/// Latency: the first key leaves one cycle after the run's last score came. `reference_o` and
/// `seen_o` hold while the run is read.
/// Back-pressure: none.
/// Does not: saturate; no score has the most negative code.
module flashd_lane_scores #(
  parameter int Profile = 0,
  parameter int Tile = 16,          // no run has fewer than 16 keys
  parameter bit Memory = 1'b0,
  localparam int F = flashd_spec_pkg::score_frac(Profile),
  localparam int ScoreBits = flashd_spec_pkg::ScoreRangeLog2 + F + 1
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 valid_i,
  input  logic                 end_i,        // the run's last key
  input  logic                 visible_i,
  input  logic [ScoreBits-1:0] score_i,
  output logic                 done_o,       // a run is complete: it is read from the next cycle on
  output logic                 valid_o,
  output logic                 real_o,       // a key of the run
  output logic                 first_o,
  output logic                 next_last_o,  // the cycle before last_o
  output logic                 last_o,
  output logic                 visible_o,
  output logic [ScoreBits-1:0] score_o,
  output logic                 seen_o,       // a key of the run is visible
  output logic signed [18:0]   reference_o
);

  localparam int SlotBits = $clog2(Tile);
  localparam int FloorBits = ScoreBits - F;
  localparam logic [ScoreBits-1:0] Masked = {1'b1, {(ScoreBits - 1) {1'b0}}};

  logic [SlotBits-1:0]         write_q;   // keys of the run so far
  logic [SlotBits-1:0]         read_q, read_d;
  logic                        seen_q, seen_d;
  logic signed [FloorBits-1:0] top_q, top_d, whole;
  logic                        fresh, ends;

  assign fresh = write_q == '0;
  // Without shorter runs the count tells their end.
  if (Tile == 16) begin : gen_full
    logic unused_end;
    assign unused_end = end_i;
    assign ends = &write_q;
    assign real_o = valid_o;
  end else begin : gen_any
    logic [SlotBits-1:0] end_q;
    logic                real_q;
    assign ends = end_i;
    always_ff @(posedge clk_i) begin
      if (done_o) end_q <= write_q;
    end
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) real_q <= 1'b0;
      else real_q <= done_o || (real_q && (read_q != end_q));
    end
    assign real_o = real_q;
  end
  assign done_o = valid_i && ends;
  assign whole = score_i[ScoreBits-1:F];
  always_comb begin
    seen_d = !fresh && seen_q;
    top_d = top_q;
    if (visible_i && (!seen_d || (whole > top_q))) top_d = whole;
    seen_d = seen_d || visible_i;
  end

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      seen_q <= seen_d;
      top_q <= top_d;
    end
    if (done_o) begin
      seen_o <= seen_d;
      reference_o <= {top_d[FloorBits-1], top_d} + 19'sd1;
    end
  end

  assign first_o = read_q == '0;
  assign last_o = &read_q;
  assign next_last_o = valid_o && (read_q == SlotBits'(Tile - 2));
  assign read_d = valid_o ? read_q + SlotBits'(1) : '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      write_q <= '0;
      valid_o <= 1'b0;
      read_q <= '0;
    end else begin
      if (valid_i) write_q <= ends ? '0 : write_q + SlotBits'(1);
      valid_o <= done_o || (valid_o && !last_o);
      if (done_o || valid_o) read_q <= read_d;
    end
  end

  flashd_lane_store #(.Bits(ScoreBits), .Depth(Tile), .Memory(Memory)) u_store (
    .clk_i,
    .we_i(valid_i),
    .waddr_i(write_q),
    .wdata_i(visible_i ? score_i : Masked),
    .re_i(done_o || valid_o),
    .raddr_next_i(read_d),
    .raddr_i(read_q),
    .rdata_o(score_o)
  );
  assign visible_o = real_o && (score_o != Masked);

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      (done_o && valid_o) |-> last_o)
  else $error("flashd_lane_scores: a run is complete while the one before it is still read");
`endif

endmodule
