// SPDX-License-Identifier: Apache-2.0
/// BF16(1 / x) for x >= 1, by a table of its 128 fractions.
///
/// `x_i`, `r_o`: exponent field and fraction.
/// Latency: none, combinational. Back-pressure: none.
/// Does not: handle x of 2^126 and more, Inf or NaN.
module flashd_flash2_bf16_reciprocal (
  input  logic [14:0] x_i,
  output logic [14:0] r_o
);

  // Entry i: the fraction bits of 2 / (1 + i / 128), nearest; entry 0 is 1.
  localparam logic [127:0][6:0] Fraction = {
    224'h0204102060c2040a143060e1c409122850b163068d1c387902044912,
    224'h2650a152c58b983064d1b3670e9e3c7d02142891a44a9532750a552b,
    224'h58b16ae5ec18b266d1ab66ee1cba76f1ebf810614389163c8932a64d,
    224'h9d3e8d2a756b58b36ae5dbf83164cb9f46ad9b77f1e7d7b78f5f3f00
  };

  // 2^-(field - 127), halved unless the fraction is 0: 253 - field = ~field - 2.
  assign r_o[14:7] = ~x_i[14:7] - {6'd0, x_i[6:0] != '0, x_i[6:0] == '0};
  assign r_o[6:0] = Fraction[x_i[6:0]];

endmodule
