// SPDX-License-Identifier: Apache-2.0
/// Unsigned product. With FLASHD_CELLS, the ASIC flow's macro, it is a carry-save array: one row of
/// adders per bit of the multiplier, one carry-propagate adder at the end.
///
/// Written out, because a library's full adder fits each of its cells: 11 x 8 bits took 418 um2 in
/// Nangate45 this way, 468 written as `*` in the same flow. FPGA tools find their multipliers, and
/// simulators their speed, in `*`. The delay grows with Multiplier: give it the shorter word.
/// Latency: none, combinational. Back-pressure: none.
/// Does not: round or drop columns.
module flashd_array_multiply #(
  parameter int Multiplicand = 11,
  parameter int Multiplier = 8
) (
  input  logic [Multiplicand-1:0]            multiplicand_i,
  input  logic [Multiplier-1:0]              multiplier_i,
  output logic [Multiplicand+Multiplier-1:0] product_o
);

  if (Multiplicand < 2 || Multiplier < 2) begin : gen_bad_bits
    $error("flashd_array_multiply: operands need at least 2 bits.");
  end

`ifdef FLASHD_CELLS
  // After row i: sum and carries of weight 2^i and up; the lowest sum bit is final.
  always_comb begin
    logic [Multiplicand-1:0] sum;
    logic [Multiplicand-1:0] carry;
    logic [Multiplicand-1:0] row;
    logic [Multiplicand-1:0] above;
    sum = '0;
    carry = '0;
    for (int i = 0; i < Multiplier; i++) begin
      row = multiplicand_i & {Multiplicand{multiplier_i[i]}};
      above = {1'b0, sum[Multiplicand-1:1]};
      sum = row ^ above ^ carry;
      carry = (row & above) | (carry & (row ^ above));
      product_o[i] = sum[0];
    end
    // The product has Multiplicand + Multiplier bits: no carry leaves the top.
    product_o[Multiplicand+Multiplier-1:Multiplier] = {1'b0, sum[Multiplicand-1:1]} + carry;
  end
`else
  assign product_o = multiplicand_i * multiplier_i;
`endif

endmodule
