// SPDX-License-Identifier: Apache-2.0
/// Scores of one query row: Width products a cycle on the absolute grid, summed over the beats of
/// a key, scaled, biased and clamped once (arith::product, scaled_sum, clamp_score).
///
/// A key is a run of beats from `first_i` to `last_i` (both in the same cycle for a single beat);
/// cycles without `valid_i` may lie between. Scale and grid are job constants.
/// Latency: LatencyScore cycles from the last beat to `valid_o`. One beat per cycle.
/// Back-pressure: none; the caller keeps room for the scores in flight.
/// Bias: with BiasDelay 1 it comes with the last beat and is delayed here (34 bits x 7 registers);
/// with BiasDelay 0 it is sampled in the cycle of `bias_take_o`, one before `valid_o`.
/// Does not: mask, count saturations (one flag per key), handle NaN or Inf (they count as zero).
module flashd_score_lane #(
  parameter int Profile = 0,
  parameter int Sig = 8,
  parameter int Width = 16,
  parameter int MaxHeadDim = 16,
  parameter bit BiasDelay = 1'b1,
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
  input  logic signed [23+F:0]             bias_i,
  output logic                             bias_take_o,
  output logic                             valid_o,
  output logic signed [17+F:0]             score_o,
  output logic                             sat_product_o,
  output logic                             sat_score_o
);
endmodule
