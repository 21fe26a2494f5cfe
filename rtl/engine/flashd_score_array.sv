// SPDX-License-Identifier: Apache-2.0
/// The score array: one flashd_score_lane per lane, what goes beside a beat, and the score buffer
/// with what is found over a context's scores.
///
/// Latency: a beat's operands come two cycles after beat_i; a key's scores are in the buffer 2 +
/// LatencyScore cycles after its last beat, LatencySoftCap more with SoftCap 1. One beat per cycle.
/// Back-pressure: none; free slots are counted before a beat starts.
/// Does not: know where operands come from.
module flashd_score_array #(
  parameter int Profile = 0,
  parameter int Sig = 11,
  parameter int Width = 64,
  parameter int Lanes = 4,
  parameter int MaxHeadDim = 256,
  parameter int Slots = 128,
  parameter int SlotBits = 7,
  parameter int BiasBits = 35,
  parameter int LaneBits = 3,
  parameter int SoftCap = 0,
  localparam int F = flashd_spec_pkg::score_frac(Profile),
  localparam int ScoreBits = flashd_spec_pkg::ScoreRangeLog2 + F + 1
) (
  input  logic                                   clk_i,
  input  logic                                   rst_ni,
  input  logic [2:0]                             grid_extra_i,
  input  logic [flashd_spec_pkg::ScaleBits-1:0]  scale_mantissa_i,
  input  logic                                   soft_cap_en_i,
  input  logic [63:0]                            soft_cap_i,
  input  logic                                   bias_en_i,
  // Beat, or the token of a context without keys.
  input  logic                                   beat_i,
  input  logic                                   token_i,
  input  logic                                   first_i,         // of the rows' first tile
  input  logic                                   first_beat_i,    // of the key
  input  logic                                   last_beat_i,
  input  logic                                   first_key_i,     // of the context
  input  logic                                   last_key_i,
  input  logic [Lanes-1:0]                       visible_i,
  input  logic [Lanes-1:0]                       bad_i,           // NaN or Inf in the query
  input  logic                                   k_bad_i,         // in the key
  input  logic [Lanes-1:0][BiasBits-1:0]         b_value_i,
  input  logic [Lanes-1:0]                       b_nan_i,
  // Its operands, two cycles later.
  input  logic [Lanes-1:0][Width-1:0]            q_neg_i,
  input  logic [Lanes-1:0][Width-1:0][9:0]       q_exp_i,
  input  logic [Lanes-1:0][Width-1:0][Sig-1:0]   q_sig_i,
  input  logic [Width-1:0]                       k_neg_i,
  input  logic [Width-1:0][7:0]                  k_exp_i,
  input  logic [Width-1:0][Sig-1:0]              k_sig_i,
  // What a context's last score completes.
  output logic                                   found_o,
  output logic                                   found_first_o,
  output logic [Lanes-1:0]                       seen_o,
  output logic [Lanes-1:0][18:0]                 reference_o,
  output logic [Lanes-1:0][2:0]                  flags_o,
  // Score buffer, read side.
  input  logic                                   re_i,
  input  logic [SlotBits-1:0]                    raddr_i,
  output logic [Lanes-1:0]                       visible_o,
  output logic [Lanes-1:0][ScoreBits-1:0]        score_o,
  // What happens in this cycle.
  output logic [LaneBits-1:0]                    tap_scored_o,
  output logic [LaneBits-1:0]                    tap_saturated_o,
  output logic                                   pipe_busy_o,     // a key is on its way
  output logic                                   token_busy_o
);

  localparam int LaneLatency = flashd_spec_pkg::LatencyScore +
      ((SoftCap == 0) ? 0 : flashd_spec_pkg::LatencySoftCap);
  localparam int Delay = 2 + LaneLatency;

  logic [Lanes-1:0] nan;
  for (genvar l = 0; l < Lanes; l++) begin : gen_nan
    assign nan[l] = bad_i[l] || k_bad_i || (bias_en_i && b_nan_i[l]);
  end

  // What goes with a beat: two cycles to the lanes, LaneLatency more to the score buffer.
  logic [1:0] lane_ctl;
  logic lane_valid, found_valid, found_token;
  logic [Lanes-1:0][BiasBits-1:0] bias;
  flashd_delay_valid #(.Cycles(2)) u_lane_valid (
    .clk_i, .rst_ni, .en_i(1'b1), .valid_i(beat_i), .valid_o(lane_valid), .busy_o());
  flashd_delay #(.Bits(2 + Lanes * BiasBits), .Cycles(2)) u_lane_ctl (
    .clk_i, .en_i(1'b1), .data_i({first_beat_i, last_beat_i, bias_en_i ? b_value_i : '0}),
    .data_o({lane_ctl, bias}));

  logic tag_first, tag_last;
  logic [Lanes-1:0] tag_visible, tag_nan;
  flashd_delay_valid #(.Cycles(Delay)) u_tag_valid (
    .clk_i, .rst_ni, .en_i(1'b1), .valid_i(beat_i && last_beat_i), .valid_o(found_valid),
    .busy_o(pipe_busy_o));
  flashd_delay_valid #(.Cycles(Delay)) u_tag_token (
    .clk_i, .rst_ni, .en_i(1'b1), .valid_i(token_i), .valid_o(found_token), .busy_o(token_busy_o));
  flashd_delay #(.Bits(3 + 2 * Lanes), .Cycles(Delay)) u_tag (
    .clk_i, .en_i(1'b1), .data_i({first_i, first_key_i, last_key_i, visible_i, nan}),
    .data_o({found_first_o, tag_first, tag_last, tag_visible, tag_nan}));

  logic [Lanes-1:0] lane_done, sat_product, sat_score, unused_take;
  logic [Lanes-1:0][ScoreBits-1:0] score;
  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    flashd_score_lane #(
      .Profile   (Profile),
      .Sig       (Sig),
      .Width     (Width),
      .MaxHeadDim(MaxHeadDim),
      .SoftCap   (SoftCap)
    ) u_lane (
      .clk_i,
      .rst_ni,
      .valid_i      (lane_valid),
      .first_i      (lane_ctl[1]),
      .last_i       (lane_ctl[0]),
      .q_neg_i      (q_neg_i[l]),
      .q_exp_i      (q_exp_i[l]),
      .q_sig_i      (q_sig_i[l]),
      .k_neg_i,
      .k_exp_i,
      .k_sig_i,
      .grid_extra_i,
      .scale_i      (scale_mantissa_i),
      .cap_en_i     (soft_cap_en_i),
      .cap_i        (soft_cap_i),
      .bias_i       ($signed(bias[l])),
      .bias_take_o  (unused_take[l]),
      .valid_o      (lane_done[l]),
      .score_o      (score[l]),
      .sat_product_o(sat_product[l]),
      .sat_score_o  (sat_score[l])
    );
  end

  flashd_score_buffer #(
    .Profile (Profile),
    .Lanes   (Lanes),
    .Slots   (Slots),
    .SlotBits(SlotBits)
  ) u_buffer (
    .clk_i,
    .rst_ni,
    .valid_i      (found_valid),
    .token_i      (found_token),
    .first_i      (tag_first),
    .last_i       (tag_last),
    .visible_i    (tag_visible),
    .nan_i        (tag_nan),
    .score_i      (score),
    .sat_product_i(sat_product),
    .sat_score_i  (sat_score),
    .found_o,
    .seen_o,
    .reference_o,
    .flags_o,
    .re_i,
    .raddr_i,
    .visible_o,
    .score_o
  );

  // Counters.
  always_comb begin
    tap_scored_o = '0;
    tap_saturated_o = '0;
    for (int l = 0; l < Lanes; l++) begin
      tap_scored_o += LaneBits'(found_valid && tag_visible[l]);
      tap_saturated_o += LaneBits'(found_valid && tag_visible[l] &&
                                   (sat_product[l] || sat_score[l]));
    end
  end

  logic unused;
  assign unused = ^{unused_take, lane_done};

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) disable iff (!rst_ni) found_valid == lane_done[0])
  else $error("flashd_score_array: the lanes and their tags are out of step");
`endif

endmodule
