// SPDX-License-Identifier: Apache-2.0
/// One element of a finished row: o 2^(VE-30) to the nearest BF16, ties to even
/// (arith::round_output; flashd_round does the other formats).
///
/// No negation: of a negative o the complement n = |o| - 1 is rounded as n + 1 - (almost nothing),
/// with ones shifted in below. That is a tie where all bits below a guard bit of zero are ones,
/// and above it where the guard bit is one.
/// `v_exp_i` is VE, at least -127.
/// Latency: LatencyRound cycles. Back-pressure: `en_i` low freezes everything.
/// Does not: know rows without keys.
module flashd_lane_round (
  input  logic               clk_i,
  input  logic               en_i,
  input  logic signed [31:0] o_i,
  input  logic signed [7:0]  v_exp_i,
  output logic [15:0]        bits_o
);

  if (flashd_spec_pkg::LatencyRound != 2 || flashd_spec_pkg::OFrac != 30 ||
      flashd_spec_pkg::OBits != 32) begin : gen_bad_spec
    $error("flashd_lane_round: built for LatencyRound 2 and o of 32 bits, 30 of them fraction.");
  end

  // Stage 1: shifted left until the leading one is on top, or the exponent is the smallest: VE +
  // 127 positions down, if that is below 32.
  logic [7:0]  room;
  logic [4:0]  leading;
  logic [4:0]  lowest;
  logic [4:0]  top;
  logic [31:0] normal;
  logic [8:0]  head_q;   // significand and guard bit
  logic        even_q;   // the bits below are all zero, or of a negative o all ones
  logic [8:0]  field_q;  // biased exponent of the highest bit
  logic        neg_q;

  assign room = v_exp_i + 8'd127;
  flashd_leading_one #(.Log2(5)) u_leading_one (
    .word_i(o_i ^ {32{o_i[31]}}),
    .position_o(leading)
  );
  assign lowest = ~room[4:0] & {5{room[7:5] == '0}};
  assign top = (leading > lowest) ? leading : lowest;
  // Still to be complemented.
  assign normal = o_i << ~top;

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      head_q <= normal[31:23] ^ {9{o_i[31]}};
      even_q <= normal[22:0] == '0;
      // VE + 1 + 127 - (31 - top).
      field_q <= {1'b0, room} + 9'd1 - {4'b0, ~top};
      neg_q <= o_i[31];
    end
  end

  // Stage 2.
  logic       up;
  logic [8:0] rounded;
  logic [8:0] field;
  logic       infinite;
  logic       zero;

  assign up = neg_q ? (head_q[0] || (even_q && head_q[1])) : (head_q[0] && (!even_q || head_q[1]));
  assign rounded = {1'b0, head_q[8:1]} + {8'b0, up};
  // The highest bit counts one more than a subnormal's exponent field, a carry out two.
  assign field = field_q - 9'd1 + {7'b0, rounded[8:7]};
  assign zero = rounded == '0;
  assign infinite = field > 9'd254;

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      bits_o[15] <= neg_q;
      bits_o[14:7] <= (field[7:0] | {8{infinite}}) & {8{!zero}};
      bits_o[6:0] <= rounded[6:0] & {7{!infinite}};
    end
  end

endmodule
