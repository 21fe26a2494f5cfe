// SPDX-License-Identifier: Apache-2.0
/// Sum of two BF16 values, rounded to nearest even: BF16 sum with a short way.
///
/// A value whose exponent field is 0 is zero, whatever its other bits: subnormal inputs count as
/// zero, and a sum below 2^-126 becomes zero. Its other bits may be anything.
/// Latency: none, combinational. Back-pressure: none.
/// Does not: handle Inf or NaN, nor overflow, where the exponent wraps.
module flashd_published_add (
  input  logic [15:0] a_i,
  input  logic [15:0] b_i,
  output logic [15:0] sum_o
);

  logic        [7:0] exponent;
  logic signed [4:0] shift;
  logic        [7:0] kept;
  logic              up;
  logic              underflow;
  logic        [7:0] field;

  flashd_published_total u_total (
    .a_i, .b_i, .neg_o(sum_o[15]), .exponent_o(exponent), .shift_o(shift), .kept_o(kept),
    .up_o(up)
  );

  assign {underflow, field, sum_o[6:0]} =
      {1'b0, exponent, kept[6:0]} + {{4{shift[4]}}, shift, 7'd0} + 16'(up);
  assign sum_o[14:7] = field & {8{!underflow && kept[7]}};

endmodule
