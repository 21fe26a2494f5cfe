// SPDX-License-Identifier: Apache-2.0
/// The lane of docs/lane.md, ours: FLASH-D by tiles, one key a cycle, made of the engine's units.
///
/// A key's score waits for its run's reference R, is read as a weight p = 2^(s - R), and is added
/// to the run's sums l and T. The nonlinear unit makes g and w of l and S while the run's last p
/// and V are on their way; D / Merge steps then merge T into o, while the next run's sums grow.
/// Over 400 lines: the wiring of the lane's units in the order that a key takes through them.
/// `job_i`: scale's mantissa [21:0], VE [29:22]. `row_state_o`: mantissa of S [31:0], exponent
/// [50:32], whether the row has keys [51] (if not, the rest means nothing).
/// Latency: LatencyScore + 1 cycles from a run's last key to its first read, 5 more to
/// `v_take_o`; Tile + 9 from the first read to the first merge step, which with `last_i` is out 5
/// cycles later. D / Tile elements leave per cycle, at least one.
/// Back-pressure: with Tile 16 `ready_o` is constant. With a larger Tile it is low at a run's last
/// key until Tile cycles after the last key of the run before it: full runs never wait.
/// Does not: handle NaN, Inf or saturation flags, continue row states, or make the log-sum-exp.
module flashd_lane #(
  parameter int Profile = 0,
  parameter int D = 16,
  parameter int Rows = 1,
  parameter int Tile = (D == 16) ? 16 : 64,
  localparam int Merge = (D > Tile) ? D / Tile : 1
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic [63:0]            job_i,
  input  logic                   q_valid_i,
  input  logic [2:0]             q_row_i,
  input  logic [D-1:0][18:0]     q_i,
  input  logic                   run_i,
  input  logic [2:0]             run_row_i,
  input  logic                   valid_i,
  output logic                   ready_o,
  input  logic                   first_i,
  input  logic                   last_i,
  input  logic                   begin_i,
  input  logic                   end_i,
  input  logic                   visible_i,
  input  logic [D-1:0][15:0]     k_i,
  output logic                   v_take_o,
  input  logic [D-1:0][13:0]     v_i,
  output logic [$clog2(D)-1:0]   e_index_o,
  input  logic [Merge-1:0][7:0]  e_distance_i,
  output logic                   o_valid_o,
  output logic [2:0]             o_row_o,
  output logic [Merge-1:0][31:0] o_o,
  output logic                   row_valid_o,
  output logic [2:0]             row_row_o,
  output logic [63:0]            row_state_o
);

  if (D != 16 && D != 64 && D != 256) begin : gen_bad_d
    $error("flashd_lane: D must be 16, 64 or 256.");
  end
  if (Rows != 1 && Rows != 8) begin : gen_bad_rows
    $error("flashd_lane: Rows must be 1 or 8.");
  end
  if ((Tile != 16 && Tile != 64) || D < Tile) begin : gen_bad_tile
    $error("flashd_lane: Tile must be 16 or 64, and at most D.");
  end

  localparam int F = flashd_spec_pkg::score_frac(Profile);
  localparam int ScoreBits = flashd_spec_pkg::ScoreRangeLog2 + F + 1;
  localparam int PBits = flashd_spec_pkg::p_bits(Profile);
  localparam int LBits = flashd_spec_pkg::tile_frac(Profile) + $clog2(Tile);
  localparam int TBits = flashd_spec_pkg::tile_frac(Profile) + 2 + $clog2(Tile);
  localparam int Extra = ($clog2(D) + 1) / 2;
  localparam int RowBits = (Rows > 1) ? $clog2(Rows) : 1;
  localparam int Nonlinear = flashd_spec_pkg::LatencyNonlinear;
  // Values of 16 keys and D / 16 channels meet in a step.
  localparam int Keys = 16;
  localparam int Channels = D / Keys;
  localparam int StepBits = (Tile > Keys) ? $clog2(Tile / Keys) : 1;
  // p waits so long that the first T is complete one cycle before g and w stand: see
  // flashd_lane_steps for when the steps begin.
  localparam bit Late = (Rows > 1) && (Tile > Keys);  // weights pass a register, see weight_store
  localparam int Wait = (Tile > Keys) ? Nonlinear - flashd_spec_pkg::LatencyOutput - 3 - 32'(Late) :
      Nonlinear - flashd_spec_pkg::LatencyOutput - 1;

  typedef struct packed {
    logic [RowBits-1:0] row;
    logic               first;
    logic               last;
  } run_t;

  logic take;
  assign take = valid_i && ready_o;

  // Queries.
  logic [D-1:0][18:0] q;
  logic [D-1:0]       q_neg, k_neg;
  logic [D-1:0][9:0]  q_exp;
  logic [D-1:0][7:0]  q_sig, k_exp, k_sig;
  if (Rows == 1) begin : gen_query
    logic unused_query;
    assign unused_query = ^{q_row_i, run_i, run_row_i};
    always_ff @(posedge clk_i) begin
      if (q_valid_i) q <= q_i;
    end
  end else begin : gen_queries
    flashd_ram #(.Bits(D * 19), .Depth(Rows)) u_queries (
      .clk_i,
      .we_i(q_valid_i),
      .waddr_i(q_row_i[RowBits-1:0]),
      .wdata_i(q_i),
      .re_i(run_i),
      .raddr_i(run_row_i[RowBits-1:0]),
      .rdata_o(q)
    );
  end
  for (genvar e = 0; e < D; e++) begin : gen_operand
    logic normal;
    assign {q_neg[e], q_exp[e], q_sig[e]} = q[e];
    assign normal = k_i[e][14:7] != '0;
    assign k_neg[e] = k_i[e][15];
    assign k_exp[e] = {k_i[e][14:8], k_i[e][7] || !normal};
    assign k_sig[e] = {normal, k_i[e][6:0]};
  end

  // Scores.
  logic                        score_valid, score_visible, score_end;
  logic signed [ScoreBits-1:0] score;
  logic [2:0]                  unused_score;
  flashd_score_lane #(
    .Profile(Profile),
    .Sig(8),
    .Width(D),
    .MaxHeadDim(D),
    .BiasDelay(1'b0),
    .SoftCap(0)
  ) u_score (
    .clk_i,
    .rst_ni,
    .valid_i(take),
    .first_i(1'b1),
    .last_i(1'b1),
    .q_neg_i(q_neg),
    .q_exp_i(q_exp),
    .q_sig_i(q_sig),
    .k_neg_i(k_neg),
    .k_exp_i(k_exp),
    .k_sig_i(k_sig),
    .grid_extra_i(3'(Extra)),
    .scale_i(job_i[21:0]),
    .cap_en_i(1'b0),
    .cap_i('0),
    .bias_i('0),
    .bias_take_o(unused_score[0]),
    .valid_o(score_valid),
    .score_o(score),
    .sat_product_o(unused_score[1]),
    .sat_score_o(unused_score[2])
  );
  flashd_delay #(.Bits(2), .Cycles(flashd_spec_pkg::LatencyScore)) u_score_tag (
    .clk_i, .en_i(1'b1), .data_i({visible_i, end_i}), .data_o({score_visible, score_end}));

  // A run's fields: from its last key, while it is read, while it is merged.
  run_t run_q, read_run_q, merge_run_q;
  logic first_q;
  logic [RowBits-1:0] row;
  logic done, read_valid, read_real, read_first, read_next_last, read_last, read_visible;
  logic seen, merge_seen_q;
  logic signed [18:0] base, reference;
  if (Rows == 1) begin : gen_row
    assign row = '0;
  end else begin : gen_rows
    logic [RowBits-1:0] row_q;
    always_ff @(posedge clk_i) begin
      if (run_i) row_q <= run_row_i[RowBits-1:0];
    end
    assign row = row_q;
  end
  always_ff @(posedge clk_i) begin
    if (take && begin_i) first_q <= first_i;
    if (take && end_i) run_q <= {row, first_q, last_i};
    if (done) read_run_q <= run_q;
    if (read_valid && read_last) begin
      merge_run_q <= read_run_q;
      merge_seen_q <= seen;
    end
  end

  if (Tile == 16) begin : gen_always
    assign ready_o = 1'b1;
  end else begin : gen_ready
    logic [$clog2(Tile)-1:0] wait_q;  // cycles until a run may end again
    assign ready_o = !end_i || (wait_q == '0);
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) wait_q <= '0;
      else if (take && end_i) wait_q <= '1;
      else if (wait_q != '0) wait_q <= wait_q - $clog2(Tile)'(1);
    end
  end

  // Weights.
  logic [ScoreBits-1:0] read_score;
  logic                 p_valid, p_first, p_last, p_zero, l_valid;
  logic [PBits-1:0]     p_sig;
  logic [4:0]           p_shift;
  logic [LBits-1:0]     l;
  flashd_lane_scores #(.Profile(Profile), .Tile(Tile), .Memory(Rows > 1)) u_scores (
    .clk_i,
    .rst_ni,
    .valid_i(score_valid),
    .end_i(score_end),
    .visible_i(score_visible),
    .score_i(score),
    .done_o(done),
    .valid_o(read_valid),
    .real_o(read_real),
    .first_o(read_first),
    .next_last_o(read_next_last),
    .last_o(read_last),
    .visible_o(read_visible),
    .score_o(read_score),
    .base_o(base),
    .seen_o(seen),
    .reference_o(reference)
  );
  flashd_weight #(.Profile(Profile), .Tile(Tile)) u_weight (
    .clk_i,
    .rst_ni,
    .en_i(1'b1),
    .valid_i(read_valid),
    .first_i(read_first),
    .last_i(read_last),
    .visible_i(read_visible),
    .score_i($signed(read_score)),
    .reference_i(base),
    .valid_o(p_valid),
    .first_o(p_first),
    .last_o(p_last),
    .p_sig_o(p_sig),
    .p_shift_o(p_shift),
    .p_zero_o(p_zero),
    .l_valid_o(l_valid),
    .l_o(l)
  );

  // Weights wait until their run is complete.
  logic                       store_valid, store_last, unused_busy;
  logic                       step_valid, step_read, step_first, step_last;
  logic                       store_half, step_half;
  logic [$clog2(Tile)-1:0]    store_key;
  logic [PBits-1:0]           store_sig;
  logic [4:0]                 store_shift;
  logic [StepBits-1:0]        step;
  logic [Keys-1:0][PBits-1:0] step_sig;
  logic [Keys-1:0][PBits+1:0] step_triple;
  logic [Keys-1:0][4:0]       step_shift;
  logic [1:0]                 unused_p;
  assign unused_p = {p_first, p_zero};
  flashd_delay #(.Bits(PBits + 6), .Cycles(Wait)) u_p (
    .clk_i,
    .en_i(1'b1),
    .data_i({p_last, p_shift, p_sig}),
    .data_o({store_last, store_shift, store_sig})
  );
  flashd_delay_valid #(.Cycles(Wait)) u_store_valid (
    .clk_i, .rst_ni, .en_i(1'b1), .valid_i(p_valid), .valid_o(store_valid), .busy_o(unused_busy));
  flashd_lane_steps #(.Tile(Tile), .Keys(Keys)) u_steps (
    .clk_i,
    .rst_ni,
    .valid_i(store_valid),
    .last_i(store_last),
    .half_o(store_half),
    .key_o(store_key),
    .valid_o(step_valid),
    .read_o(step_read),
    .step_half_o(step_half),
    .step_o(step),
    .first_o(step_first),
    .last_o(step_last)
  );
  flashd_weight_store #(
    .Profile(Profile),
    .Tile(Tile),
    .Keys(Keys),
    .Memory(Rows > 1),
    .Late(Late)
  ) u_weights (
    .clk_i,
    .we_i(store_valid),
    .whalf_i(store_half),
    .key_i(store_key),
    .p_sig_i(store_sig),
    .p_shift_i(store_shift),
    .re_i(step_read),
    .rhalf_i(step_half),
    .step_i(step),
    .p_sig_o(step_sig),
    .p_triple_o(step_triple),
    .p_shift_o(step_shift)
  );

  // Tile sums.
  logic                                 lane_valid_q, lane_first_q, lane_last_q;
  logic [Channels-1:0][Keys-1:0]        v_neg;
  logic [Channels-1:0][Keys-1:0][7:0]   v_sig;
  logic [Channels-1:0][Keys-1:0][4:0]   v_dist;
  logic [Channels-1:0][TBits-1:0]       t;
  logic                                 unused_t_valid;
  logic take_first, take_last, unused_take;
  flashd_delay_valid #(.Cycles(32'(Late))) u_take (
    .clk_i, .rst_ni, .en_i(1'b1), .valid_i(step_valid), .valid_o(v_take_o), .busy_o(unused_take));
  flashd_delay #(.Bits(2), .Cycles(32'(Late))) u_take_step (
    .clk_i, .en_i(1'b1), .data_i({step_first, step_last}), .data_o({take_first, take_last}));
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) lane_valid_q <= 1'b0;
    else lane_valid_q <= v_take_o;
  end
  always_ff @(posedge clk_i) begin
    lane_first_q <= take_first;
    lane_last_q <= take_last;
  end
  for (genvar c = 0; c < Channels; c++) begin : gen_channel
    for (genvar k = 0; k < Keys; k++) begin : gen_value
      assign {v_neg[c][k], v_sig[c][k], v_dist[c][k]} = v_i[c*Keys+k];
    end
  end
  flashd_output_lane #(
    .Profile(Profile),
    .Sig(8),
    .Channels(Channels),
    .Keys(Keys),
    .Tile(Tile)
  ) u_output (
    .clk_i,
    .rst_ni,
    .en_i(1'b1),
    .valid_i(lane_valid_q),
    .first_i(lane_first_q),
    .last_i(lane_last_q),
    .missing_i('0),
    .p_sig_i(step_sig),
    .p_triple_i(step_triple),
    .p_shift_i(step_shift),
    .v_neg_i(v_neg),
    .v_sig_i(v_sig),
    .v_dist_i(v_dist),
    .t_valid_o(unused_t_valid),
    .t_o(t)
  );

  // Rows.
  logic               fresh, merge_start;
  logic [15:0]        g_mantissa;
  logic [6:0]         g_exponent;
  logic [13:0]        w_mantissa;
  logic [5:0]         w_shift;
  logic [RowBits-1:0] row_row, o_row;
  logic [51:0]        row_state;
  flashd_lane_rows #(.Profile(Profile), .Tile(Tile), .Rows(Rows)) u_rows (
    .clk_i,
    .rst_ni,
    .load_i(read_next_last),
    .load_row_i(read_run_q.row),
    .prepare_i(read_valid && read_last),
    .reference_i(reference),
    .start_i(l_valid),
    .l_i(l),
    .row_i(merge_run_q.row),
    .first_i(merge_run_q.first),
    .last_i(merge_run_q.last),
    .seen_i(merge_seen_q),
    .lead_o(merge_start),
    .fresh_o(fresh),
    .g_mantissa_o(g_mantissa),
    .g_exponent_o(g_exponent),
    .w_mantissa_o(w_mantissa),
    .w_shift_o(w_shift),
    .row_valid_o,
    .row_row_o(row_row),
    .row_state_o(row_state)
  );
  assign row_row_o = 3'(row_row);
  assign row_state_o = {12'b0, row_state};

  flashd_lane_merge #(
    .Profile(Profile),
    .D(D),
    .Tile(Tile),
    .Rows(Rows),
    .Merge(Merge),
    .Channels(Channels)
  ) u_merge (
    .clk_i,
    .rst_ni,
    .v_exponent_i($signed(job_i[29:22])),
    .start_i(merge_start),
    .row_i(merge_run_q.row),
    .last_i(merge_run_q.last),
    .fresh_i(fresh),
    .t_i(t),
    .g_mantissa_i(g_mantissa),
    .g_exponent_i(g_exponent),
    .w_mantissa_i(w_mantissa),
    .w_shift_i(w_shift),
    .e_index_o,
    .e_distance_i,
    .o_valid_o,
    .o_row_o(o_row),
    .o_o
  );
  assign o_row_o = 3'(o_row);

  logic unused_job;
  assign unused_job = ^job_i[63:30];

endmodule
