// SPDX-License-Identifier: Apache-2.0
/// x of the published FLASH-D from fixed point to BF16, rounded to nearest even, as a code of
/// flashd_published_pkg.
///
/// Latency: none, combinational. Back-pressure: none.
/// Does not: keep anything of |x| below 2^-10 but its sign; nor saturate, as |x| stays below 16.
module flashd_published_round (
  input  logic signed [20:0] sum_i,  // 5 whole, 15 fraction bits, sticky
  output logic        [11:0] x_o
);

  logic [19:0] normal;
  logic [3:0]  zeros;  // leading zeros, at most 15
  logic        up;

  always_comb begin
    normal = sum_i[20] ? -sum_i[19:0] : sum_i[19:0];
    zeros = '0;
    for (int i = 3; i >= 0; i--) begin
      zeros[i] = (normal >> (20 - (1 << i))) == '0;
      if (zeros[i]) normal = normal << (1 << i);
    end
  end

  assign up = normal[11] && (normal[12] || (normal[10:0] != '0));

  // [8, 16) has code 14; 14 - 14 leading zeros is 2^-11, which no sigmoid tells from 0.
  assign x_o[11] = sum_i[20];
  assign x_o[10:0] = {(zeros == 4'd15) ? 4'd0 : 4'd14 - zeros, normal[18:12]} + 11'(up);

endmodule
