// SPDX-License-Identifier: Apache-2.0
/// Sum of two BF16 values, normalised but not rounded: (kept + up) 2^(exponent + shift - 134), kept
/// in [128, 255] and `up_o` the increment that rounds to nearest even. kept below 128: the sum is
/// zero.
///
/// Where more than one leading bit cancels, the operands are less than two binades apart and the
/// sum is exact: it is normalised beside the choice of the other sums' bits, and only seven bits
/// wide. A value whose exponent field is 0 is zero, whatever its other bits. Latency: none,
/// combinational. Back-pressure: none. Does not: handle Inf or NaN, or see that the exponent leaves
/// its range.
module flashd_published_total (
  input  logic        [15:0] a_i,
  input  logic        [15:0] b_i,
  output logic               neg_o,
  output logic        [7:0]  exponent_o,  // of the larger one
  output logic signed [4:0]  shift_o,     // -8 to 1
  output logic        [7:0]  kept_o,
  output logic               up_o
);

  logic [8:0]  over;     // exponents, a's less b's
  logic [7:0]  distance; // less one if b's is larger
  logic        swap;     // b is the larger one
  logic        minus;
  logic [6:0]  larger;
  logic [6:0]  lesser;
  logic        both;     // neither is zero
  logic [9:0]  shifted;  // the lesser one, two bits below the larger one's last
  logic        sticky;
  logic [11:0] total;    // in [0, 4): the larger one's leading one is bit 10
  logic [6:0]  normal;   // of a sum below 1/2: its bits from 1/4 on, brought up
  logic [2:0]  zeros;

  assign over = {1'b0, a_i[14:7]} - {1'b0, b_i[14:7]};
  assign distance = over[7:0] ^ {8{over[8]}};
  assign exponent_o = over[8] ? b_i[14:7] : a_i[14:7];
  assign swap = a_i[14:0] < b_i[14:0];
  assign minus = a_i[15] ^ b_i[15];
  assign larger = swap ? b_i[6:0] : a_i[6:0];
  assign lesser = swap ? a_i[6:0] : b_i[6:0];
  assign both = (a_i[14:7] != '0) && (b_i[14:7] != '0);

  always_comb begin
    logic [9:0] word;
    logic       lost;
    word = over[8] ? {2'b01, a_i[6:0], 1'b0} : {1'b1, lesser, 2'b00};
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
      kept_o = total[11:4];
      up_o = total[3] && (total[4] || (total[2:0] != '0));
      shift_o = 5'sd1;
    end else if (total[10]) begin
      kept_o = total[10:3];
      up_o = total[2] && (total[3] || (total[1:0] != '0));
      shift_o = 5'sd0;
    end else if (total[9]) begin
      kept_o = total[9:2];
      up_o = total[1] && (total[2] || total[0]);
      shift_o = -5'sd1;
    end else begin
      kept_o = {normal, 1'b0};
      up_o = 1'b0;
      shift_o = -5'sd2 - $signed({2'b00, zeros});
    end
  end

  assign neg_o = swap ? b_i[15] : a_i[15];

endmodule
