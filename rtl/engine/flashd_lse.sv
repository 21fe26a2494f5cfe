// SPDX-License-Identifier: Apache-2.0
/// Log-sum-exp of a row in nats: L ln 2 to the nearest float32, ties to even (arith::round_lse).
/// An empty row gives -Inf, a NaN row 0x7FC00000 (NaN wins).
///
/// `negative_i` and `magnitude_i` are the sign of L and |L|, in units of 2^-16; `place_i` tells
/// the magnitude's leading one, in 64 bits with the magnitude on top: 29 more; 0 without one.
/// Latency: LatencyRound cycles. Back-pressure: `en_i` low freezes everything.
/// Does not: form L (flashd_sigmoid_merge). No subnormals: the smallest |L ln 2| is 2^-17.
module flashd_lse (
  input  logic        clk_i,
  input  logic        en_i,
  input  logic        negative_i,
  input  logic [34:0] magnitude_i,
  input  logic [5:0]  place_i,
  input  logic        empty_i,
  input  logic        nan_i,
  output logic [31:0] bits_o
);

  if (flashd_spec_pkg::LatencyRound != 2 || flashd_spec_pkg::Ln2Bits != 28 ||
      flashd_spec_pkg::LogFrac != 16) begin : gen_bad_spec
    $error("flashd_lse: built for LatencyRound 2, ln 2 of 28 bits and L of 16 fraction bits.");
  end
  if (!flashd_spec_pkg::Ln2[0]) begin : gen_even
    $error("flashd_lse: an even ln 2 makes ties, which are not rounded to even here.");
  end

  // Stage 1: the magnitude with its leading one on top. |L| < 2^35 = 2^19 in units of 1.
  logic [34:0] normal_q;
  logic [5:0]  place_q;
  logic        neg_q;
  logic        zero_q;
  logic        empty_q;
  logic        nan_q;

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      normal_q <= magnitude_i << ~place_i;
      place_q <= place_i;
      neg_q <= negative_i;
      zero_q <= magnitude_i == '0;
      empty_q <= empty_i;
      nan_q <= nan_i;
    end
  end

  // Stage 2: times ln 2, a constant of 28 bits with its leading one on top: 62 or 63 bits. The
  // constant's digits 1 and -1 (non-adjacent form) are the bits of 3 Ln2 & ~Ln2 and Ln2 & ~3 Ln2.
  localparam logic [29:0] Once = {2'b00, flashd_spec_pkg::Ln2[27:0]};
  localparam logic [29:0] Thrice = Once + {Once[28:0], 1'b0};
  localparam logic [29:0] Plus = (Thrice & ~Once) >> 1;
  localparam logic [29:0] Minus = (Once & ~Thrice) >> 1;

  logic [62:0] product;
  logic [61:0] fraction;  // below the leading one, on top
  logic [30:0] packed_bits;
  logic [7:0]  field;
  logic        unused_fraction;

  always_comb begin
    product = '0;
    for (int i = 0; i < 30; i++) begin
      if (Plus[i]) product += 63'(normal_q) << i;
      if (Minus[i]) product -= 63'(normal_q) << i;
    end
  end
  assign fraction = product[62] ? product[61:0] : {product[60:0], 1'b0};
  // Exponent of bit 61 of the product is place - 29 - 17: L has 16 fraction bits and ln 2 < 1.
  assign field = 8'd81 + {2'b0, place_q} + {7'b0, product[62]};
  // No ties: normal_q ends in at most 34 zeros, ln 2 is odd, and a tie needs 37.
  assign packed_bits = {field, fraction[61:39]} + {30'b0, fraction[38]};
  assign unused_fraction = ^fraction[37:0];

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      if (nan_q) bits_o <= 32'h7FC0_0000;
      else if (empty_q) bits_o <= 32'hFF80_0000;
      else bits_o <= {neg_q, packed_bits & {31{!zero_q}}};
    end
  end

endmodule
