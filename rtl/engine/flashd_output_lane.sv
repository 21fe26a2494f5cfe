// SPDX-License-Identifier: Apache-2.0
/// Tile sums T of Width elements of one row: p v accumulated over a tile's keys, one key a cycle
/// (arith::value_addend).
///
/// A pass is a run of keys from `first_i` (sums restart from zero) to `last_i`; cycles without
/// `valid_i` may lie between. After the last key the sums are copied to `t_o`, which holds until
/// the copy of the next pass, so the next pass may start at once. `clear_i` with `last_i`, without
/// `valid_i`, is a pass without a key: it delivers zeros.
/// A key with p = 0 leaves the registers of its product and of the sums as they are.
/// Latency: LatencyOutput cycles from the last key to `t_valid_o` and `t_o`.
/// Back-pressure: `en_i` low freezes everything; so does, for products and sums, no `valid_i`.
/// Does not: check that the last copy was taken.
module flashd_output_lane #(
  parameter int Profile = 0,
  parameter int Sig = 8,
  parameter int Width = 16,
  parameter int Tile = 16,
  localparam int PBits = flashd_spec_pkg::p_bits(Profile),
  // |p v / 2^E| < 2, at most Tile addends, a sign: |T| < Tile 2^(tile_frac + 1).
  localparam int TBits = flashd_spec_pkg::tile_frac(Profile) + 2 + $clog2(Tile)
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  input  logic                        en_i,
  input  logic                        valid_i,
  input  logic                        first_i,
  input  logic                        last_i,
  input  logic                        clear_i,
  input  logic [PBits-1:0]            p_sig_i,
  input  logic [4:0]                  p_shift_i,
  input  logic                        p_zero_i,
  input  logic [Width-1:0]            v_neg_i,
  input  logic [Width-1:0][Sig-1:0]   v_sig_i,
  input  logic [Width-1:0][4:0]       v_dist_i,
  output logic                        t_valid_o,
  output logic [Width-1:0][TBits-1:0] t_o
);

  if (Profile != 0 && Profile != 1) begin : gen_bad_profile
    $error("flashd_output_lane: Profile must be 0 (fine) or 1 (lean).");
  end
  if (Sig != 8 && Sig != 11) begin : gen_bad_sig
    $error("flashd_output_lane: Sig must be 8 (BF16) or 11 (BF16 and FP16).");
  end
  if (Width < 1 || Tile < 1 || Tile > 256) begin : gen_bad_size
    $error("flashd_output_lane: Width must be at least 1 and Tile 1 to 256.");
  end
  if (flashd_spec_pkg::LatencyOutput != 3) begin : gen_bad_spec
    $error("flashd_output_lane: built for LatencyOutput 3.");
  end

  logic             use_key;
  logic [PBits-1:0] p_sig;
  logic             use_q;
  logic             restart_q;
  logic             last_q;
  logic             done_q;

  // A skipped key, a gap and a pass without keys all add nothing: operands are held at zero in
  // front of the multiplier, the registers behind it keep what they have.
  assign use_key = valid_i && !p_zero_i;
  assign p_sig = p_sig_i & {PBits{use_key}};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      last_q <= 1'b0;
      done_q <= 1'b0;
      t_valid_o <= 1'b0;
    end else if (en_i) begin
      last_q <= last_i && (valid_i || clear_i);
      done_q <= last_q;
      t_valid_o <= done_q;
    end
  end
  always_ff @(posedge clk_i) begin
    if (en_i) begin
      use_q <= use_key;
      restart_q <= clear_i || (valid_i && first_i);
    end
  end

  for (genvar e = 0; e < Width; e++) begin : gen_element
    flashd_output_element #(
      .Profile(Profile),
      .Sig(Sig),
      .Tile(Tile)
    ) u_element (
      .clk_i,
      .use_i(en_i && use_key),
      .add_i(en_i && use_q),
      .clear_i(en_i && restart_q),
      .restart_i(restart_q),
      .done_i(en_i && done_q),
      .p_sig_i(p_sig),
      .p_shift_i,
      .v_neg_i(v_neg_i[e] && use_key),
      .v_sig_i(v_sig_i[e]),
      .v_dist_i(v_dist_i[e]),
      .t_o(t_o[e])
    );
  end

endmodule
