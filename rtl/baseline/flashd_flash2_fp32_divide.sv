// SPDX-License-Identifier: Apache-2.0
/// Factors whose product is 1 / l, for three steps l <- l factor, l <- l + l factor, the same again
/// (rivals::flash2_fp32).
///
/// `step_i`: 0: l >= 1, a factor below 1 / l from a table of 128 entries; 1 and 2: 1 - l to 9 bits,
/// on a grid of 2^-15 and of 2^-20, l in (0.5, 1].
/// `l_i`: exponent field, fraction. `factor_o`: exponent field, leading bit, fraction.
/// Latency: none, combinational. Back-pressure: none.
/// Does not: multiply.
module flashd_flash2_fp32_divide (
  input  logic [1:0]  step_i,
  input  logic [30:0] l_i,
  output logic [16:0] factor_o
);

  // Entry i: the fraction bits of floor(2^15 / (129 + i)) / 2^7.
  localparam logic [127:0][6:0] Fraction = {
    224'h0000081040818308102850c18387102448a142c60c1a3470f1e40811,
    224'h24489942854b172e60c99346ce1c3a78f9f408512346912a64ea1429,
    224'h54ad62d5cbd83164cda356cddc3974ede3d7cfe04187122c68f2654b,
    224'h993a7d0a54ea56af66d5bbb7b061c797368d5af6efe1cba76f1ebe7e
  };

  logic [22:0] missing;  // 1 - l, one's complement; 0 if l is 1
  logic        unused;

  assign missing = ~l_i[22:0] & {23{!l_i[23]}};

  always_comb begin
    unique case (step_i)
      // 126 - (field - 127) = ~field - 2.
      2'd0: factor_o = {~l_i[30:23] - 8'd2, 1'b1, Fraction[l_i[22:16]], 1'b0};
      2'd1: factor_o = {8'd120, missing[17:9]};
      default: factor_o = {8'd115, missing[12:4]};
    endcase
  end

  assign unused = ^{missing[22:18], missing[3:0]};

endmodule
