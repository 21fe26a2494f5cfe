// SPDX-License-Identifier: Apache-2.0
/// Sum of two BF16 values, rounded to nearest even.
///
/// A value whose exponent field is 0 is zero, whatever its other bits: subnormal inputs count as
/// zero, and a sum below 2^-126 after rounding becomes zero. Its other bits may be anything.
/// Latency: none, combinational. Back-pressure: none.
/// Does not: handle Inf or NaN, nor overflow, where the exponent wraps.
module flashd_bf16_add (
  input  logic [15:0] a_i,
  input  logic [15:0] b_i,
  output logic [15:0] sum_o
);

  flashd_fp_add #(.Fraction(7)) u_add (.a_i, .b_i, .b_lead_i(1'b1), .sum_o);

endmodule
