// SPDX-License-Identifier: Apache-2.0
/// Scores of a run that wait for their reference R, the largest floor(score) + 1 of the run's
/// visible keys, and the order in which they are read again.
///
/// Tile words: a run is read from the cycle behind its last score on, one key a cycle, while the
/// scores of the next run take the words just read. A shorter run is filled up with masked keys,
/// without `real_o`, to Tile cycles: merging takes as long. The caller keeps the last keys of two
/// runs at least Tile cycles apart. What is kept is flashd_lane_score_words' business: `score_o`
/// is right relative to `base_o`, which stands for R at flashd_weight, and only where `visible_o`
/// says so: a key whose p is zero may lose it.
/// Latency: the first key leaves one cycle after the run's last score came. `reference_o` (R) and
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
  output logic signed [18:0]   base_o,
  output logic                 seen_o,       // a key of the run is visible
  output logic signed [18:0]   reference_o
);

  localparam int SlotBits = $clog2(Tile);
  localparam int FloorBits = ScoreBits - F;

  logic [SlotBits-1:0]         write_q;   // keys of the run so far
  logic [SlotBits-1:0]         read_q, read_d;
  logic                        seen_q, seen;
  logic signed [FloorBits-1:0] top_q, top_d, whole;
  logic                        rises, ends, visible;

  assign whole = score_i[ScoreBits-1:F];
  assign seen = (write_q != '0) && seen_q;
  assign rises = visible_i && (!seen || (whole > top_q));
  assign top_d = rises ? whole : top_q;

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

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      seen_q <= seen || visible_i;
      top_q <= top_d;
    end
    if (done_o) begin
      seen_o <= seen || visible_i;
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

  if (Memory) begin : gen_memory
    // The most negative code marks a masked key.
    localparam logic [ScoreBits-1:0] Masked = {1'b1, {(ScoreBits - 1) {1'b0}}};
    flashd_ram #(.Bits(ScoreBits), .Depth(Tile)) u_scores (
      .clk_i,
      .we_i(valid_i),
      .waddr_i(write_q),
      .wdata_i(visible_i ? score_i : Masked),
      .re_i(done_o || valid_o),
      .raddr_i(read_d),
      .rdata_o(score_o)
    );
    assign visible = score_o != Masked;
    assign base_o = reference_o;
  end else begin : gen_words
    flashd_lane_score_words #(.Profile(Profile), .Tile(Tile)) u_words (
      .clk_i,
      .valid_i,
      .write_i(write_q),
      .visible_i,
      .seen_i(seen),
      .rises_i(rises),
      .score_i,
      .top_i(top_q),
      .read_i(read_q),
      .reference_i(reference_o),
      .visible_o(visible),
      .score_o
    );
    assign base_o = '0;
  end
  assign visible_o = real_o && visible;

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      (done_o && valid_o) |-> last_o)
  else $error("flashd_lane_scores: a run is complete while the one before it is still read");
`endif

endmodule
