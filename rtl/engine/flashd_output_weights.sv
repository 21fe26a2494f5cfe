// SPDX-License-Identifier: Apache-2.0
/// First half of the output phase: a context's scores, key by key, to weights in a store per lane,
/// with their sum l and the flags of the values that the row sees.
///
/// Latency, in enabled cycles after a key's issue: score 1, p AtWeight; sum_o AtSum after the last
/// one, l_o and the flags a cycle later; p is in the store after StepDelay.
/// Back-pressure: en_i low freezes it; a context waits for its header, a free half of the stores
/// and the row unit.
/// Does not: look at values, or read the stores of its own accord.
module flashd_output_weights #(
  parameter int Profile = 0,
  parameter int Lanes = 4,
  parameter int Tile = 64,
  parameter int KeyBits = 7,
  parameter int SlotBits = 7,
  parameter int LaneBits = 3,
  parameter int Keys = 16,  // of a step
  localparam int F = flashd_spec_pkg::score_frac(Profile),
  localparam int ScoreBits = flashd_spec_pkg::ScoreRangeLog2 + F + 1,
  localparam int PBits = flashd_spec_pkg::p_bits(Profile),
  localparam int LBits = flashd_spec_pkg::tile_frac(Profile) + $clog2(Tile),
  localparam int Groups = Tile / Keys,
  localparam int GroupBits = (Groups > 1) ? $clog2(Groups) : 1
) (
  input  logic                                  clk_i,
  input  logic                                  rst_ni,
  input  logic                                  en_i,
  // Header of the next context, and its values are there.
  input  logic                                  head_valid_i,
  input  logic                                  head_empty_i,
  input  logic [KeyBits-1:0]                    head_begin_i,
  input  logic [KeyBits-1:0]                    head_end_i,
  input  logic                                  head_out_i,       // its rows leave
  input  logic [Lanes-1:0][18:0]                head_reference_i,
  input  logic                                  out_room_i,
  output logic                                  out_take_o,
  input  logic                                  half_free_i,      // of the stores
  input  logic                                  row_freed_i,      // the row unit takes another
  // Issue of a key or token.
  output logic                                  go_o,
  output logic                                  last_o,           // the context's last
  output logic                                  pop_o,            // both
  output logic                                  half_o,           // of the stores
  output logic                                  key_valid_o,      // a key
  output logic [KeyBits-1:0]                    key_o,            // of the tile
  output logic [SlotBits-1:0]                   slot_o,           // of the score buffer
  // A cycle later: its scores, and flags of its values.
  input  logic [Lanes-1:0]                      visible_i,
  input  logic [Lanes-1:0][ScoreBits-1:0]       score_i,
  input  logic                                  v_bad_i,
  input  logic                                  v_clamped_i,
  // Sum of a context's weights, and flags of the values that its rows see.
  output logic                                  sum_o,
  output logic [Lanes-1:0][LBits-1:0]           l_o,
  output logic [Lanes-1:0]                      v_bad_o,
  output logic [Lanes-1:0]                      v_clamped_o,
  // Weights of a step, late.
  input  logic                                  read_valid_i,
  input  logic                                  read_half_i,
  input  logic [GroupBits-1:0]                  read_group_i,
  output logic [Lanes-1:0][Keys-1:0][PBits-1:0] p_sig_o,
  output logic [Lanes-1:0][Keys-1:0][PBits+1:0] p_triple_o,
  output logic [Lanes-1:0][Keys-1:0][4:0]       p_shift_o,
  // What happens in this cycle.
  output logic                                  tap_room_wait_o,
  output logic [LaneBits-1:0]                   tap_skipped_o
);

  localparam int TileBits = $clog2(Tile);
  localparam int AtWeight = flashd_output_time_pkg::AtWeight;
  localparam int StepDelay = flashd_output_time_pkg::step_delay(Lanes, Groups);

  // Keys.
  logic first, row_free_q;
  logic [Lanes-1:0][18:0] reference_q;

  flashd_weight_issue #(
    .KeyBits (KeyBits),
    .SlotBits(SlotBits)
  ) u_keys (
    .clk_i,
    .rst_ni,
    .en_i,
    .valid_i    (head_valid_i),
    .empty_i    (head_empty_i),
    .begin_i    (head_begin_i),
    .end_i      (head_end_i),
    .out_i      (head_out_i),
    .out_room_i,
    .out_take_o,
    .pop_o,
    .room_wait_o(tap_room_wait_o),
    .half_free_i,
    .row_free_i (row_free_q),
    .go_o,
    .key_valid_o,
    .key_o,
    .slot_o,
    .first_o    (first),
    .last_o,
    .half_o
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) row_free_q <= 1'b1;
    else if (pop_o) row_free_q <= 1'b0;
    else if (en_i && row_freed_i) row_free_q <= 1'b1;
  end
  always_ff @(posedge clk_i) begin
    if (go_o) reference_q <= head_reference_i;
  end

  // Weights.
  logic at_score, first_at_score, last_at_score, store_valid, store_half;
  logic [TileBits-1:0] store_key;
  flashd_delay_valid #(.Cycles(flashd_output_time_pkg::AtSum)) u_at_sum (
    .clk_i, .rst_ni, .en_i, .valid_i(pop_o), .valid_o(sum_o), .busy_o());
  flashd_delay_valid #(.Cycles(1)) u_at_score (
    .clk_i, .rst_ni, .en_i, .valid_i(key_valid_o), .valid_o(at_score), .busy_o());
  flashd_delay #(.Bits(2), .Cycles(1)) u_score_tag (
    .clk_i, .en_i, .data_i({first, last_o}), .data_o({first_at_score, last_at_score}));
  flashd_delay_valid #(.Cycles(StepDelay)) u_store_valid (
    .clk_i, .rst_ni, .en_i, .valid_i(key_valid_o), .valid_o(store_valid), .busy_o());
  flashd_delay #(.Bits(1 + TileBits), .Cycles(StepDelay)) u_store_key (
    .clk_i, .en_i, .data_i({half_o, TileBits'(key_o)}), .data_o({store_half, store_key}));

  logic [Lanes-1:0][LBits-1:0] l_sum;
  logic [Lanes-1:0] v_bad_q, v_clamped_q, weight_valid, zero_at_weight;
  logic [Lanes-1:0] unused_first, unused_last, unused_l_valid;

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic [PBits-1:0] p_sig, store_sig;
    logic [4:0] p_shift, store_shift;
    logic bad, clamped;

    flashd_weight #(
      .Profile(Profile),
      .Tile   (Tile)
    ) u_weight (
      .clk_i,
      .rst_ni,
      .en_i,
      .valid_i    (at_score),
      .first_i    (first_at_score),
      .last_i     (last_at_score),
      .visible_i  (visible_i[l]),
      .score_i    ($signed(score_i[l])),
      .reference_i($signed(reference_q[l])),
      .valid_o    (weight_valid[l]),
      .first_o    (unused_first[l]),
      .last_o     (unused_last[l]),
      .p_sig_o    (p_sig),
      .p_shift_o  (p_shift),
      .p_zero_o   (zero_at_weight[l]),
      .l_valid_o  (unused_l_valid[l]),
      .l_o        (l_sum[l])
    );

    // Flags of the values that the row sees in this tile.
    assign bad = (visible_i[l] && v_bad_i) || (!first_at_score && v_bad_q[l]);
    assign clamped = (visible_i[l] && v_clamped_i) || (!first_at_score && v_clamped_q[l]);
    always_ff @(posedge clk_i) begin
      if (en_i && at_score) begin
        v_bad_q[l]     <= bad;
        v_clamped_q[l] <= clamped;
        if (last_at_score) begin
          v_bad_o[l]     <= bad;
          v_clamped_o[l] <= clamped;
        end
      end
      if (en_i && sum_o) l_o[l] <= l_sum[l];
    end

    flashd_delay #(
      .Bits  (PBits + 5),
      .Cycles(StepDelay - AtWeight)
    ) u_p (
      .clk_i,
      .en_i,
      .data_i({p_sig, p_shift}),
      .data_o({store_sig, store_shift})
    );

    flashd_weight_store #(
      .Profile(Profile),
      .Tile   (Tile),
      .Keys   (Keys)
    ) u_store (
      .clk_i,
      .we_i     (en_i && store_valid),
      .whalf_i  (store_half),
      .key_i    (store_key),
      .p_sig_i  (store_sig),
      .p_shift_i(store_shift),
      .re_i     (en_i && read_valid_i),
      .rhalf_i  (read_half_i),
      .step_i   (read_group_i),
      .p_sig_o  (p_sig_o[l]),
      .p_triple_o(p_triple_o[l]),
      .p_shift_o(p_shift_o[l])
    );
  end

  // Counters.
  logic [Lanes-1:0] seen_at_weight;
  flashd_delay #(.Bits(Lanes), .Cycles(AtWeight - 1)) u_seen_at_weight (
    .clk_i, .en_i, .data_i(visible_i), .data_o(seen_at_weight));
  always_comb begin
    tap_skipped_o = '0;
    for (int l = 0; l < Lanes; l++) begin
      tap_skipped_o += LaneBits'(en_i && weight_valid[0] && seen_at_weight[l] &&
                                 zero_at_weight[l]);
    end
  end

  logic unused;
  assign unused = ^{weight_valid, unused_first, unused_last, unused_l_valid};

endmodule
