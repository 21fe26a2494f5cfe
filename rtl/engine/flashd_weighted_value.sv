// SPDX-License-Identifier: Apache-2.0
/// The addend of a tile sum: p v / 2^E on the grid 2^-tile_frac, as value + carry
/// (arith::cut_product, arith::value_addend).
///
/// value + carry = +-round(p v 2^(-shift - 1 - dist)), halves away from zero: a guard bit is the
/// carry, the sign a one's complement. In `lean` partial-product bits of weight below
/// 2^(cut_columns + Sig - 8) do not exist; the lowest bits of a BF16 significand are zero when
/// Sig is 11, so the same columns of its own product are left out.
/// Latency: none, combinational. Back-pressure: none.
/// Does not: know about skipped keys; p = 0 gives value + carry = 0.
module flashd_weighted_value #(
  parameter int Profile = 0,
  parameter int Sig = 8,
  localparam int PBits = flashd_spec_pkg::p_bits(Profile),
  localparam int TileFrac = flashd_spec_pkg::tile_frac(Profile)
) (
  input  logic [PBits-1:0]  p_sig_i,
  input  logic [4:0]        p_shift_i,
  input  logic              v_neg_i,
  input  logic [Sig-1:0]    v_sig_i,
  input  logic [4:0]        v_dist_i,
  // p < 1 and v < 2^(E+1): tile_frac + 1 bits and a sign.
  output logic [TileFrac+1:0] value_o,
  output logic              carry_o
);

  localparam int ProductBits = PBits + Sig;
  localparam int Columns = flashd_spec_pkg::cut_columns(Profile);
  localparam int Cut = (Columns == 0) ? 0 : Columns + Sig - 8;
  // Bits of p v 2^-1 on the grid, guard bit included.
  localparam int GridBits = TileFrac + 2;

  logic [ProductBits-1:0] product;

  flashd_array_multiply #(.Multiplicand(PBits), .Multiplier(Sig), .Cut(Cut)) u_multiply (
    .multiplicand_i(p_sig_i),
    .multiplier_i(v_sig_i),
    .product_o(product)
  );

  // The product's weight on the guard grid with shift = dist = 0: 2^(GridBits - ProductBits).
  logic [GridBits-1:0] unshifted;
  if (GridBits >= ProductBits) begin : gen_pad
    assign unshifted = {product, {(GridBits - ProductBits) {1'b0}}};
  end else begin : gen_drop
    logic [ProductBits-GridBits-1:0] unused_low;
    assign {unshifted, unused_low} = product;
  end

  // shift <= tile_frac - 1 <= 17, dist <= 31.
  logic [5:0]          distance;
  logic [GridBits-1:0] shifted;

  assign distance = {1'b0, p_shift_i} + {1'b0, v_dist_i};
  assign shifted = unshifted >> distance;
  assign value_o = {1'b0, shifted[GridBits-1:1]} ^ {(TileFrac + 2) {v_neg_i}};
  assign carry_o = shifted[0] ^ v_neg_i;

endmodule
