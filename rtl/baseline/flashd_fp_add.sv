// SPDX-License-Identifier: Apache-2.0
/// Sum of two floating-point values {sign, exponent field of 8 bits, Fraction bits}, rounded to
/// nearest even.
///
/// A value whose exponent field is 0 is zero, whatever its other bits; a sum below 2^-126 after
/// rounding becomes zero, whose other bits may be anything. The leading one of `a` is implied, that
/// of `b` stands at `b_lead_i`: 0 makes it a value without, which must then be the smaller one.
/// Latency: none, combinational. Back-pressure: none.
/// Does not: handle Inf or NaN, nor overflow, where the exponent wraps.
module flashd_fp_add #(
  parameter int Fraction = 23,
  localparam int Bits = Fraction + 9
) (
  input  logic [Bits-1:0] a_i,
  input  logic [Bits-1:0] b_i,
  input  logic            b_lead_i,
  output logic [Bits-1:0] sum_o
);

  if (Fraction < 7 || Fraction > 27) begin : gen_bad_fraction
    $error("flashd_fp_add: Fraction must be from 7 to 27.");
  end

  // Places to shift: from 2^Shift on nothing is left.
  localparam int Shift = $clog2(Fraction + 4);
  localparam int Word = Fraction + 3;               // significand and two guard bits
  // Leading one that may be where cancellation leaves it.
  localparam int Near = Fraction + 1;
  localparam int NearLog2 = $clog2(Near);
  localparam int Padded = 1 << NearLog2;

  // Magnitudes: one subtraction orders them, and its upper bits are the difference of the exponents
  // but for a borrow from the fractions, which is undone by one more place.
  logic                swap;
  logic [Bits-2:0]     difference;
  logic                one_more;
  logic [7:0]          distance;
  logic                minus;
  logic [Bits-1:0]     larger;
  logic                lesser_zero;
  logic [Fraction:0]   lesser;

  assign {swap, difference} = {1'b0, a_i[Bits-2:0]} - {1'b0, b_i[Bits-2:0]};
  assign minus = a_i[Bits-1] ^ b_i[Bits-1];
  assign larger = swap ? b_i : a_i;
  assign lesser_zero = swap ? (a_i[Bits-2:Fraction] == '0) : (b_i[Bits-2:Fraction] == '0);
  assign lesser = (swap ? {1'b1, a_i[Fraction-1:0]} : {b_lead_i, b_i[Fraction-1:0]}) &
      {(Fraction + 1) {!lesser_zero}};
  assign distance = difference[Bits-2:Fraction] ^ {8{swap}};
  assign one_more = difference[Fraction] ^ a_i[Fraction] ^ b_i[Fraction] ^ swap;

  // Alignment.
  logic [Word-1:0] aligned;
  logic            sticky;
  always_comb begin
    aligned = {lesser, 2'b00};
    sticky = 1'b0;
    if (one_more) aligned = aligned >> 1;
    for (int i = 0; i < Shift; i++) begin
      if (distance[i]) begin
        for (int j = 0; j < Word; j++) if (j < (1 << i)) sticky |= aligned[j];
        aligned = aligned >> (1 << i);
      end
    end
    if (distance[7:Shift] != '0) begin
      sticky = !lesser_zero;
      aligned = '0;
    end
  end

  // Sum, the larger one's leading one being bit Word - 1.
  logic [Word:0] total;
  logic          unused_carry;
  assign {total, unused_carry} = {2'b01, larger[Fraction-1:0], 2'b00, 1'b1} +
      {{1'b0, aligned} ^ {(Word + 1) {minus}}, minus && !sticky};

  // The leading one moved up, stayed or moved down by one: rounding. Further down there is nothing
  // to round, for the exponents differed by one at most.
  logic                near;
  logic [Fraction:0]   kept;      // fraction and guard bit
  logic                rest;
  logic                up;
  logic [Fraction-1:0] near_fraction;
  logic [NearLog2-1:0] zeros;
  logic                nothing;

  assign near = total[Word:Word-2] == '0;
  always_comb begin
    if (total[Word]) begin
      kept = total[Word-1-:Fraction+1];
      rest = (total[1:0] != '0) || sticky;
    end else if (total[Word-1]) begin
      kept = total[Word-2-:Fraction+1];
      rest = total[0] || sticky;
    end else begin
      kept = total[Word-3-:Fraction+1];
      rest = sticky;
    end
  end
  assign up = kept[0] && (kept[1] || rest) && !near;

  always_comb begin
    logic [Padded-1:0] word;
    word = Padded'(total[Near-1:0]) << (Padded - Near);
    zeros = '0;
    for (int i = NearLog2 - 1; i >= 0; i--) begin
      zeros[i] = (word >> (Padded - (1 << i))) == '0;
      if (zeros[i]) word = word << (1 << i);
    end
    near_fraction = word[Padded-2-:Fraction];
    nothing = !word[Padded-1];
  end

  // The exponent moves by 1, 0, -1 or -2 - zeros.
  logic [Fraction-1:0] fraction;
  logic                carry;
  logic [5:0]          move;
  logic [8:0]          exponent;

  assign {carry, fraction} = {1'b0, near ? near_fraction : kept[Fraction:1]} + (Fraction + 1)'(up);
  assign move = near ? 6'd62 - 6'(zeros) : {{5{!total[Word] && !total[Word-1]}},
                                            total[Word] || !total[Word-1]};
  assign exponent = {1'b0, larger[Bits-2:Fraction]} + {{3{move[5]}}, move} + 9'(carry);
  assign sum_o = {
    larger[Bits-1], exponent[7:0] & {8{!exponent[8] && !(near && nothing)}}, fraction
  };

  logic unused;
  assign unused = ^{difference[Fraction-1:0], unused_carry};

endmodule
