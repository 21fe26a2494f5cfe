// SPDX-License-Identifier: Apache-2.0
/// Brings a decoded value onto the job's grid: beyond it, the largest value below 2^(VE+1)
/// (arith::clamp_value), the significand all ones of the format.
///
/// `limit_i` is VE plus the format's exponent bias, 1 to 255.
/// Latency: none, combinational. Back-pressure: none.
/// Does not: touch the sign, or count.
module flashd_value_clamp #(
  parameter int Sig = 8
) (
  input  logic           fp16_i,
  input  logic [7:0]     limit_i,
  input  logic [7:0]     exp_i,
  input  logic [Sig-1:0] sig_i,
  output logic [7:0]     exp_o,
  output logic [Sig-1:0] sig_o,
  output logic           clamped_o
);

  logic [Sig-1:0] ones;

  if (Sig == 11) begin : gen_both
    assign ones = {8'hFF, {3{fp16_i}}};
  end else begin : gen_bf16
    logic unused_fp16;
    assign unused_fp16 = fp16_i;
    assign ones = '1;
  end

  assign clamped_o = exp_i > limit_i;
  assign exp_o = clamped_o ? limit_i : exp_i;
  assign sig_o = sig_i | (ones & {Sig{clamped_o}});

endmodule
