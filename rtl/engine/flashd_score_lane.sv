// SPDX-License-Identifier: Apache-2.0
/// Scores of one query row: Width products a cycle on the absolute grid, summed over the beats of
/// a key, scaled, biased and clamped once (arith::product, scaled_sum, clamp_score).
///
/// A key is a run of beats from `first_i` to `last_i` (both in the same cycle for a single beat);
/// cycles without `valid_i` may lie between. Scale and grid are job constants.
/// With SoftCap 1 the scaled sum passes through flashd_soft_cap, enabled or not.
/// Latency: LatencyScore cycles from the last beat to `valid_o`, LatencySoftCap more with SoftCap
/// 1. One beat per cycle.
/// Back-pressure: none; the caller keeps room for the scores in flight.
/// Bias: with BiasDelay 1 it comes with the last beat and is delayed here (4 registers of 24 + F
/// bits, more with SoftCap 1); with BiasDelay 0 it is sampled in the cycle of `bias_take_o`, one
/// before `valid_o`.
/// Does not: mask, count saturations (one flag per key), handle NaN or Inf (they count as zero).
module flashd_score_lane #(
  parameter int Profile = 0,
  parameter int Sig = 8,
  parameter int Width = 16,
  parameter int MaxHeadDim = 16,
  parameter bit BiasDelay = 1'b1,
  parameter int SoftCap = 0,
  localparam int F = flashd_spec_pkg::score_frac(Profile)
) (
  input  logic                             clk_i,
  input  logic                             rst_ni,
  input  logic                             valid_i,
  input  logic                             first_i,
  input  logic                             last_i,
  input  logic        [Width-1:0]          q_neg_i,
  input  logic        [Width-1:0][9:0]     q_exp_i,
  input  logic        [Width-1:0][Sig-1:0] q_sig_i,
  input  logic        [Width-1:0]          k_neg_i,
  input  logic        [Width-1:0][7:0]     k_exp_i,
  input  logic        [Width-1:0][Sig-1:0] k_sig_i,
  input  logic        [2:0]                grid_extra_i,
  input  logic        [21:0]               scale_i,
  input  logic                             cap_en_i,
  input  logic        [63:0]               cap_i,          // soft-cap word of the spec
  input  logic signed [23+F:0]             bias_i,
  output logic                             bias_take_o,
  output logic                             valid_o,
  output logic signed [17+F:0]             score_o,
  output logic                             sat_product_o,
  output logic                             sat_score_o
);

  if (Profile != 0 && Profile != 1) begin : gen_bad_profile
    $error("flashd_score_lane: Profile must be 0 (fine) or 1 (lean).");
  end
  if (Sig != 8 && Sig != 11) begin : gen_bad_sig
    $error("flashd_score_lane: Sig must be 8 (BF16) or 11 (BF16 and FP16).");
  end
  if (Width < 2 || Width > 256 || Width != 1 << $clog2(Width)) begin : gen_bad_width
    $error("flashd_score_lane: Width must be a power of two from 2 to 256.");
  end
  if (MaxHeadDim < 8 || MaxHeadDim > flashd_spec_pkg::MaxHeadDim) begin : gen_bad_head
    $error("flashd_score_lane: MaxHeadDim must be 8 to 256.");
  end
  if (flashd_spec_pkg::LatencyScore != 5 || flashd_spec_pkg::ScaleBits != 22) begin : gen_bad_spec
    $error("flashd_score_lane: built for LatencyScore 5 and ScaleBits 22.");
  end

  localparam int Extra = ($clog2(MaxHeadDim) + 1) / 2;
  // Signed value of a product: 12 + F + Extra bits of magnitude.
  localparam int ProductBits = flashd_spec_pkg::ProductRangeLog2 + F + Extra + 1;
  localparam bit OneBeat = MaxHeadDim <= Width;

  // Products are compressed in groups, then the groups.
  localparam int Group = (Width < 16) ? Width : 16;
  localparam int Groups = Width / Group;

  // valid, first and last after n registers.
  logic [4:1] valid_q;
  logic [2:1] first_q;
  logic [3:1] last_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= '0;
    end else begin
      valid_q[3:1] <= {valid_q[2:1], valid_i};
      valid_q[4] <= valid_q[3] && last_q[3];
    end
  end
  always_ff @(posedge clk_i) begin
    first_q <= {first_q[1], first_i};
    last_q <= {last_q[2:1], last_i};
  end

  // |sum of the beats| <= MaxHeadDim (2^(ProductBits-1) - 1), with one beat of Width elements.
  localparam int GroupBits = ProductBits + $clog2(Group);
  localparam int BeatBits = ProductBits + $clog2(Width);
  localparam int AccBits = OneBeat ? BeatBits : ProductBits + $clog2(MaxHeadDim);

  // Every product of a group is raised by 2^(ProductBits-1), a beat by 2^(BeatBits-1), which is
  // taken off as a number of its own.
  localparam logic [AccBits-1:0] Raised = {AccBits{1'b1}} << (BeatBits - 1);

  // Stages 1 and 2: products, groups of them as two numbers.
  logic [Extra-1:0]                   grid_legal;
  logic [2*Groups-1:0][GroupBits-1:0] half;
  logic [2*Groups-1:0]                left;
  logic [Groups-1:0]                  sat;

  for (genvar i = 0; i < Extra; i++) begin : gen_legal
    assign grid_legal[i] = grid_extra_i > 3'(i);
  end
  for (genvar g = 0; g < Groups; g++) begin : gen_group
    flashd_score_group #(
      .Profile(Profile),
      .Sig(Sig),
      .Group(Group),
      .MaxHeadDim(MaxHeadDim)
    ) u_group (
      .clk_i,
      .rst_ni,
      .valid_i,
      .q_neg_i(q_neg_i[g*Group+:Group]),
      .q_exp_i(q_exp_i[g*Group+:Group]),
      .q_sig_i(q_sig_i[g*Group+:Group]),
      .k_neg_i(k_neg_i[g*Group+:Group]),
      .k_exp_i(k_exp_i[g*Group+:Group]),
      .k_sig_i(k_sig_i[g*Group+:Group]),
      .grid_legal_i(grid_legal),
      .sum_o(half[2*g]),
      .carry_o(half[2*g+1]),
      .left_o(left[2*g+:2]),
      .sat_o(sat[g])
    );
  end

  // Stage 3: the groups and the beats of a key before this one.
  localparam int Rows = 2 * Groups + (OneBeat ? 1 : 2);

  logic [Rows-1:0][AccBits-1:0] row;
  logic [Rows-1:0] row_carry;
  logic [AccBits-1:0] acc_sum;
  logic [AccBits-1:0] acc_carries;
  logic [1:0]         acc_left;
  logic [AccBits-1:0] acc_d;
  logic [AccBits-1:0] acc_q;
  logic               unused_low;
  logic               unused_left;
  logic               sat_acc_q;

  for (genvar r = 0; r < 2 * Groups; r++) begin : gen_half
    assign row[r] = AccBits'(half[r]);
  end
  assign row[2*Groups] = Raised;
  if (OneBeat) begin : gen_one_beat
    logic unused_first;
    assign unused_first = first_q[2];
    // Rows carries: the last two are the adder's carry and none.
    assign row_carry = {1'b0, left};
  end else begin : gen_beats
    assign row[2*Groups+1] = acc_q & {AccBits{!first_q[2]}};
    assign row_carry = {2'b00, left};
  end
  flashd_compress #(.Inputs(Rows), .Bits(AccBits)) u_groups (
    .value_i(row),
    .carry_i(row_carry),
    .value_o({acc_carries, acc_sum}),
    .left_o(acc_left)
  );
  assign {acc_d, unused_low} = {acc_sum, 1'b1} + {acc_carries, acc_left[0]};
  assign unused_left = acc_left[1];

  always_ff @(posedge clk_i) begin
    if (valid_q[2]) begin
      acc_q <= acc_d;
      sat_acc_q <= (|sat) || (sat_acc_q && !OneBeat && !first_q[2]);
    end
  end

  // Stage 4: times the scale's mantissa, its low half with all carries. Bits below the guard bit of
  // the finest grid (weight 2^-1 at drop = 21) only matter by their carry.
  localparam int ScaledBits = AccBits + 22;
  localparam int KeptBits = ScaledBits - 20;
  localparam int LowBits = 20 + KeptBits / 4;

  logic [ScaledBits-1:0]         scaled_sum;
  logic [ScaledBits-1:0]         scaled_carries;
  logic [LowBits:0]              low;
  logic [LowBits-20:0]           low_q;
  logic [ScaledBits-LowBits-1:0] high_sum_q;
  logic [ScaledBits-LowBits-1:0] high_carries_q;
  logic [KeptBits-1:0]           scaled;
  logic                          sat_scaled_q;
  logic                          unused_scaled;

  flashd_booth #(.Bits(AccBits), .Multiplier(22)) u_scale (
    .multiplicand_i(acc_q),
    .multiplier_i(scale_i),
    .sum_o(scaled_sum),
    .carry_o(scaled_carries)
  );
  assign low = {1'b0, scaled_sum[LowBits-1:0]} + {1'b0, scaled_carries[LowBits-1:0]};
  assign unused_scaled = ^low[19:0];

  always_ff @(posedge clk_i) begin
    low_q <= low[LowBits:20];
    high_sum_q <= scaled_sum[ScaledBits-1:LowBits];
    high_carries_q <= scaled_carries[ScaledBits-1:LowBits];
    sat_scaled_q <= sat_acc_q;
  end

  // Stage 5: the high half; round half up to 2^-F, add the bias, clamp. A head of d elements has a
  // grid that is finer by extra >= log2 sqrt d, so the scaled sum stays below MaxHeadDim 2^(13+F).
  localparam int RoundBits = 13 + F + $clog2(MaxHeadDim) + 2;
  // |bias| < 2^(23+F), |scaled sum| <= 2^(21+F): one bit more than the bias.
  localparam int TotalBits = 25 + F;

  logic signed [KeptBits-1:0] kept;
  logic [RoundBits-1:0]       scaled_guarded;
  logic [RoundBits-1:0]       guarded;      // as it meets the bias
  logic                       sat_guarded;
  logic                       valid_guarded;
  logic signed [23+F:0]       bias;
  logic [TotalBits-1:0]       total;
  logic                       unused_low_total;
  logic                       negative;
  logic                       over;
  logic                       lowest;
  logic [16+F:0]              clamped;

  logic unused_high;
  assign {scaled[KeptBits-1:LowBits-20], unused_high} =
      {high_sum_q, 1'b1} + {high_carries_q, low_q[LowBits-20]};
  assign scaled[LowBits-21:0] = low_q[LowBits-21:0];
  assign kept = scaled;
  assign scaled_guarded = RoundBits'(kept >>> grid_extra_i);
  if (SoftCap != 0) begin : gen_soft_cap
    localparam int CapBits = RoundBits - 1;
    logic signed [CapBits-1:0] uncapped;
    logic signed [CapBits-1:0] capped;
    logic                      unused_low_cap;
    logic                      unused_cap;
    assign {uncapped, unused_low_cap} = {scaled_guarded[RoundBits-1:1], 1'b1} +
        {{CapBits{1'b0}}, scaled_guarded[0]};
    flashd_soft_cap #(.Profile(Profile), .ScoreBits(CapBits)) u_soft_cap (
      .clk_i,
      .enable_i(cap_en_i),
      .inverse_i(cap_i[flashd_spec_pkg::SoftCapInverseLow+:flashd_spec_pkg::SoftCapInverseBits]),
      .shift_i(cap_i[flashd_spec_pkg::SoftCapShiftLow+:flashd_spec_pkg::SoftCapShiftBits]),
      .cap_i(cap_i[flashd_spec_pkg::SoftCapCapLow+:flashd_spec_pkg::SoftCapCapBits]),
      .score_i(uncapped),
      .score_o(capped)
    );
    flashd_delay #(.Bits(1), .Cycles(flashd_spec_pkg::LatencySoftCap)) u_sat (
      .clk_i, .en_i(1'b1), .data_i(sat_scaled_q), .data_o(sat_guarded));
    flashd_delay_valid #(.Cycles(flashd_spec_pkg::LatencySoftCap)) u_valid (
      .clk_i, .rst_ni, .en_i(1'b1), .valid_i(valid_q[4]), .valid_o(valid_guarded), .busy_o());
    assign guarded = {capped, 1'b0};
    assign unused_cap = ^cap_i;
  end else begin : gen_no_soft_cap
    logic unused_cap;
    assign guarded = scaled_guarded;
    assign sat_guarded = sat_scaled_q;
    assign valid_guarded = valid_q[4];
    assign unused_cap = ^{cap_en_i, cap_i};
  end
  assign {total, unused_low_total} =
      {{(TotalBits - RoundBits + 1) {guarded[RoundBits-1]}}, guarded[RoundBits-1:1], 1'b1} +
      {bias[23+F], bias, guarded[0]};
  assign negative = total[TotalBits-1];
  assign over = total[TotalBits-2:17+F] != {(TotalBits - 18 - F) {negative}};
  assign lowest = negative && (total[16+F:0] == '0);
  // Beyond range 2^(17+F) - 1 or its negative, whose lowest bit is one.
  assign clamped = (over ? {(17 + F) {!negative}} : total[16+F:0]) |
      (17 + F)'((over && negative) || lowest);

  always_ff @(posedge clk_i) begin
    score_o <= {negative, clamped};
    sat_product_o <= sat_guarded;
    sat_score_o <= over || lowest;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_o <= 1'b0;
    end else begin
      valid_o <= valid_guarded;
    end
  end

  if (BiasDelay) begin : gen_bias_delay
    localparam int Cycles = 4 + ((SoftCap != 0) ? flashd_spec_pkg::LatencySoftCap : 0);
    logic [Cycles:1][23+F:0] bias_q;
    always_ff @(posedge clk_i) begin
      bias_q <= {bias_q[Cycles-1:1], bias_i};
    end
    assign bias = bias_q[Cycles];
  end else begin : gen_bias_late
    assign bias = bias_i;
  end
  assign bias_take_o = valid_guarded;

endmodule
