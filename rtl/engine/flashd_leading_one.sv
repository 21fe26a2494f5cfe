// SPDX-License-Identifier: Apache-2.0
/// Position of the highest one of a word; 0 for the words 0 and 1.
///
/// Latency: none, combinational. Back-pressure: none.
/// Does not: say whether the word is zero.
module flashd_leading_one #(
  parameter int Log2 = 5,
  localparam int Bits = 1 << Log2
) (
  input  logic [Bits-1:0] word_i,
  output logic [Log2-1:0] position_o
);

  // Halves: the upper one counts if there is a one in it; what is kept moves down.
  always_comb begin
    logic [Bits-1:0] rest;
    rest = word_i;
    for (int level = Log2 - 1; level >= 0; level--) begin
      position_o[level] = (rest >> (1 << level)) != '0;
      if (position_o[level]) rest = rest >> (1 << level);
    end
  end

endmodule
