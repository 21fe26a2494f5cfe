// SPDX-License-Identifier: Apache-2.0
/// ALiBi of one key, -slope |distance| on the score grid 2^-F (arith::alibi): exact product, one
/// rounding, saturated as a bias.
///
/// `mantissa_i`, `drop_i` and `negative_i` are the fields of the head's slope word (spec, `words`);
/// they may change every cycle, as the distance may.
/// Latency: LatencyAlibi cycles, one result a cycle. Back-pressure: none, free running.
/// Does not: carry a valid bit; add the bias (saturate the sum once more: arith::add_bias).
module flashd_alibi #(
  parameter int Profile = 0,
  localparam int F = flashd_spec_pkg::score_frac(Profile),
  localparam int BiasBits = flashd_spec_pkg::BiasRangeLog2 + 1 + F
) (
  input  logic                       clk_i,
  input  logic signed [32:0]         distance_i,
  input  logic        [31:0]         mantissa_i,
  input  logic        [6:0]          drop_i,
  input  logic                       negative_i,
  output logic signed [BiasBits-1:0] value_o
);

  if (Profile != 0 && Profile != 1) begin : gen_bad_profile
    $error("flashd_alibi: Profile must be 0 (fine) or 1 (lean).");
  end
  if (flashd_spec_pkg::LatencyAlibi != 3 || flashd_spec_pkg::AlibiMantissaBits != 32 ||
      flashd_spec_pkg::AlibiDropBits != 7 || F < 8) begin : gen_bad_spec
    $error("flashd_alibi: built for LatencyAlibi 3, slope words of 32 and 7 bits and F from 8.");
  end

  // Stage 1: |distance| <= 2^32.
  logic [32:0] keys_q;
  logic [31:0] mantissa_q;
  logic [6:0]  drop_first_q;
  logic        neg_first_q;

  always_ff @(posedge clk_i) begin
    keys_q <= (distance_i ^ {33{distance_i[32]}}) + {32'b0, distance_i[32]};
    mantissa_q <= mantissa_i;
    drop_first_q <= drop_i;
    neg_first_q <= !negative_i;
  end

  // Stage 2: exact product, at most 2^32 (2^32 - 1).
  logic [65:0] exact;
  logic [63:0] exact_q;
  logic [6:0]  drop_q;
  logic        neg_q;
  logic [1:0]  unused_exact;

  flashd_multiply #(.Bits(34), .Multiplier(32)) u_multiply (
    .multiplicand_i({1'b0, keys_q}),
    .multiplier_i(mantissa_q),
    .product_o(exact)
  );
  assign unused_exact = exact[65:64];

  always_ff @(posedge clk_i) begin
    exact_q <= exact[63:0];
    drop_q <= drop_first_q;
    neg_q <= neg_first_q;
  end

  // Stage 3: to the grid with a guard bit. Mantissa 2^(AlibiMaxLog2 - drop - 31), times 2^(F+1).
  localparam int Left = flashd_spec_pkg::AlibiMaxLog2 - 31 + F + 1;

  logic [63+Left:0]           aligned;
  logic signed [BiasBits-1:0] value;

  assign aligned = {exact_q, {Left{1'b0}}} >> drop_q;
  flashd_bias_round #(.Bits(BiasBits)) u_round (
    .neg_i(neg_q),
    .over_i(aligned[63+Left:BiasBits] != '0),
    .half_i(aligned[BiasBits-1:0]),
    .value_o(value)
  );

  always_ff @(posedge clk_i) begin
    value_o <= value;
  end

endmodule
