// SPDX-License-Identifier: Apache-2.0
/// Unsigned product with a prepared triple: with FLASHD_CELLS, the ASIC flow's macro, two bits of
/// the multiplier at a time choose 0, 1, 2 or 3 times the multiplicand, rows of full adders add up.
///
/// For a multiplicand that many products share: its triple is made once. 11 x 8 bits so take half
/// the full adders of an array (flashd_array_multiply). Without the macro it is a `*`.
/// Latency: none, combinational. Back-pressure: none.
/// Does not: check that `triple_i` is three times `multiplicand_i`.
module flashd_digit_multiply #(
  parameter int Multiplicand = 11,
  parameter int Multiplier = 8
) (
  input  logic [Multiplicand-1:0]            multiplicand_i,
  input  logic [Multiplicand+1:0]            triple_i,
  input  logic [Multiplier-1:0]              multiplier_i,
  output logic [Multiplicand+Multiplier-1:0] product_o
);

  if (Multiplicand < 2 || Multiplier < 3) begin : gen_bad_bits
    $error("flashd_digit_multiply: Multiplicand needs at least 2 bits, Multiplier 3.");
  end

`ifdef FLASHD_CELLS
  localparam int Rows = (Multiplier + 1) / 2;
  localparam int RowBits = Multiplicand + 2;  // three times the multiplicand
  localparam int Bits = Multiplicand + Multiplier;

  logic [2*Rows-1:0]         digits;
  logic [Rows-1:0][Bits-1:0] row;
  logic [Bits-1:0]           sum;
  logic [Bits-1:0]           carry;
  logic [1:0]                unused_left;

  assign digits = (2 * Rows)'(multiplier_i);
  for (genvar i = 0; i < Rows; i++) begin : gen_row
    logic [RowBits-1:0] multiple;
    logic one, two, three;
    assign one = digits[2*i] && !digits[2*i+1];
    assign two = !digits[2*i] && digits[2*i+1];
    assign three = digits[2*i] && digits[2*i+1];
    assign multiple = ({2'b00, multiplicand_i} & {RowBits{one}}) |
        ({1'b0, multiplicand_i, 1'b0} & {RowBits{two}}) | (triple_i & {RowBits{three}});
    // No row reaches beyond the product.
    assign row[i] = Bits'(multiple) << (2 * i);
  end
  flashd_compress #(.Inputs(Rows), .Bits(Bits)) u_compress (
    .value_i(row),
    .carry_i('0),
    .value_o({carry, sum}),
    .left_o(unused_left)
  );
  assign product_o = sum + carry;
`else
  logic unused_triple;
  assign unused_triple = ^triple_i;
  assign product_o = multiplicand_i * multiplier_i;
`endif

endmodule
