// SPDX-License-Identifier: Apache-2.0
/// Score difference from BF16 to the fixed point in which the logarithm is added to it.
///
/// Value in steps of 2^-15 rounded down, and a last bit that says whether anything was lost: with
/// less, some x would be rounded to another BF16 value and give another weight. Below -6 it stays
/// at -6 (the weight is 0 there), from 11 on it is nearly 16 (the logarithm of the weight is 0).
/// Latency: none, combinational. Back-pressure: none.
/// Does not: handle Inf or NaN.
module flashd_published_fix (
  input  logic        [15:0] rise_i,
  output logic signed [20:0] fixed_o,  // 5 whole, 15 fraction bits, sticky
  output logic               above_o   // 11 or more
);

  logic        below;
  logic [4:0]  shift;
  logic [19:0] magnitude;  // below 16: 4 whole, 15 fraction bits, sticky

  assign above_o = !rise_i[15] && (rise_i[14:0] >= 15'h4130);
  assign below = rise_i[15] && (rise_i[14:0] >= 15'h40c0);

  // Right from [8, 16), whose exponent field is 130; far enough below nothing but the last bit is
  // left. Larger values have their limit.
  assign shift = (rise_i[14:7] <= 8'd99) ? 5'd31 : 5'd2 - rise_i[11:7];

  always_comb begin
    logic lost;
    magnitude = {1'b1, rise_i[6:0], 12'd0};
    lost = 1'b0;
    for (int i = 0; i < 5; i++) begin
      if (shift[i]) begin
        for (int j = 0; j < 20; j++) if (j < (1 << i)) lost |= magnitude[j];
        magnitude = magnitude >> (1 << i);
      end
    end
    magnitude[0] |= lost;
  end

  always_comb begin
    fixed_o = rise_i[15] ? -$signed({1'b0, magnitude}) : $signed({1'b0, magnitude});
    if (above_o) fixed_o = 21'sh0fffff;
    if (below) fixed_o = -21'sd6 <<< 16;
  end

endmodule
