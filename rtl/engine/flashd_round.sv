// SPDX-License-Identifier: Apache-2.0
/// One element of a finished row: o 2^(VE-30) to the nearest value of the output format, ties to
/// even, overflow to Inf, as float32 bits (arith::round_output); NaN rows give 0x7FC00000.
///
/// `format_i`: 0 FP32, 1 BF16, 2 FP16. `v_exp_i` is VE, at least -127, there a cycle before `o_i`:
/// a constant of the sequence.
/// Latency: LatencyRound cycles. Back-pressure: `en_i` low freezes everything.
/// Does not: pack 16-bit formats; the result is a float32 that the format holds exactly.
module flashd_round (
  input  logic               clk_i,
  input  logic               en_i,
  input  logic signed [31:0] o_i,
  input  logic signed [8:0]  v_exp_i,
  input  logic        [1:0]  format_i,
  input  logic               nan_i,
  output logic        [31:0] bits_o
);

  if (flashd_spec_pkg::LatencyRound != 2 || flashd_spec_pkg::OFrac != 30 ||
      flashd_spec_pkg::OBits != 32) begin : gen_bad_spec
    $error("flashd_round: built for LatencyRound 2 and o of 32 bits, 30 of them fraction.");
  end

  localparam logic [1:0] Bf16 = 2'd1;
  localparam logic [1:0] Fp16 = 2'd2;

  // Stage 1: magnitude, shifted left until its leading one is on top or the exponent is float32's
  // smallest. The marker ends the search there: VE + 127 positions down, if that is below 32. The
  // search is for the leading digit of o that differs from its sign, so it does not wait for the
  // magnitude: of -2^k that is one place below the leading one, which then lies in bit 32, where
  // stage 2 has its carry.
  logic [31:0] digits;
  logic [31:0] magnitude;
  logic [31:0] marker_q;
  logic [8:0]  room_q;
  logic [4:0]  top;
  logic [32:0] normal_q;
  logic [9:0]  below_q;  // 113 - biased float32 exponent of bit 31: binades below FP16's 2^-14
  logic        neg_q;
  logic        nan_q;
  logic [1:0]  format_q;

  assign digits = o_i ^ {32{o_i[31]}};
  assign magnitude = digits + {31'b0, o_i[31]};
  always_ff @(posedge clk_i) begin
    room_q <= v_exp_i + 9'd127;
    for (int i = 0; i < 32; i++) marker_q[i] <= v_exp_i == 9'(-96 - i);
  end
  flashd_leading_one #(.Log2(5)) u_leading_one (
    .word_i(digits | marker_q),
    .position_o(top)
  );

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      normal_q <= {1'b0, magnitude} << ~top;
      // The exponent is VE + 1 + 127 - (31 - top), 1 to 383.
      below_q <= 10'd112 - {1'b0, room_q} + {5'b0, ~top};
      neg_q <= o_i[31];
      nan_q <= nan_i;
      format_q <= format_i;
    end
  end

  // Stage 2: round at the format's last bit, above the lowest 8, 24 or, for FP16, 21 bits and one
  // more for every binade below its smallest normal.
  logic        fp16;
  logic        bf16;
  logic [3:0]  below;
  logic        vanishes;
  logic [32:0] under;     // ones below the last bit
  logic        last;      // the last bit
  logic [32:0] sum;
  logic        unused_low;
  logic [32:0] rounded;
  logic [9:0]  field;
  logic        infinite;
  logic        zero;
  logic        unused_rounded;

  assign fp16 = format_q == Fp16;
  assign bf16 = format_q == Bf16;
  assign vanishes = fp16 && !below_q[9] && (below_q[8:0] > 9'd11);
  assign below = below_q[3:0] & {4{!below_q[9]}};
  always_comb begin
    under = {12'b0, {13{fp16 || bf16}}, 8'hFF};
    for (int i = 0; i < 12; i++) under[21+i] = (bf16 && (i < 3)) || (fp16 && (below > 4'(i)));
  end
  assign last = ((normal_q & ~under & {under[31:0], 1'b1}) != '0);
  // Half minus one, plus the last bit as the carry-in.
  assign {sum, unused_low} = {normal_q, 1'b1} + {1'b0, under[32:1], last};
  assign rounded = sum & ~under;
  // Bit 31 counts one more than a subnormal's exponent field, a carry out two.
  assign field = ~below_q + 10'd113 + {8'b0, rounded[32:31]};
  assign zero = (rounded == '0) || vanishes;
  assign infinite = (format_q == Fp16) ? (field > 10'd142) : (field > 10'd254);
  assign unused_rounded = ^rounded[7:0];

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      if (nan_q) begin
        bits_o <= 32'h7FC0_0000;
      end else begin
        bits_o[31] <= neg_q;
        bits_o[30:23] <= (field[7:0] | {8{infinite}}) & {8{!zero}};
        bits_o[22:0] <= rounded[30:8] & {23{!infinite && !zero}};
      end
    end
  end

endmodule
