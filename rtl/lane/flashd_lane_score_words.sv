// SPDX-License-Identifier: Apache-2.0
/// Waiting scores in flip-flops, with as few bits as the weights need.
///
/// A weight is zero from tile_frac octaves below R on. So a score keeps its fraction, its floor
/// modulo 2^(Block + 1), and a flag that it may still count: it lies in the block of 2^Block
/// octaves of the run's largest score so far, or in the next lower one. When that score moves up a
/// block, the scores two blocks down lose their flag, when it jumps further, all do. `score_o` is
/// such that R of flashd_weight is zero: its floor is -1 - (R - 1 - floor(s)).
/// Latency: a score can be read in the next cycle, combinationally.
/// Back-pressure: none.
/// Does not: keep scores that no weight needs.
module flashd_lane_score_words #(
  parameter int Profile = 0,
  parameter int Tile = 16,
  localparam int SlotBits = $clog2(Tile),
  localparam int F = flashd_spec_pkg::score_frac(Profile),
  localparam int ScoreBits = flashd_spec_pkg::ScoreRangeLog2 + F + 1,
  localparam int FloorBits = ScoreBits - F
) (
  input  logic                 clk_i,
  input  logic                 valid_i,
  input  logic [SlotBits-1:0]  write_i,      // number of the key in its run
  input  logic                 visible_i,
  input  logic                 seen_i,       // a key before it is visible
  input  logic                 rises_i,      // it is the first visible one, or above top_i
  input  logic [ScoreBits-1:0] score_i,
  input  logic [FloorBits-1:0] top_i,        // largest floor before it
  input  logic [SlotBits-1:0]  read_i,
  input  logic [18:0]          reference_i,  // R of the run that is read
  output logic                 visible_o,
  output logic [ScoreBits-1:0] score_o
);

  localparam int TileFrac = flashd_spec_pkg::tile_frac(Profile);
  // Two blocks down is at least 2^Block + 1 octaves down.
  localparam int Block = $clog2(TileFrac);
  localparam int Kept = F + Block + 1;
  localparam int BlockBits = FloorBits - Block;

  if ((1 << Block) + 1 < TileFrac) begin : gen_bad_block
    $error("flashd_lane_score_words: a block must have at least tile_frac - 1 octaves.");
  end

  logic [BlockBits:0] moved;  // blocks above that of the largest score
  logic               drops, drops_all, counts, parity;
  logic [Tile-1:0]    here, below, live_q;
  logic [Tile-1:0][Kept-1:0] word_q;
  logic [Kept-1:0]    word;
  logic [Block:0]     distance;

  assign moved = {score_i[ScoreBits-1], score_i[ScoreBits-1:F+Block]} -
      {top_i[FloorBits-1], top_i[FloorBits-1:Block]};
  assign parity = score_i[F+Block];
  assign counts = visible_i && (!seen_i || !moved[BlockBits] || (&moved));
  assign drops_all = rises_i && (moved[BlockBits-1:1] != '0);
  assign drops = rises_i && moved[0];

  always_comb begin
    for (int i = 0; i < Tile; i++) begin
      here[i] = valid_i && (write_i == SlotBits'(i));
      below[i] = valid_i && (write_i > SlotBits'(i));
    end
  end
  for (genvar i = 0; i < Tile; i++) begin : gen_word
    always_ff @(posedge clk_i) begin
      if (here[i]) word_q[i] <= score_i[Kept-1:0];
      if (here[i]) live_q[i] <= counts;
      else if (below[i] && (drops_all || (drops && (word_q[i][Kept-1] == parity))))
        live_q[i] <= 1'b0;
    end
  end

  assign word = word_q[read_i];
  assign visible_o = live_q[read_i];
  // R - 1 - floor(s).
  assign distance = reference_i[Block:0] + ~word[Kept-1:F];
  assign score_o = {~{{(FloorBits - Block - 1) {1'b0}}, distance}, word[F-1:0]};

  logic unused_reference;
  assign unused_reference = ^reference_i[18:Block+1];

endmodule
