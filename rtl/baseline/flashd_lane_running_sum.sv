// SPDX-License-Identifier: Apache-2.0
/// The lane of docs/lane.md with a running unnormalised sum: FlashAttention-2 with an integer
/// base-2 reference that follows the sum, fixed point, one reciprocal per row
/// (rivals::running_sum).
///
/// Scores are ours (flashd_score_lane). Each becomes a weight p = 2^(s - M) at once; every element
/// adds p v to its sum, which is halved with l whenever l reaches 2 or a score exceeds M.
/// `job_i`: scale's mantissa [21:0], VE + 127 [29:22]. `row_state_o`: l [B:0] (B 26 or, lean, 24),
/// M [50:32], whether the row has keys [51] (if not, the rest means nothing).
/// Latency: 8 cycles from a key to its values, 2 more to o. After a row's last key l is inverted in
/// 17 cycles, then an element leaves per cycle.
/// Back-pressure: a score n octaves above M (and less than 32) costs n cycles, one more if the key
/// before it follows directly; the end of a row 17 + D; with Rows 8 a run's first key one cycle, if
/// it may move l beyond 2. Keys that have been taken meanwhile wait in a queue of 5 scores; when it
/// is full, `ready_o` is low.
/// Does not: handle NaN, Inf or saturation flags, or make the log-sum-exp.
module flashd_lane_running_sum #(
  parameter int Profile = 0,
  parameter int D = 16,
  parameter int Rows = 1
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic [63:0]        job_i,
  input  logic               q_valid_i,
  input  logic [2:0]         q_row_i,
  input  logic [D-1:0][18:0] q_i,
  input  logic               run_i,
  input  logic [2:0]         run_row_i,
  input  logic               valid_i,
  output logic               ready_o,
  input  logic               first_i,
  input  logic               last_i,
  input  logic               begin_i,
  input  logic               end_i,
  input  logic               visible_i,
  input  logic [D-1:0][15:0] k_i,
  output logic               v_take_o,
  input  logic [D-1:0][13:0] v_i,
  output logic               o_valid_o,
  output logic [2:0]         o_row_o,
  output logic [31:0]        o_o,
  output logic               row_valid_o,
  output logic [2:0]         row_row_o,
  output logic [63:0]        row_state_o
);

  if (D != 16 && D != 64 && D != 256) begin : gen_bad_d
    $error("flashd_lane_running_sum: D must be 16, 64 or 256.");
  end
  if (Rows != 1 && Rows != 8) begin : gen_bad_rows
    $error("flashd_lane_running_sum: Rows must be 1 or 8.");
  end

  localparam int B = (Profile == 0) ? 26 : 24;
  localparam int F = flashd_spec_pkg::score_frac(Profile);
  localparam int ScoreBits = flashd_spec_pkg::ScoreRangeLog2 + F + 1;
  localparam int Extra = ($clog2(D) + 1) / 2;
  localparam int OBits = B + 4;    // a carry included
  localparam int IndexBits = $clog2(D);

  logic take;
  assign take = valid_i && ready_o;

  // Queries and keys.
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
      .waddr_i(q_row_i),
      .wdata_i(q_i),
      .re_i(run_i),
      .raddr_i(run_row_i),
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
  logic                        score_valid;
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

  // What goes with a key: with one row a run is nothing of its own.
  localparam int TagBits = (Rows == 1) ? 3 : 8;
  logic [TagBits-1:0] tag, score_tag, head_tag;
  logic               head_begin, head_end;
  logic [2:0]         head_row;
  flashd_delay #(.Bits(TagBits), .Cycles(flashd_spec_pkg::LatencyScore)) u_tag (
    .clk_i, .en_i(1'b1), .data_i(tag), .data_o(score_tag));
  if (Rows == 1) begin : gen_tag
    logic unused_run;
    assign unused_run = ^{begin_i, end_i};
    assign tag = {visible_i, first_i, last_i};
    assign {head_begin, head_end, head_row} = '0;
  end else begin : gen_run_tag
    logic [2:0] row_q;
    always_ff @(posedge clk_i) begin
      if (run_i) row_q <= run_row_i;
    end
    assign tag = {row_q, begin_i, end_i, visible_i, first_i, last_i};
    assign {head_row, head_begin, head_end} = head_tag[7:3];
  end

  logic                        head_valid, pop;
  logic signed [ScoreBits-1:0] head_score;
  flashd_running_sum_queue #(
    .Bits(ScoreBits + TagBits),
    .Depth(flashd_spec_pkg::LatencyScore),
    .Memory(Rows != 1)
  ) u_queue (
    .clk_i,
    .rst_ni,
    .accept_i(take),
    .ready_o,
    .push_i(score_valid),
    .data_i({score_tag, score}),
    .valid_o(head_valid),
    .data_o({head_tag, head_score}),
    .pop_i(pop)
  );

  // Weights and operations.
  logic               op_multiply, op_add, op_keep, op_halve, op_load, op_end;
  logic [2:0]         op_row;
  logic [10:0]        p_sig;
  logic [12:0]        p_triple;
  logic [4:0]         p_shift;
  logic               finish, seen, done, flush, next;
  logic signed [18:0] m;
  logic [B:0]         l;
  flashd_running_sum_scalar #(.Profile(Profile), .Rows(Rows)) u_scalar (
    .clk_i,
    .rst_ni,
    .valid_i(head_valid),
    .pop_o(pop),
    .visible_i(head_tag[2]),
    .first_i(head_tag[1]),
    .last_i(head_tag[0]),
    .begin_i(head_begin),
    .end_i(head_end),
    .row_i(head_row),
    .score_i(head_score),
    .done_i(done),
    .v_take_o,
    .op_multiply_o(op_multiply),
    .op_add_o(op_add),
    .op_keep_o(op_keep),
    .op_halve_o(op_halve),
    .op_load_o(op_load),
    .op_end_o(op_end),
    .op_row_o(op_row),
    .p_sig_o(p_sig),
    .p_triple_o(p_triple),
    .p_shift_o(p_shift),
    .finish_o(finish),
    .seen_o(seen),
    .m_o(m),
    .l_o(l)
  );

  // The additions, a cycle behind the products: of keys, of nothing while a carry comes home, and
  // with one row the moves towards element 0.
  logic add_q, keep_q, halve_q, load_q;
  logic shift;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) add_q <= 1'b0;
    else add_q <= op_add || flush;
  end
  always_ff @(posedge clk_i) begin
    keep_q <= op_add ? op_keep : 1'b1;
    halve_q <= op_add && op_halve;
    load_q <= op_add && op_load;
  end

  logic [D-1:0][OBits-1:0] o, kept;
  for (genvar e = 0; e < D; e++) begin : gen_element
    flashd_running_sum_element #(.Profile(Profile)) u_element (
      .clk_i,
      .multiply_i(op_multiply || flush),
      .p_sig_i(p_sig),
      .p_triple_i(p_triple),
      .p_shift_i(p_shift),
      .p_half_i(op_halve),
      .v_i(v_i[e]),
      .add_i(add_q || shift),
      .keep_i(keep_q && !shift),
      .halve_i(halve_q),
      .load_i(load_q || shift),
      .load_data_i(kept[e]),
      .o_o(o[e])
    );
  end

  // The element whose turn it is, and where o of the other rows is kept.
  logic [IndexBits-1:0] index;
  logic signed [B+2:0]  element;
  if (Rows == 1) begin : gen_chain
    logic unused_op;
    assign unused_op = ^{op_end, op_row, index};
    assign shift = next;
    for (genvar e = 0; e < D; e++) begin : gen_move
      assign kept[e] = (e == D - 1) ? '0 : o[(e+1)%D];
    end
    assign element = o[0][B+2:0];
    assign o_row_o = '0;
    assign row_row_o = '0;
  end else begin : gen_store
    logic       unused_next;
    logic       end_q, end2_q;
    logic [2:0] row_q, row2_q, out_row_q;
    logic [D-1:0][B+2:0] picked;
    assign shift = 1'b0;
    assign unused_next = next;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) {end_q, end2_q} <= '0;
      else {end_q, end2_q} <= {op_end, end_q};
    end
    always_ff @(posedge clk_i) begin
      row_q <= op_row;
      row2_q <= row_q;
      if (finish) out_row_q <= op_row;
    end
    flashd_ram #(.Bits(D * OBits), .Depth(Rows)) u_sums (
      .clk_i,
      .we_i(end2_q),
      .waddr_i(row2_q),
      .wdata_i(o),
      .re_i(op_load && op_add),
      .raddr_i(op_row),
      .rdata_o(kept)
    );
    for (genvar e = 0; e < D; e++) begin : gen_pick
      assign picked[e] = o[e][B+2:0] & {(B + 3) {index == IndexBits'(e)}};
    end
    always_comb begin
      element = '0;
      for (int e = 0; e < D; e++) element |= picked[e];
    end
    assign o_row_o = out_row_q;
    assign row_row_o = op_row;
  end

  flashd_running_sum_output #(.Profile(Profile), .D(D)) u_output (
    .clk_i,
    .rst_ni,
    .v_exp_i(job_i[29:22]),
    .finish_i(finish),
    .seen_i(seen),
    .l_i(l),
    .o_i(element),
    .flush_o(flush),
    .next_o(next),
    .index_o(index),
    .done_o(done),
    .o_valid_o,
    .o_o(o_o[15:0])
  );
  assign o_o[31:16] = '0;
  assign row_valid_o = finish;
  assign row_state_o = {12'b0, seen, m, (32)'(l)};

  logic unused;
  assign unused = ^{job_i[63:30], unused_score};

endmodule
