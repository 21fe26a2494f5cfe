// SPDX-License-Identifier: Apache-2.0
/// flashd_decode for an element that is known to be finite: the same fields, sooner.
///
/// Latency: none, combinational. Back-pressure: none.
/// Does not: tell Inf or NaN from a number; flashd_value_buffer stores those as zeros.
module flashd_decode_finite #(
  parameter int Sig = 8
) (
  input  logic           fp16_i,
  input  logic [15:0]    bits_i,
  output logic           neg_o,
  output logic [7:0]     exp_o,
  output logic [Sig-1:0] sig_o
);

  if (Sig != 8 && Sig != 11) begin : gen_bad_sig
    $error("flashd_decode_finite: Sig must be 8 (BF16) or 11 (BF16 and FP16).");
  end

  logic normal;

  assign neg_o = bits_i[15];

  if (Sig == 11) begin : gen_both
    logic [7:0] field;
    assign field = fp16_i ? {3'b000, bits_i[14:10]} : bits_i[14:7];
    assign normal = bits_i[14:10] != '0 || (!fp16_i && bits_i[9:7] != '0);
    assign exp_o = {field[7:1], field[0] || !normal};
    assign sig_o = {normal, fp16_i ? bits_i[9:0] : {bits_i[6:0], 3'b000}};
  end else begin : gen_bf16
    logic unused_fp16;
    assign unused_fp16 = fp16_i;
    assign normal = bits_i[14:7] != '0;
    assign exp_o = {bits_i[14:8], bits_i[7] || !normal};
    assign sig_o = {normal, bits_i[6:0]};
  end

endmodule
