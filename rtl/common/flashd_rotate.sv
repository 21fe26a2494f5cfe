// SPDX-License-Identifier: Apache-2.0
/// Rotates words: word i goes to place (i + by_i) mod Words.
///
/// Latency: none, combinational, log2 Words multiplexers deep. Back-pressure: none.
/// Does not: turn the other way; -by_i does.
module flashd_rotate #(
  parameter int Bits = 16,
  parameter int Words = 16,
  localparam int ByBits = $clog2(Words)
) (
  input  logic [ByBits-1:0]           by_i,
  input  logic [Words-1:0][Bits-1:0]  data_i,
  output logic [Words-1:0][Bits-1:0]  data_o
);

  if (Words < 2 || (Words & (Words - 1)) != 0) begin : gen_bad_words
    $error("flashd_rotate: Words must be a power of two, at least 2.");
  end

  always_comb begin
    logic [Words-1:0][Bits-1:0] turned;
    data_o = data_i;
    for (int s = 0; s < ByBits; s++) begin
      turned = data_o;
      if (by_i[s]) begin
        for (int w = 0; w < Words; w++) data_o[w] = turned[(w+Words-(1<<s))%Words];
      end
    end
  end

endmodule
