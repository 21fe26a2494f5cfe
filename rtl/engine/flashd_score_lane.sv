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
/// Bias: with BiasDelay 1 it comes with the last beat and is delayed here (7 registers of 24 + F
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
  if (flashd_spec_pkg::LatencyScore != 8 || flashd_spec_pkg::ScaleBits != 22) begin : gen_bad_spec
    $error("flashd_score_lane: built for LatencyScore 8 and ScaleBits 22.");
  end

  localparam int Extra = ($clog2(MaxHeadDim) + 1) / 2;
  // Signed value of a product: 12 + F + Extra bits of magnitude.
  localparam int ProductBits = flashd_spec_pkg::ProductRangeLog2 + F + Extra + 1;
  localparam bit OneBeat = MaxHeadDim <= Width;

  // Four levels take 256 values; a level with nothing left to add is a register.
  localparam int Log2 = $clog2(Width);
  localparam int Step0 = (Log2 > 2) ? 2 : Log2;
  localparam int Step1 = (Log2 - Step0 > 2) ? 2 : Log2 - Step0;
  localparam int Step2 = (Log2 - Step0 - Step1 > 2) ? 2 : Log2 - Step0 - Step1;
  localparam int Step3 = Log2 - Step0 - Step1 - Step2;

  // valid, first and last after n registers.
  logic [7:1] valid_q;
  logic [5:1] first_q;
  logic [6:1] last_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= '0;
    end else begin
      valid_q[6:1] <= {valid_q[5:1], valid_i};
      valid_q[7] <= valid_q[6] && last_q[6];
    end
  end
  always_ff @(posedge clk_i) begin
    first_q <= {first_q[4:1], first_i};
    last_q <= {last_q[5:1], last_i};
  end

  // Stage 1: significand products.
  logic [Width-1:0]              neg_d, neg_q;
  logic [Width-1:0][2*Sig-1:0]   exact_d, exact_q;
  logic [Width-1:0][2:0]         fine_d, fine_q;
  logic [Width-1:0][2:0]         block_d, block_q;
  logic [Width-1:0]              over_d, over_q;

  for (genvar e = 0; e < Width; e++) begin : gen_multiply
    flashd_product_multiply #(.Sig(Sig)) u_multiply (
      .q_neg_i(q_neg_i[e]),
      .q_exp_i(q_exp_i[e]),
      .q_sig_i(q_sig_i[e]),
      .k_neg_i(k_neg_i[e]),
      .k_exp_i(k_exp_i[e]),
      .k_sig_i(k_sig_i[e]),
      .neg_o(neg_d[e]),
      .exact_o(exact_d[e]),
      .fine_o(fine_d[e]),
      .block_o(block_d[e]),
      .over_o(over_d[e])
    );
  end

  always_ff @(posedge clk_i) begin
    neg_q <= neg_d;
    exact_q <= exact_d;
    fine_q <= fine_d;
    block_q <= block_d;
    over_q <= over_d;
  end

  // Stage 2: onto the grid and the first level of the tree; stages 3 to 5: the other levels.
  logic [Extra-1:0]                  grid_legal;
  logic [Width-1:0][ProductBits-1:0] product;
  logic [Width-1:0]                  carry;
  logic [Width-1:0]                  sat;

  for (genvar i = 0; i < Extra; i++) begin : gen_legal
    assign grid_legal[i] = grid_extra_i > 3'(i);
  end
  for (genvar e = 0; e < Width; e++) begin : gen_align
    flashd_product_align #(
      .Profile(Profile),
      .Sig(Sig),
      .MaxHeadDim(MaxHeadDim)
    ) u_align (
      .neg_i(neg_q[e]),
      .exact_i(exact_q[e]),
      .fine_i(fine_q[e]),
      .block_i(block_q[e]),
      .over_i(over_q[e]),
      .grid_legal_i(grid_legal),
      .value_o(product[e]),
      .carry_o(carry[e]),
      .sat_o(sat[e])
    );
  end

  localparam int N0 = Width >> Step0;
  localparam int N1 = N0 >> Step1;
  localparam int N2 = N1 >> Step2;
  localparam int B0 = ProductBits + Step0;
  localparam int B1 = B0 + Step1;
  localparam int B2 = B1 + Step2;
  // |sum of the beat| <= Width (2^(ProductBits-1) - 1).
  localparam int BeatBits = ProductBits + Log2;

  logic [N0-1:0][B0-1:0] sum0_q;
  logic [N1-1:0][B1-1:0] sum1_q;
  logic [N2-1:0][B2-1:0] sum2_q;
  logic [BeatBits-1:0]   sum3_q;
  logic [N0-1:0]         carry0_q;
  logic [N1-1:0]         carry1_q;
  logic [N2-1:0]         carry2_q;
  logic                  carry3_q;

  flashd_sum_level #(.Inputs(Width), .Bits(ProductBits), .Radix(1 << Step0)) u_level0 (
    .clk_i,
    .value_i(product),
    .carry_i(carry),
    .value_o(sum0_q),
    .carry_o(carry0_q)
  );
  flashd_sum_level #(.Inputs(N0), .Bits(B0), .Radix(1 << Step1)) u_level1 (
    .clk_i,
    .value_i(sum0_q),
    .carry_i(carry0_q),
    .value_o(sum1_q),
    .carry_o(carry1_q)
  );
  flashd_sum_level #(.Inputs(N1), .Bits(B1), .Radix(1 << Step2)) u_level2 (
    .clk_i,
    .value_i(sum1_q),
    .carry_i(carry1_q),
    .value_o(sum2_q),
    .carry_o(carry2_q)
  );
  flashd_sum_level #(.Inputs(N2), .Bits(B2), .Radix(1 << Step3)) u_level3 (
    .clk_i,
    .value_i(sum2_q),
    .carry_i(carry2_q),
    .value_o(sum3_q),
    .carry_o(carry3_q)
  );

  // Stage 6: the beats of a key. |sum| <= MaxHeadDim (2^(ProductBits-1) - 1).
  localparam int AccBits = OneBeat ? BeatBits : ProductBits + $clog2(MaxHeadDim);

  logic [AccBits-1:0] acc_q;
  logic [AccBits-1:0] acc_d;
  logic [AccBits-1:0] acc_kept;
  logic               unused_low;
  logic [5:2]         sat_q;
  logic               sat_acc_q;

  if (OneBeat) begin : gen_one_beat
    logic unused_first;
    assign unused_first = first_q[5];
    assign acc_kept = '0;
    assign {acc_d, unused_low} = {sum3_q, 1'b1} + {acc_kept, carry3_q};
    always_ff @(posedge clk_i) begin
      acc_q <= acc_d;
      sat_acc_q <= sat_q[5];
    end
  end else begin : gen_beats
    assign acc_kept = first_q[5] ? '0 : acc_q;
    assign {acc_d, unused_low} =
        {{(AccBits - BeatBits) {sum3_q[BeatBits-1]}}, sum3_q, 1'b1} + {acc_kept, carry3_q};
    always_ff @(posedge clk_i) begin
      if (valid_q[5]) begin
        acc_q <= acc_d;
        sat_acc_q <= sat_q[5] || (sat_acc_q && !first_q[5]);
      end
    end
  end

  always_ff @(posedge clk_i) begin
    sat_q <= {sat_q[4:2], |sat};
  end

  // Stage 7: times the scale's mantissa. Bits below the guard bit of the finest grid (weight 2^-1
  // at drop = 21) only matter by their carry.
  localparam int ScaledBits = AccBits + 22;
  localparam int KeptBits = ScaledBits - 20;

  logic [ScaledBits-1:0] scaled;
  logic [KeptBits-1:0]   scaled_q;
  logic                  sat_scaled_q;
  logic [19:0]           unused_scaled;

  flashd_multiply #(.Bits(AccBits), .Multiplier(22)) u_scale (
    .multiplicand_i(acc_q),
    .multiplier_i(scale_i),
    .product_o(scaled)
  );
  assign unused_scaled = scaled[19:0];

  always_ff @(posedge clk_i) begin
    scaled_q <= scaled[ScaledBits-1:20];
    sat_scaled_q <= sat_acc_q;
  end

  // Stage 8: round half up to 2^-F, add the bias, clamp. A head of d elements has a grid that is
  // finer by extra >= log2 sqrt d, so the scaled sum stays below MaxHeadDim 2^(13+F).
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

  assign kept = scaled_q;
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
      .clk_i, .rst_ni, .en_i(1'b1), .valid_i(valid_q[7]), .valid_o(valid_guarded), .busy_o());
    assign guarded = {capped, 1'b0};
    assign unused_cap = ^cap_i;
  end else begin : gen_no_soft_cap
    logic unused_cap;
    assign guarded = scaled_guarded;
    assign sat_guarded = sat_scaled_q;
    assign valid_guarded = valid_q[7];
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
    localparam int Cycles = 7 + ((SoftCap != 0) ? flashd_spec_pkg::LatencySoftCap : 0);
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
