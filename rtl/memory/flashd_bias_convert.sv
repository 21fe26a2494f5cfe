// SPDX-License-Identifier: Apache-2.0
/// One element of an additive bias in nats to the score grid 2^-F (arith::make_bias): times log2(e)
/// exactly, rounded once, halves away from zero, saturated.
///
/// `format_i`: 0 FP32, 1 BF16, 2 FP16; 16-bit formats in the low half of `bits_i`, which count as
/// the float32 of the same value. `mask_o`: -inf or below -65536, the key is not visible. `nan_o`:
/// NaN or +inf. `value_o` is 0 with either.
/// Latency: LatencyBias cycles, one element a cycle. Back-pressure: none, free running.
/// Does not: carry a valid bit.
module flashd_bias_convert #(
  parameter int Profile = 0,
  localparam int F = flashd_spec_pkg::score_frac(Profile),
  localparam int BiasBits = flashd_spec_pkg::BiasRangeLog2 + 1 + F
) (
  input  logic                       clk_i,
  input  logic        [31:0]         bits_i,
  input  logic        [1:0]          format_i,
  output logic signed [BiasBits-1:0] value_o,
  output logic                       mask_o,
  output logic                       nan_o
);

  if (Profile != 0 && Profile != 1) begin : gen_bad_profile
    $error("flashd_bias_convert: Profile must be 0 (fine) or 1 (lean).");
  end
  if (flashd_spec_pkg::LatencyBias != 3 || flashd_spec_pkg::Log2eBits != 32 ||
      flashd_spec_pkg::BiasMask != -65536 ||
      flashd_spec_pkg::BiasRangeLog2 != 23) begin : gen_bad_spec
    $error("flashd_bias_convert: built for LatencyBias 3, log2(e) of 32 bits, masks below -65536.");
  end

  // Stage 1: exponent field and significand as of a float32. An FP16 subnormal keeps the exponent
  // of the smallest normal and has no leading one.
  localparam logic [1:0] Bf16 = 2'd1;
  localparam logic [1:0] Fp16 = 2'd2;
  localparam logic [7:0] Fp16Offset = 8'd112;
  localparam logic [7:0] MaskField = 8'd143;  // 2^16
  localparam logic [7:0] TopField = 8'(160 - F);

  logic        neg;
  logic        leading;
  logic        special;  // NaN or Inf
  logic [7:0]  field;
  logic [22:0] fraction;
  logic        mask;

  always_comb begin
    unique case (format_i)
      Bf16: begin
        neg = bits_i[15];
        field = bits_i[14:7];
        fraction = {bits_i[6:0], 16'b0};
        leading = bits_i[14:7] != '0;
        special = bits_i[14:7] == '1;
      end
      Fp16: begin
        neg = bits_i[15];
        field = {3'b0, bits_i[14:10]} + Fp16Offset + {7'b0, bits_i[14:10] == '0};
        fraction = {bits_i[9:0], 13'b0};
        leading = bits_i[14:10] != '0;
        special = bits_i[14:10] == '1;
      end
      default: begin
        neg = bits_i[31];
        field = bits_i[30:23];
        fraction = bits_i[22:0];
        leading = bits_i[30:23] != '0;
        special = bits_i[30:23] == '1;
      end
    endcase
  end
  assign mask = neg && (special ? fraction == '0 :
      (field > MaskField) || (field == MaskField && fraction != '0));

  logic        neg_first_q;
  logic        mask_first_q;
  logic        nan_first_q;
  logic        above_first_q;
  logic        below_first_q;
  logic [5:0]  drop_first_q;
  logic [23:0] significand_q;
  logic [8:0]  distance;  // to the largest field that may not saturate

  assign distance = {1'b0, TopField} - {1'b0, field};

  always_ff @(posedge clk_i) begin
    neg_first_q <= neg;
    mask_first_q <= mask;
    nan_first_q <= special && !mask;
    above_first_q <= distance[8];
    below_first_q <= !distance[8] && (distance[7:6] != '0);
    drop_first_q <= distance[5:0];
    significand_q <= {leading, fraction};
  end

  // Stage 2: times log2(e), a constant whose digits 1 and -1 (non-adjacent form) are the bits of
  // 3 Log2e & ~Log2e and Log2e & ~3 Log2e. 24 x 32 bits: 56.
  localparam logic [33:0] Once = {2'b00, flashd_spec_pkg::Log2e};
  localparam logic [33:0] Thrice = Once + {Once[32:0], 1'b0};
  localparam logic [33:0] Plus = (Thrice & ~Once) >> 1;
  localparam logic [33:0] Minus = (Once & ~Thrice) >> 1;
  // At TopField the product's bit 21 weighs one unit, bit 20 is the guard.
  localparam int Cut = 20;

  logic [55:0]          exact;
  logic [55-Cut:0]      exact_q;
  logic [Cut-1:0]       unused_exact;
  logic                 neg_q;
  logic                 mask_q;
  logic                 nan_q;
  logic                 above_q;
  logic [5:0]           drop_q;

  always_comb begin
    exact = '0;
    for (int i = 0; i < 34; i++) begin
      if (Plus[i]) exact += 56'(significand_q) << i;
      if (Minus[i]) exact -= 56'(significand_q) << i;
    end
  end
  assign unused_exact = exact[Cut-1:0];

  always_ff @(posedge clk_i) begin
    exact_q <= exact[55:Cut] & {(56 - Cut) {!below_first_q}};
    neg_q <= neg_first_q;
    mask_q <= mask_first_q;
    nan_q <= nan_first_q;
    above_q <= above_first_q;
    drop_q <= drop_first_q;
  end

  // Stage 3: to the grid. The product at TopField is below 2^35 units and half a unit.
  logic [55-Cut:0]            aligned;
  logic signed [BiasBits-1:0] value;

  assign aligned = exact_q >> drop_q;
  flashd_bias_round #(.Bits(BiasBits)) u_round (
    .neg_i(neg_q),
    .over_i(above_q || (aligned[55-Cut:BiasBits] != '0)),
    .half_i(aligned[BiasBits-1:0]),
    .value_o(value)
  );

  always_ff @(posedge clk_i) begin
    value_o <= value & {BiasBits{!mask_q && !nan_q}};
    mask_o <= mask_q;
    nan_o <= nan_q;
  end

endmodule
