// SPDX-License-Identifier: Apache-2.0
/// Tile sums T of Channels channels of one row: p v accumulated over a tile's keys, Keys keys and
/// Channels channels a step, one step a cycle (arith::value_addend).
///
/// A block is a run of steps from `first_i` (sums restart) to `last_i`, at most Tile / Keys; cycles
/// without `valid_i` may lie between. `missing_i`, with `first_i`, is how many fewer there are. The
/// sums of a block's channels then stand at `t_o` until those of the next block.
/// A key with p = 0 adds nothing.
/// Latency: LatencyOutput cycles from the last step to `t_valid_o` and `t_o`.
/// Back-pressure: `en_i` low freezes everything; so does, for products and sums, no `valid_i`.
/// Does not: check that the sums were taken.
module flashd_output_lane #(
  parameter int Profile = 0,
  parameter int Sig = 8,
  parameter int Channels = 1,
  parameter int Keys = 16,
  parameter int Tile = 16,
  localparam int PBits = flashd_spec_pkg::p_bits(Profile),
  localparam int GroupBits = flashd_spec_pkg::tile_frac(Profile) + 2 + $clog2(Keys),
  localparam int Numbers = (Keys < 6) ? Keys : 6,
  // |p v / 2^E| < 2, at most Tile addends, a sign: |T| < Tile 2^(tile_frac + 1).
  localparam int TBits = flashd_spec_pkg::tile_frac(Profile) + 2 + $clog2(Tile),
  localparam int MissingBits = (Tile > Keys) ? $clog2(Tile / Keys) : 1
) (
  input  logic                                    clk_i,
  input  logic                                    rst_ni,
  input  logic                                    en_i,
  input  logic                                    valid_i,
  input  logic                                    first_i,
  input  logic                                    last_i,
  input  logic [MissingBits-1:0]                  missing_i,
  input  logic [Keys-1:0][PBits-1:0]              p_sig_i,
  input  logic [Keys-1:0][PBits+1:0]              p_triple_i,  // three times p_sig_i
  input  logic [Keys-1:0][4:0]                    p_shift_i,
  input  logic [Channels-1:0][Keys-1:0]           v_neg_i,
  input  logic [Channels-1:0][Keys-1:0][Sig-1:0]  v_sig_i,
  input  logic [Channels-1:0][Keys-1:0][4:0]      v_dist_i,
  output logic                                    t_valid_o,
  output logic [Channels-1:0][TBits-1:0]          t_o
);

  if (Profile != 0 && Profile != 1) begin : gen_bad_profile
    $error("flashd_output_lane: Profile must be 0 (fine) or 1 (lean).");
  end
  if (Sig != 8 && Sig != 11) begin : gen_bad_sig
    $error("flashd_output_lane: Sig must be 8 (BF16) or 11 (BF16 and FP16).");
  end
  if (Channels < 1 || Tile < Keys || Tile > 256 || Tile % Keys != 0) begin : gen_bad_size
    $error("flashd_output_lane: Channels must be at least 1, Tile a multiple of Keys up to 256.");
  end
  if (flashd_spec_pkg::LatencyOutput != 2) begin : gen_bad_spec
    $error("flashd_output_lane: built for LatencyOutput 2.");
  end

  typedef struct packed {
    logic                   first;
    logic                   last;
    logic [MissingBits-1:0] missing;
  } step_t;

  logic  valid_q;
  step_t step_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      t_valid_o <= 1'b0;
    end else if (en_i) begin
      valid_q <= valid_i;
      t_valid_o <= valid_q && step_q.last;
    end
  end
  always_ff @(posedge clk_i) begin
    if (en_i) step_q <= {first_i, last_i, missing_i};
  end

  for (genvar c = 0; c < Channels; c++) begin : gen_channel
    logic [Numbers-1:0][GroupBits-1:0] value;
    logic [Numbers-1:0]                left;
    flashd_output_group #(.Profile(Profile), .Sig(Sig), .Keys(Keys)) u_group (
      .clk_i,
      .en_i(en_i && valid_i),
      .p_sig_i,
      .p_triple_i,
      .p_shift_i,
      .v_neg_i(v_neg_i[c]),
      .v_sig_i(v_sig_i[c]),
      .v_dist_i(v_dist_i[c]),
      .value_o(value),
      .left_o(left)
    );
    flashd_output_sum #(.Profile(Profile), .Tile(Tile), .Keys(Keys)) u_sum (
      .clk_i,
      .add_i(en_i && valid_q),
      .restart_i(step_q.first),
      .done_i(step_q.last),
      .missing_i(step_q.missing),
      .value_i(value),
      .left_i(left),
      .t_o(t_o[c])
    );
  end

endmodule
