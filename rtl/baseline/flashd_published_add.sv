// SPDX-License-Identifier: Apache-2.0
/// Sum of two BF16 values, rounded to nearest even: flashd_bf16_add with a shorter way.
///
/// Where more than one leading bit cancels, the operands are less than two binades apart and the
/// sum is exact: it is normalised beside the rounding of the other sums, not before it, and only
/// seven bits wide.
/// A value whose exponent field is 0 is zero, whatever its other bits: subnormal inputs count as
/// zero, and a sum below 2^-126 becomes zero. Its other bits may be anything.
/// Latency: none, combinational. Back-pressure: none.
/// Does not: handle Inf or NaN, nor overflow, where the exponent wraps.
module flashd_published_add (
  input  logic [15:0] a_i,
  input  logic [15:0] b_i,
  output logic [15:0] sum_o
);

  logic        swap;         // b is the larger one
  logic        minus;
  logic [8:0]  a_over_b;
  logic [7:0]  b_over_a;
  logic [7:0]  distance;
  logic [7:0]  exponent;     // of the larger one
  logic [6:0]  larger;
  logic [6:0]  lesser;
  logic        both;         // neither is zero
  logic [9:0]  shifted;      // the lesser one, two bits below the larger one's last
  logic        sticky;
  logic [11:0] total;        // in [0, 4): the larger one's leading one is bit 10
  logic [6:0]  normal;       // of a sum below 1/2: its bits from 1/4 on, brought up
  logic [2:0]  zeros;
  logic [6:0]  kept;         // below the leading one
  logic        up;
  logic [4:0]  shift;        // of the exponent, signed
  logic        underflow;
  logic [7:0]  field;

  assign a_over_b = {1'b0, a_i[14:7]} - {1'b0, b_i[14:7]};
  assign b_over_a = b_i[14:7] - a_i[14:7];
  assign distance = a_over_b[8] ? b_over_a : a_over_b[7:0];
  assign exponent = a_over_b[8] ? b_i[14:7] : a_i[14:7];
  assign swap = a_i[14:0] < b_i[14:0];
  assign minus = a_i[15] ^ b_i[15];
  assign larger = swap ? b_i[6:0] : a_i[6:0];
  assign lesser = swap ? a_i[6:0] : b_i[6:0];
  assign both = (a_i[14:7] != '0) && (b_i[14:7] != '0);

  always_comb begin
    logic [9:0] word;
    logic       lost;
    word = {1'b1, lesser, 2'b00};
    lost = 1'b0;
    for (int i = 0; i < 4; i++) begin
      if (distance[i]) begin
        for (int j = 0; j < 10; j++) if (j < (1 << i)) lost |= word[j];
        word = word >> (1 << i);
      end
    end
    if (distance[7:4] != '0) begin
      lost = 1'b1;
      word = '0;
    end
    shifted = word & {10{both}};
    sticky = lost && both;
  end

  assign total = {2'b01, larger, 3'b000} + ({1'b0, shifted, sticky} ^ {12{minus}}) + 12'(minus);

  always_comb begin
    normal = total[8:2];
    for (int i = 2; i >= 0; i--) begin
      zeros[i] = (normal >> (7 - (1 << i))) == '0;
      if (zeros[i]) normal = normal << (1 << i);
    end
  end

  always_comb begin
    if (total[11]) begin
      kept = total[10:4];
      up = total[3] && (total[4] || (total[2:0] != '0));
      shift = 5'd1;
    end else if (total[10]) begin
      kept = total[9:3];
      up = total[2] && (total[3] || (total[1:0] != '0));
      shift = 5'd0;
    end else if (total[9]) begin
      kept = total[8:2];
      up = total[1] && (total[2] || total[0]);
      shift = -5'd1;
    end else begin
      kept = {normal[5:0], 1'b0};
      up = 1'b0;
      shift = -5'd2 - {2'd0, zeros};
    end
  end

  assign {underflow, field, sum_o[6:0]} =
      {1'b0, exponent, kept} + {{4{shift[4]}}, shift, 7'd0} + 16'(up);
  assign sum_o[14:7] = field & {8{!underflow && ((total[11:9] != '0) || normal[6])}};
  assign sum_o[15] = swap ? b_i[15] : a_i[15];

endmodule
