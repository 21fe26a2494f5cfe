// SPDX-License-Identifier: Apache-2.0
/// Scaled score in base 2 on a grid of 2^-14 (rivals::flash2_fp32): FP32 times FP32, cut off, as
/// one's complement, saturated at +-2^17.
///
/// Latency: 2 cycles. Back-pressure: none; `en_i[i]` low keeps stage i.
/// Does not: handle Inf or NaN.
module flashd_flash2_fp32_score (
  input  logic        clk_i,
  input  logic [1:0]  en_i,
  input  logic [31:0] dot_i,
  input  logic [31:0] scale_i,
  output logic [31:0] score_o
);

  logic [47:0] exact;    // in [1, 4), 46 fraction bits
  logic [10:0] places;   // the upper 32 of them count 2^-14 after so many shifts down
  logic        zero;
  logic        neg_q;
  logic        over_q;
  logic        under_q;
  logic [4:0]  places_q;
  logic [31:0] upper_q;
  logic [31:0] size;
  logic        unused;

  assign exact = {1'b1, dot_i[22:0]} * {1'b1, scale_i[22:0]};
  assign zero = dot_i[30:23] == '0;
  // Exponent fields of 254 together and 16 more: bit 47 is 2^17, or 2^31 steps.
  assign places = 11'd270 - {3'd0, dot_i[30:23]} - {3'd0, scale_i[30:23]};

  always_ff @(posedge clk_i) begin
    if (en_i[0]) begin
      neg_q <= (dot_i[31] ^ scale_i[31]) && !zero;
      over_q <= places[10];
      under_q <= zero || (places[9:5] != '0);
      places_q <= places[4:0];
      upper_q <= exact[47:16];
    end
  end

  always_comb begin
    size = upper_q >> places_q;
    if (over_q || size[31]) size = 32'h7fff_ffff;
    if (under_q && !over_q) size = '0;
  end

  always_ff @(posedge clk_i) begin
    if (en_i[1]) score_o <= size ^ {32{neg_q}};
  end

  assign unused = ^exact[15:0];

endmodule
