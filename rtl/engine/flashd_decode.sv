// SPDX-License-Identifier: Apache-2.0
/// Splits a BF16 or FP16 element into sign, biased exponent and significand (arith::decode).
///
/// Subnormals keep their value: exponent 1, no leading one. NaN and Inf come out as zero with
/// `finite_o` low. The significand has Sig bits; with Sig 11 a BF16 significand is shifted left by
/// 3, so that nothing behind depends on the format. Sig 8 takes BF16 only.
///
/// Latency: none, combinational. Back-pressure: none.
/// Does not: flag subnormals, quiet NaNs, or know the exponent bias.
module flashd_decode #(
  parameter int Sig = 8
) (
  input  logic           fp16_i,
  input  logic [15:0]    bits_i,
  output logic           neg_o,
  output logic [7:0]     exp_o,
  output logic [Sig-1:0] sig_o,
  output logic           finite_o
);

  if (Sig != 8 && Sig != 11) begin : gen_bad_sig
    $error("flashd_decode: Sig must be 8 (BF16) or 11 (BF16 and FP16).");
  end

  assign neg_o = bits_i[15];

  if (Sig == 11) begin : gen_both
    logic [7:0] field;
    logic       normal;
    assign field = fp16_i ? {3'b000, bits_i[14:10]} : bits_i[14:7];
    assign normal = field != '0;
    assign finite_o = !(&field[4:0] && (fp16_i || &field[7:5]));
    assign exp_o = {field[7:1] & {7{finite_o}}, field[0] || !normal};
    assign sig_o = {normal, fp16_i ? bits_i[9:0] : {bits_i[6:0], 3'b000}} & {11{finite_o}};
  end else begin : gen_bf16
    logic normal;
    logic unused_fp16;
    assign unused_fp16 = fp16_i;
    assign normal = bits_i[14:7] != '0;
    assign finite_o = !(&bits_i[14:7]);
    assign exp_o = {bits_i[14:8] & {7{finite_o}}, bits_i[7] || !normal};
    assign sig_o = {normal, bits_i[6:0]} & {8{finite_o}};
  end

endmodule
