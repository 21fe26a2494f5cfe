// SPDX-License-Identifier: Apache-2.0
/// Distance of a decoded value's exponent to its channel's largest in the tile, capped at 31
/// (arith::value_distance); sign and significand pass through.
///
/// Latency: none, combinational. Back-pressure: none.
/// Does not: clamp to the job's grid (flashd_value_clamp), or cope with an exponent above the
/// tile's: that is a key the tile's exponent did not count, whose weight is zero.
module flashd_value #(
  parameter int Sig = 8
) (
  input  logic           neg_i,
  input  logic [7:0]     exp_i,
  input  logic [Sig-1:0] sig_i,
  input  logic [7:0]     tile_exp_i,
  output logic           neg_o,
  output logic [Sig-1:0] sig_o,
  output logic [4:0]     dist_o
);

  logic [7:0] distance;

  assign neg_o = neg_i;
  assign sig_o = sig_i;
  assign distance = tile_exp_i - exp_i;
  assign dist_o = distance[4:0] | {5{|distance[7:5]}};

endmodule
