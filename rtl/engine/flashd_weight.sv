// SPDX-License-Identifier: Apache-2.0
/// Weights of a tile's keys, p = 2^(s - R), and their sum l (arith::make_weight, weight_addend).
///
/// A tile is a run of keys from `first_i` to `last_i`; cycles without `valid_i` may lie between.
/// `reference_i` is R and holds from first to last; no visible score may exceed it (s < R).
/// A key that is not visible, or lies more than tile_frac octaves below R, has p = 0
/// (`p_zero_o`, with `p_sig_o` zero). `p_shift_o` is R - floor(s) - 1, 0 to tile_frac - 1.
/// Latency: LatencyWeight cycles to p; l is complete, with `l_valid_o`, one cycle after `last_o`,
/// and holds until the next tile's first key reaches it.
/// Back-pressure: `en_i` low freezes everything.
/// Does not: find R.
module flashd_weight #(
  parameter int Profile = 0,
  parameter int Tile = 16,
  localparam int F = flashd_spec_pkg::score_frac(Profile),
  localparam int PBits = flashd_spec_pkg::p_bits(Profile),
  // Every addend of l is below 2^tile_frac (p < 1, and 1 - p is at least one unit of p).
  localparam int LBits = flashd_spec_pkg::tile_frac(Profile) + $clog2(Tile)
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    en_i,
  input  logic                    valid_i,
  input  logic                    first_i,
  input  logic                    last_i,
  input  logic                    visible_i,
  input  logic signed [17+F:0]    score_i,
  input  logic signed [18:0]      reference_i,
  output logic                    valid_o,
  output logic                    first_o,
  output logic                    last_o,
  output logic        [PBits-1:0] p_sig_o,
  output logic        [4:0]       p_shift_o,
  output logic                    p_zero_o,
  output logic                    l_valid_o,
  output logic        [LBits-1:0] l_o
);

  localparam int TileFrac = flashd_spec_pkg::tile_frac(Profile);
  localparam int OffsetBits = F - 6;
  localparam int BaseBits = PBits + 3;
  localparam int SlopeBits = BaseBits - 6;

  if (Profile != 0 && Profile != 1) begin : gen_bad_profile
    $error("flashd_weight: Profile must be 0 (fine) or 1 (lean).");
  end
  if (Tile < 1 || Tile > 256) begin : gen_bad_tile
    $error("flashd_weight: Tile must be 1 to 256.");
  end
  if (flashd_spec_pkg::LatencyWeight != 2 || TileFrac > 31) begin : gen_bad_spec
    $error("flashd_weight: built for LatencyWeight 2 and tile_frac below 32.");
  end
  if (F != 6 + (Profile == 0 ? flashd_spec_pkg::PFineOffsetBits :
                               flashd_spec_pkg::PLeanOffsetBits) ||
      BaseBits != (Profile == 0 ? flashd_spec_pkg::PFineBaseBits :
                                  flashd_spec_pkg::PLeanBaseBits) ||
      SlopeBits != (Profile == 0 ? flashd_spec_pkg::PFineSlopeBits :
                                   flashd_spec_pkg::PLeanSlopeBits)) begin : gen_bad_table
    $error("flashd_weight: the p table does not have 64 segments and 3 guard bits.");
  end

  // Stage 1: octaves below the reference, table entry of the fraction.
  logic [18:0]           distance;
  logic                  zero_d;
  logic                  zero_q;
  logic [4:0]            shift_q;
  logic [BaseBits-1:0]   base_d;
  logic [BaseBits-1:0]   base_q;
  logic [SlopeBits-1:0]  slope_d;
  logic [SlopeBits-1:0]  slope_q;
  logic [OffsetBits-1:0] offset_q;
  logic                  valid_q;
  logic                  first_q;
  logic                  last_q;

  // R - floor(s) - 1 = R + ~floor(s): no carry.
  assign distance = reference_i + {~score_i[17+F], ~score_i[17+F:F]};
  assign zero_d = !visible_i || (distance >= 19'(TileFrac));
  if (Profile == 0) begin : gen_fine
    assign base_d = flashd_spec_pkg::p_fine_base(score_i[F-1-:6]);
    assign slope_d = flashd_spec_pkg::p_fine_slope(score_i[F-1-:6]);
  end else begin : gen_lean
    assign base_d = flashd_spec_pkg::p_lean_base(score_i[F-1-:6]);
    assign slope_d = flashd_spec_pkg::p_lean_slope(score_i[F-1-:6]);
  end

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      zero_q <= zero_d;
      shift_q <= distance[4:0];
      base_q <= base_d;
      slope_q <= slope_d;
      offset_q <= score_i[OffsetBits-1:0];
      first_q <= first_i;
      last_q <= last_i;
    end
  end

  // Stage 2: interpolation; the table's last value is below 2^BaseBits.
  logic [SlopeBits+OffsetBits-1:0] risen;
  logic [BaseBits-1:0]             fine;
  logic [OffsetBits+2:0]           unused_low;

  assign risen = slope_q * offset_q;
  assign fine = base_q + BaseBits'(risen[SlopeBits+OffsetBits-1:OffsetBits]);
  assign unused_low = {risen[OffsetBits-1:0], fine[2:0]};

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      p_zero_o <= zero_q;
      p_sig_o <= fine[BaseBits-1:3] & {PBits{!zero_q}};
      p_shift_o <= shift_q & {5{!zero_q}};
      first_o <= first_q;
      last_o <= last_q;
    end
  end

  // Stage 3: p on the grid of the tile sums, rounded half up; a guard bit is the carry-in.
  logic [TileFrac:0] aligned;
  logic [LBits-1:0]  l_kept;
  logic [LBits-1:0]  l_d;
  logic              unused_carry;

  assign aligned = {p_sig_o, {(TileFrac + 1 - PBits) {1'b0}}} >> p_shift_o;
  assign l_kept = first_o ? '0 : l_o;
  assign {l_d, unused_carry} = {l_kept, 1'b1} + {LBits'(aligned[TileFrac:1]), aligned[0]};

  always_ff @(posedge clk_i) begin
    if (en_i && valid_o) begin
      l_o <= l_d;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      valid_o <= 1'b0;
      l_valid_o <= 1'b0;
    end else if (en_i) begin
      valid_q <= valid_i;
      valid_o <= valid_q;
      l_valid_o <= valid_o && last_o;
    end
  end

endmodule
