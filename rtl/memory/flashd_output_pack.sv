// SPDX-License-Identifier: Apache-2.0
/// Packs one lane's outputs into 32-bit words of the output format.
///
/// FP32 (format_i 0): beat i of a row, Merge words, is group i of the store. BF16 (1) and FP16 (2):
/// two elements to a word; beat i is half of group i / 2, or, if a beat is one element, group i / 2
/// again with the element before it as the lower half.
/// Elements are float32 bits that the format holds exactly.
/// Latency: none; with Merge 1 it keeps the element before. Back-pressure: none.
/// Does not: round; count beats.
module flashd_output_pack #(
  parameter int Merge = 1
) (
  input  logic                   clk_i,
  input  logic                   valid_i,
  input  logic [1:0]             format_i,
  input  logic                   odd_i,    // beat index modulo 2
  input  logic [Merge-1:0][31:0] data_i,
  output logic [Merge-1:0]       we_o,     // words of the group
  output logic [Merge-1:0][31:0] data_o
);

  localparam logic [1:0] Fp32 = 2'd0;
  localparam logic [1:0] Fp16 = 2'd2;

  if (Merge < 1 || (Merge & (Merge - 1)) != 0) begin : gen_bad_merge
    $error("flashd_output_pack: Merge must be a power of two.");
  end

  // Upper bits of the float32: FP16 holds 10 bits of fraction, 2^-14 and 2^15 are exponent fields
  // 113 and 142, its subnormals reach down to 2^-24.
  function automatic logic [15:0] half(input logic sign, input logic [7:0] exponent,
                                       input logic [9:0] fraction);
    logic [15:0] bits;
    logic [9:0] significand;
    significand = 10'({1'b1, fraction} >> (8'd113 - exponent));
    bits = {sign, 15'b0};
    if (exponent == 8'hFF) bits = {sign, 5'h1F, fraction};
    else if (exponent >= 8'd113) bits = {sign, 5'(exponent - 8'd112), fraction};
    else if (exponent >= 8'd103) bits = {sign, 5'b0, significand};
    return bits;
  endfunction

  logic [Merge-1:0][15:0] narrow;
  logic wide;
  assign wide = format_i == Fp32;
  for (genvar i = 0; i < Merge; i++) begin : gen_narrow
    assign narrow[i] = (format_i == Fp16) ?
        half(data_i[i][31], data_i[i][30:23], data_i[i][22:13]) : data_i[i][31:16];
  end

  if (Merge == 1) begin : gen_single
    logic [15:0] lower_q;
    logic [31:0] pair;
    always_ff @(posedge clk_i) begin
      if (valid_i) lower_q <= narrow[0];
    end
    assign pair = odd_i ? {narrow[0], lower_q} : {16'b0, narrow[0]};
    assign we_o = valid_i;
    assign data_o = wide ? data_i : pair;
  end else begin : gen_pairs
    localparam int Pairs = Merge / 2;
    logic unused_clk;
    assign unused_clk = clk_i;
    for (genvar i = 0; i < Merge; i++) begin : gen_word
      localparam int Pair = i % Pairs;
      assign data_o[i] = wide ? data_i[i] : {narrow[2*Pair+1], narrow[2*Pair]};
      assign we_o[i] = valid_i && (wide || (odd_i == (i >= Pairs)));
    end
  end

endmodule
