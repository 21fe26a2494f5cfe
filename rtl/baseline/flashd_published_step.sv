// SPDX-License-Identifier: Apache-2.0
/// The loop of the published FLASH-D from one visible key to the next: x = BF16(D + ln w_old).
///
/// x is a code of flashd_published_pkg; w_old is what the x before left. With `take_i` the value is
/// taken as it is: x = 16, which leaves a weight of 1.
/// Latency: none, combinational; closed by the register of x in flashd_published_scalar.
/// Back-pressure: none.
/// Does not: keep anything of |x| below 2^-10 but its sign.
module flashd_published_step (
  input  logic signed [20:0] rise_i,   // of flashd_published_fix
  input  logic               take_i,   // with the largest rise_i
  input  logic        [11:0] x_old_i,
  output logic        [11:0] x_o
);

  logic        [11:0] ln;  // times -256
  logic signed [20:0] sum; // below 16: -6 - 9.625 is the least, the largest rise the most
  logic        [19:0] normal;
  logic        [3:0]  zeros;  // leading zeros, at most 15
  logic               up;

  assign ln = flashd_published_pkg::ln_weight(x_old_i) & {12{!take_i}};
  assign sum = rise_i - $signed({1'b0, ln, 8'd0});

  always_comb begin
    normal = sum[20] ? -sum[19:0] : sum[19:0];
    zeros = '0;
    for (int i = 3; i >= 0; i--) begin
      zeros[i] = (normal >> (20 - (1 << i))) == '0;
      if (zeros[i]) normal = normal << (1 << i);
    end
  end

  assign up = normal[11] && (normal[12] || (normal[10:0] != '0));

  // [8, 16) has code 14; 15 leading zeros are below 2^-11, which no sigmoid tells from 0.
  assign x_o[11] = sum[20];
  assign x_o[10:0] = {(zeros == 4'd15) ? 4'd0 : 4'd14 - zeros, normal[18:12]} + 11'(up);

endmodule
