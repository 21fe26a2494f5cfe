// SPDX-License-Identifier: Apache-2.0
/// Signed times unsigned in carry-save form: sum_o + carry_o is the product modulo 2^(Bits +
/// Multiplier). With FLASHD_CELLS, the ASIC flow's macro, half as many partial products as bits of
/// the multiplier (Booth, radix 4) go through rows of full adders; without, carry_o is zero.
///
/// Latency: none, combinational. Back-pressure: none.
/// Does not: propagate carries, round or drop columns.
module flashd_booth #(
  parameter int Bits = 30,        // multiplicand, signed
  parameter int Multiplier = 22,  // unsigned; best if it changes seldom
  // |product| < 2^(Bits - 1) 2^Multiplier.
  localparam int ProductBits = Bits + Multiplier
) (
  input  logic [Bits-1:0]        multiplicand_i,
  input  logic [Multiplier-1:0]  multiplier_i,
  output logic [ProductBits-1:0] sum_o,
  output logic [ProductBits-1:0] carry_o
);

`ifdef FLASHD_CELLS
  // Digits -2 to 2 of two multiplier bits and the one below; the last digit is never negative.
  localparam int Digits = (Multiplier + 2) / 2;

  // A row is a one's complement with its sign bit inverted, which counts 2^Bits too much: the sum
  // of these constants is taken off once.
  function automatic logic [ProductBits-1:0] correction();
    logic [ProductBits-1:0] sum;
    sum = '0;
    for (int i = 0; i < Digits; i++) sum -= ProductBits'(1) << (Bits + 2 * i);
    return sum;
  endfunction

  logic [2*Digits:0] scan;
  logic [Digits:0][ProductBits-1:0] row;
  logic [1:0] unused_left;

  assign scan = (2 * Digits + 1)'({multiplier_i, 1'b0});
  for (genvar i = 0; i < Digits; i++) begin : gen_digit
    logic one;
    logic two;
    logic [Bits:0] multiple;
    logic [ProductBits-1:0] below;
    assign one = scan[2*i] ^ scan[2*i+1];
    assign two = (scan[2*i+2] ^ scan[2*i+1]) && !one;
    assign multiple = (({multiplicand_i[Bits-1], multiplicand_i} & {(Bits + 1) {one}}) |
        ({multiplicand_i, 1'b0} & {(Bits + 1) {two}})) ^ {(Bits + 1) {scan[2*i+2]}};
    // The carry of the row before stands where this one is empty.
    if (i == 0) begin : gen_first
      assign below = '0;
    end else begin : gen_below
      assign below = ProductBits'(scan[2*i]) << (2 * i - 2);
    end
    assign row[i] = (ProductBits'({!multiple[Bits], multiple[Bits-1:0]}) << (2 * i)) | below;
  end
  assign row[Digits] = correction();

  flashd_compress #(.Inputs(Digits + 1), .Bits(ProductBits)) u_compress (
    .value_i(row),
    .carry_i('0),
    .value_o({carry_o, sum_o}),
    .left_o(unused_left)
  );
`else
  assign sum_o = ProductBits'($signed(multiplicand_i)) * ProductBits'(multiplier_i);
  assign carry_o = '0;
`endif

endmodule
