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

  if (Sig == 11) begin : gen_both
    assign finite_o = !(&bits_i[14:10] && (fp16_i || &bits_i[9:7]));
  end else begin : gen_bf16
    assign finite_o = !(&bits_i[14:7]);
  end

  logic [7:0] exponent;
  logic [Sig-1:0] significand;

  flashd_decode_finite #(
    .Sig(Sig)
  ) u_fields (
    .fp16_i,
    .bits_i,
    .neg_o,
    .exp_o(exponent),
    .sig_o(significand)
  );
  // A zero has exponent 1, and the exponent of NaN and Inf is odd.
  assign exp_o = {exponent[7:1] & {7{finite_o}}, exponent[0]};
  assign sig_o = significand & {Sig{finite_o}};

endmodule
