// SPDX-License-Identifier: Apache-2.0
/// Weighted values p v of one channel and up to 16 keys on the grid of the tile sums, compressed to
/// Numbers numbers and as many carries of weight 1 (arith::value_addend).
///
/// The sum of all of them is that of the addends, each raised by 2^(tile_frac + 1) so that no sign
/// is extended: flashd_output_sum takes it off. An addend is +-round(p v 2^(-shift - 1 - dist)),
/// halves away from zero: a guard bit is the carry, the sign a one's complement.
/// The register lies where the tree is six numbers wide: behind the products it would be three
/// times as large.
/// Latency: 1 cycle, one step per cycle. Back-pressure: none; without `en_i` the registers rest.
/// Does not: propagate carries, or know which keys count; p = 0 adds nothing.
module flashd_output_group #(
  parameter int Profile = 0,
  parameter int Sig = 8,
  parameter int Keys = 16,
  localparam int PBits = flashd_spec_pkg::p_bits(Profile),
  // p < 1 and v < 2^(E+1): tile_frac + 1 bits and a sign. Raised, it is below 2^AddendBits.
  localparam int AddendBits = flashd_spec_pkg::tile_frac(Profile) + 2,
  localparam int GroupBits = AddendBits + $clog2(Keys),
  localparam int Numbers = (Keys < 6) ? Keys : 6
) (
  input  logic                              clk_i,
  input  logic                              en_i,
  input  logic [Keys-1:0][PBits-1:0]        p_sig_i,    // 0, or the highest bit set
  input  logic [Keys-1:0][PBits+1:0]        p_triple_i, // three times p_sig_i
  input  logic [Keys-1:0][4:0]              p_shift_i,
  input  logic [Keys-1:0]                   v_neg_i,
  input  logic [Keys-1:0][Sig-1:0]          v_sig_i,
  input  logic [Keys-1:0][4:0]              v_dist_i,
  output logic [Numbers-1:0][GroupBits-1:0] value_o,
  output logic [Numbers-1:0]                left_o
);

  if (Keys < 2 || Keys > 16) begin : gen_bad_keys
    $error("flashd_output_group: Keys must be 2 to 16.");
  end

  localparam int ProductBits = PBits + Sig;
  // An addend's magnitude and its guard bit: p v 2^-1 with shift = dist = 0.
  localparam int GridBits = AddendBits;

  if (GridBits > 24) begin : gen_bad_grid
    $error("flashd_output_group: shifts of 24 and more must leave nothing.");
  end

  logic [Keys-1:0][GroupBits-1:0] raised;
  logic [Keys-1:0]                carry;

  for (genvar k = 0; k < Keys; k++) begin : gen_key
    logic [ProductBits-1:0] product;
    logic [GridBits-1:0]    unshifted, far, shifted;
    logic [5:0]             distance;
    logic                   neg;

    flashd_digit_multiply #(.Multiplicand(PBits), .Multiplier(Sig)) u_multiply (
      .multiplicand_i(p_sig_i[k]),
      .triple_i(p_triple_i[k]),
      .multiplier_i(v_sig_i[k]),
      .product_o(product)
    );
    if (GridBits >= ProductBits) begin : gen_pad
      assign unshifted = {product, {(GridBits - ProductBits) {1'b0}}};
    end else begin : gen_drop
      logic [ProductBits-GridBits-1:0] unused_low;
      assign {unshifted, unused_low} = product;
    end
    // shift <= tile_frac - 1 <= 17, dist <= 31.
    assign distance = {1'b0, p_shift_i[k]} + {1'b0, v_dist_i[k]};
    assign neg = v_neg_i[k] && p_sig_i[k][PBits-1];

    // Far shifts first, which leave few bits for the near ones; from 24 on nothing is left.
    always_comb begin
      far = '0;
      for (int b = 0; b < 3; b++)
        far |= (unshifted >> (8 * b)) & {GridBits{distance[5:3] == 3'(b)}};
    end
    assign shifted = far >> distance[2:0];
    // The highest bit of the one's complement is the sign, zero for a positive number: raised,
    // it is the opposite.
    assign raised[k] = GroupBits'({!neg, shifted[GridBits-1:1] ^ {(AddendBits - 1) {neg}}});
    assign carry[k] = shifted[0] ^ neg;
  end

  logic [Numbers-1:0][GroupBits-1:0] value;
  logic [Numbers-1:0]                left;

  flashd_compress #(.Inputs(Keys), .Bits(GroupBits), .Outputs(Numbers)) u_compress (
    .value_i(raised),
    .carry_i(carry),
    .value_o(value),
    .left_o(left)
  );

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      value_o <= value;
      left_o <= left;
    end
  end

endmodule
