// SPDX-License-Identifier: Apache-2.0
/// One element of a tile sum: T <- T + p v, and the finished T of the tile before.
///
/// A key takes two cycles: its addend is registered with `use_i`, one cycle later added with
/// `add_i`. `restart_i`, in the cycle of `add_i`, lets the sum begin from zero; without `add_i` it
/// is cleared. `done_i` copies the sum to `t_o`, where it stays until the next copy. Latency: as
/// above; the copy one cycle. Back-pressure: no enable, no change. Does not: know when a tile ends.
module flashd_output_element #(
  parameter int Profile = 0,
  parameter int Sig = 8,
  parameter int Tile = 16,
  localparam int PBits = flashd_spec_pkg::p_bits(Profile),
  // |p v / 2^E| < 2, at most Tile addends, a sign: |T| < Tile 2^(tile_frac + 1).
  localparam int TBits = flashd_spec_pkg::tile_frac(Profile) + 2 + $clog2(Tile)
) (
  input  logic             clk_i,
  input  logic             use_i,
  input  logic             add_i,
  input  logic             clear_i,
  input  logic             restart_i,
  input  logic             done_i,
  input  logic [PBits-1:0] p_sig_i,
  input  logic [4:0]       p_shift_i,
  input  logic             v_neg_i,
  input  logic [Sig-1:0]   v_sig_i,
  input  logic [4:0]       v_dist_i,
  output logic [TBits-1:0] t_o
);

  localparam int AddendBits = flashd_spec_pkg::tile_frac(Profile) + 2;

  logic [AddendBits-1:0] addend_d;
  logic [AddendBits-1:0] addend_q;
  logic                  carry_d;
  logic                  carry_q;
  logic [TBits-1:0]      sum_d;
  logic [TBits-1:0]      sum_q;

  flashd_weighted_value #(.Profile(Profile), .Sig(Sig)) u_weighted_value (
    .p_sig_i,
    .p_shift_i,
    .v_neg_i,
    .v_sig_i,
    .v_dist_i,
    .value_o(addend_d),
    .carry_o(carry_d)
  );
  flashd_ripple_add #(.Bits(TBits), .RippleBits(TBits / 2)) u_add (
    .a_i(sum_q & {TBits{!restart_i}}),
    .b_i({{(TBits - AddendBits) {addend_q[AddendBits-1]}}, addend_q}),
    .carry_i(carry_q),
    .sum_o(sum_d)
  );

  always_ff @(posedge clk_i) begin
    if (use_i) begin
      addend_q <= addend_d;
      carry_q <= carry_d;
    end
    if (add_i) sum_q <= sum_d;
    else if (clear_i) sum_q <= '0;
    if (done_i) t_o <= sum_q;
  end

endmodule
