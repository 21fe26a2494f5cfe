// SPDX-License-Identifier: Apache-2.0
/// Sum of two BF16 values, rounded to nearest even.
///
/// A value whose exponent field is 0 is zero, whatever its other bits: subnormal inputs count as
/// zero, and a sum below 2^-126 before rounding becomes zero. Its other bits may be anything.
/// Latency: none, combinational. Back-pressure: none.
/// Does not: handle Inf or NaN, nor overflow, where the exponent wraps.
module flashd_bf16_add (
  input  logic [15:0] a_i,
  input  logic [15:0] b_i,
  output logic [15:0] sum_o
);

  logic        swap;
  logic        minus;
  logic [15:0] larger;
  logic [14:0] lesser;
  logic [7:0]  significand;  // of the smaller one
  logic [7:0]  distance;
  logic [9:0]  shifted;      // two bits below the larger one's last
  logic        sticky;
  logic [11:0] total;        // in [0, 4): the larger one's leading one is bit 10
  logic [3:0]  zeros;        // leading zeros of total
  logic [11:0] normal;
  logic        up;
  logic [8:0]  exponent;
  logic        zero;
  logic [7:0]  field;
  logic        unused;

  assign swap = a_i[14:0] < b_i[14:0];
  assign larger = swap ? b_i : a_i;
  assign lesser = swap ? a_i[14:0] : b_i[14:0];
  assign minus = a_i[15] ^ b_i[15];
  assign significand = {1'b1, lesser[6:0]} & {8{lesser[14:7] != '0}};
  assign distance = larger[14:7] - lesser[14:7];

  always_comb begin
    logic [9:0] word;
    logic       lost;
    word = {significand, 2'b00};
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
    shifted = word;
    sticky = lost && (lesser[14:7] != '0);
  end

  assign total = {1'b0, 1'b1, larger[6:0], 3'b000} +
      ({1'b0, shifted, sticky} ^ {12{minus}}) + 12'(minus);

  always_comb begin
    normal = total;
    zeros = '0;
    for (int i = 3; i >= 0; i--) begin
      zeros[i] = (normal >> (12 - (1 << i))) == '0;
      if (zeros[i]) normal = normal << (1 << i);
    end
  end

  assign up = normal[3] && (normal[4] || (normal[2:0] != '0));
  assign exponent = {1'b0, larger[14:7]} - {5'd0, zeros} + 9'd1;
  assign zero = !normal[11] || exponent[8] || (exponent == '0);
  assign {unused, field, sum_o[6:0]} = {exponent[8:0], normal[10:4]} + 16'(up);
  assign sum_o[14:7] = field & {8{!zero}};
  assign sum_o[15] = larger[15];

endmodule
