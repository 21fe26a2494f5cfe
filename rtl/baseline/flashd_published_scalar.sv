// SPDX-License-Identifier: Apache-2.0
/// Scalar unit of the published FLASH-D: from scores to the weights of the elements' merges.
///
/// Per visible key: D = BF16(s - s_old), x = BF16(D + ln w_old), w = sigmoid(x); a row's first
/// visible key and D >= 11 take the value as it is (w = 1). D <= -6 gives w = 0 and carries on
/// BF16(1e-5). The loop from one weight to the next holds x: ln(sigmoid(x)) is one table of
/// flashd_published_pkg, and the sigmoid itself stands behind the loop. Latency: 4 cycles from
/// score_i to weight_o. Back-pressure: none; a cycle without `valid_i` is a gap. Rows = 8: the
/// state of a row is read for its run's first key (`early_begin_i`, one cycle before `begin_i`;
/// `read_row_i` from then on for 2 cycles) and written after its last (`write_row_i` in the 3
/// cycles after `end_i`). `load_o`: the elements take their state from the row's memory (or, with
/// `fresh_o`, zero), even if the key is masked. `enable_o`: they change. The weight is 0 where they
/// must stay what they are. state_o: {seen, w, s}: w as {e[3:0], m[6:0]} of flashd_published_pkg,
/// zero being BF16(1e-5). It holds once the row's last key is through, until the next key comes.
/// Does not: handle Inf or NaN.
module flashd_published_scalar #(
  parameter int Rows = 1
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        early_begin_i,
  input  logic [2:0]  read_row_i,
  input  logic [2:0]  write_row_i,
  input  logic        valid_i,
  input  logic        visible_i,
  input  logic        first_i,
  input  logic        begin_i,
  input  logic        end_i,
  input  logic [15:0] score_i,
  output logic        enable_o,
  output logic        fresh_o,
  output logic        load_o,
  output logic [10:0] weight_o,
  output logic [27:0] state_o
);

  if (Rows != 1 && Rows != 8) begin : gen_bad_rows
    $error("flashd_published_scalar: Rows must be 1 or 8.");
  end

  // Of the key at each stage: difference, fixed point, loop, weight. Visible implies valid.
  logic       [3:0] visible;
  logic       [3:0] first;
  logic       [3:0] start;  // the row's state is not in the registers yet
  logic       [2:0] visible_q;
  logic       [2:0] first_q;
  logic       [2:0] start_q;
  logic             seen_q;
  logic             seen;
  logic             take_q;
  logic             take_fixed_q;
  logic             take_loop_q;

  assign visible = {visible_q, valid_i && visible_i};
  assign first = {first_q, valid_i && first_i};
  assign start = {start_q, valid_i && ((Rows > 1) ? begin_i : first_i)};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      visible_q <= '0;
      first_q <= '0;
      start_q <= '0;
    end else begin
      visible_q <= visible[2:0];
      first_q <= first[2:0];
      start_q <= start[2:0];
    end
  end

  // What a row keeps: {seen, s} and x, of the row at work and (8 rows) of the others.
  logic [15:0] score_q;
  logic [15:0] score_old;
  logic        seen_old;
  logic [11:0] x_q;
  logic [11:0] x_old;

  if (Rows > 1) begin : gen_rows
    logic [16:0] kept_score;
    logic [11:0] kept_x;
    logic [2:0]  end_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) end_q <= '0;
      else end_q <= {end_q[1:0], valid_i && end_i};
    end

    flashd_ram #(.Bits(17), .Depth(8)) u_score (
      .clk_i, .we_i(end_q[0]), .waddr_i(write_row_i), .wdata_i({seen_q, score_q}),
      .re_i(early_begin_i), .raddr_i(read_row_i), .rdata_o(kept_score)
    );
    flashd_ram #(.Bits(12), .Depth(8)) u_x (
      .clk_i, .we_i(end_q[2]), .waddr_i(write_row_i), .wdata_i(x_q),
      .re_i(start[1]), .raddr_i(read_row_i), .rdata_o(kept_x)
    );

    assign {seen_old, score_old} = start[0] ? kept_score : {seen_q, score_q};
    assign x_old = start[2] ? kept_x : x_q;
  end else begin : gen_row
    logic unused;
    assign unused = ^{early_begin_i, read_row_i, write_row_i, begin_i, end_i};
    assign {seen_old, score_old} = {seen_q, score_q};
    assign x_old = x_q;
  end

  // Score difference.
  logic [15:0] rise_d;
  logic [15:0] rise_q;

  assign seen = seen_old && !first_i;

  flashd_published_add u_rise (
    .a_i(score_i), .b_i({!score_old[15], score_old[14:0]}), .sum_o(rise_d)
  );

  always_ff @(posedge clk_i) begin
    if (visible[0]) rise_q <= rise_d;
    if (visible[0] || start[0]) begin
      seen_q <= seen || visible_i;
      score_q <= visible_i ? score_i : score_old;
    end
    take_q <= !seen;
  end

  // In fixed point.
  logic signed [20:0] fixed;
  logic signed [20:0] fixed_q;
  logic               above;

  flashd_published_fix u_fix (.rise_i(rise_q), .fixed_o(fixed), .above_o(above));

  always_ff @(posedge clk_i) begin
    if (visible[1]) fixed_q <= {fixed[20] && !take_q, fixed[19:0] | {20{take_q}}};
    take_fixed_q <= take_q || above;
  end

  // The loop.
  logic [11:0] x_d;

  flashd_published_step u_step (
    .rise_i(fixed_q), .take_i(take_fixed_q), .x_old_i(x_old), .x_o(x_d)
  );

  always_ff @(posedge clk_i) begin
    if (visible[2] || ((Rows > 1) && start[2])) x_q <= visible[2] ? x_d : x_old;
    take_loop_q <= take_fixed_q;
  end

  // The weight. A masked key leaves it to be read as the row's state.
  logic [10:0] weight_d;
  logic [10:0] weight_q;
  logic        masked_q;

  assign weight_d = flashd_published_pkg::weight(x_q);

  always_ff @(posedge clk_i) begin
    if (visible[3] || start[3]) weight_q <= weight_d;
    masked_q <= !visible[3];
    fresh_o <= first[3] || (visible[3] && take_loop_q);
    load_o <= start[3];
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) enable_o <= 1'b0;
    else enable_o <= start[3] || (visible[3] && (weight_d[10:7] != '0));
  end

  assign weight_o = weight_q & {11{!masked_q}};
  assign state_o = {seen_q, weight_q, score_q & {16{score_q[14:7] != '0}}} & {28{seen_q}};

endmodule
