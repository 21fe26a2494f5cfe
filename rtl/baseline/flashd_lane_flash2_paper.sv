// SPDX-License-Identifier: Apache-2.0
/// Rival (p) of docs/lane.md: the paper's baseline taken literally. FlashAttention-2 key by key in
/// BF16 with both products of o alpha + p v in every element and a key every cycle of a row, bit
/// for bit rivals::flash2_bf16 with a tree and the functions of (a), whose scalar units it has.
///
/// A key passes D products, log2 D sums, the scale, the difference to the row's maximum, e to it
/// and then all D elements at once, in two cycles: p v, then o alpha + p v. At the end of a row
/// alpha is the reciprocal of the row sum and p is 0; then the elements leave one by one.
/// job_i: [15:0] BF16(scale). row_state_o: [15:0] m, [31:16] l, both BF16; l = 0: no visible key.
/// Latency: log2 D + 6 cycles from a key to o; from a row's last key to its first output
/// log2 D + 9. Back-pressure: ready_o falls for D + 2 cycles after a row's last key, never inside a
/// row. The loop over o is a product and a sum long and sets the clock.
/// Does not: handle Inf, NaN or overflow; values below 2^-126 are zero.
module flashd_lane_flash2_paper #(
  parameter int D = 16,
  parameter int Rows = 1
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic [63:0]        job_i,
  input  logic               q_valid_i,
  input  logic [2:0]         q_row_i,
  input  logic [D-1:0][15:0] q_i,
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
  input  logic [D-1:0][15:0] v_i,
  output logic               o_valid_o,
  output logic [2:0]         o_row_o,
  output logic [31:0]        o_o,
  output logic               row_valid_o,
  output logic [2:0]         row_row_o,
  output logic [63:0]        row_state_o
);

  localparam int Levels = $clog2(D);
  localparam bit Many = Rows > 1;

  if ((D != 16 && D != 64 && D != 256) || (Rows != 1 && Rows != 8)) begin : gen_bad_parameters
    $error("flashd_lane_flash2_paper: D must be 16, 64 or 256, Rows 1 or 8.");
  end

  // Tags of a key when these are there: its score, its difference to the maximum.
  localparam int Score = Levels + 1;
  localparam int Exp = Levels + 2;

  typedef struct packed {
    logic visible;
    logic first;
    logic last;
    logic load;   // first key of a run that goes on with a stored state
    logic store;  // last key of a run whose state is to be stored
  } tag_t;

  tag_t           tag;
  tag_t [Exp:0]   tag_q;   // of the key that came in i + 1 steps ago
  logic [Exp:0]   valid_q;
  logic [Exp:0]   live;   // visible keys that move, by stage; the one that comes in is stage 0
  logic           taken;

  // ------------------------------------------------------------------ keys, rows and queries
  logic               stall;
  logic [2:0]         end_row;
  logic [2:0]         row;
  logic [D-1:0][15:0] query;

  assign taken = valid_i && ready_o;
  assign ready_o = !stall;
  assign tag = '{
    visible: visible_i,
    first: first_i,
    last: last_i,
    load: Many && begin_i && !first_i,
    store: Many && end_i && !last_i
  };

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[Exp-1:0], taken};
  end
  always_ff @(posedge clk_i) begin
    tag_q <= {tag_q[Exp-1:0], tag};
  end
  assign live[0] = taken && visible_i;
  for (genvar i = 0; i < Exp; i++) begin : gen_live
    assign live[i+1] = valid_q[i] && tag_q[i].visible;
  end

  // A run has 16 keys at least: its row stands at the entry until its first key is at the elements,
  // and stands in end_row until its last key has left them.
  if (Many) begin : gen_rows
    logic [2:0] row_q;
    logic [2:0] end_row_q;
    always_ff @(posedge clk_i) begin
      if (run_i) row_q <= run_row_i;
      if (taken && end_i) end_row_q <= row_q;
    end
    assign row = row_q;
    assign end_row = end_row_q;

    flashd_ram #(.Bits(16 * D), .Depth(Rows)) u_queries (
      .clk_i,
      .we_i(q_valid_i), .waddr_i(q_row_i), .wdata_i(q_i),
      .re_i(run_i), .raddr_i(run_row_i), .rdata_o(query));
  end else begin : gen_row
    logic [D-1:0][15:0] query_q;
    logic               unused;
    always_ff @(posedge clk_i) begin
      if (q_valid_i) query_q <= q_i;
    end
    assign query = query_q;
    assign row = '0;
    assign end_row = '0;
    assign unused = ^{q_row_i, run_i, run_row_i, begin_i, end_i, row};
  end

  // ------------------------------------------------------------------ score
  logic [15:0] dot;
  logic [15:0] score;

  flashd_bf16_dot #(.D(D)) u_dot (
    .clk_i, .en_i(live[Levels:0]), .a_i(query), .b_i(k_i), .dot_o(dot));
  flashd_bf16_product u_scale (
    .clk_i, .en_i(live[Levels+1]), .a_i(dot), .b_i(job_i[15:0]), .product_o(score));

  // ------------------------------------------------------------------ maximum
  logic        fresh;       // no visible key of the row yet
  logic        fresh_q;
  logic [15:0] maximum;
  logic [15:0] maximum_q;
  logic [15:0] difference;
  logic        rise;
  logic        rise_q;
  logic        mute_q;      // e is zero: nothing to be kept, or nothing to be added
  logic [14:0] distance_q;

  if (Many) begin : gen_maximum
    logic        stored_fresh;
    logic [15:0] stored_maximum;
    flashd_ram #(.Bits(17), .Depth(Rows)) u_maxima (
      .clk_i,
      .we_i(valid_q[Exp] && tag_q[Exp].store), .waddr_i(end_row),
      .wdata_i({fresh_q, maximum_q}),
      .re_i(valid_q[Score-1] && tag_q[Score-1].load), .raddr_i(row),
      .rdata_o({stored_fresh, stored_maximum}));
    assign fresh = tag_q[Score].first || (tag_q[Score].load ? stored_fresh : fresh_q);
    assign maximum = tag_q[Score].load ? stored_maximum : maximum_q;
    always_ff @(posedge clk_i) begin
      if (valid_q[Score]) maximum_q <= rise ? score : maximum;
    end
  end else begin : gen_one_maximum
    assign fresh = tag_q[Score].first || fresh_q;
    assign maximum = maximum_q;
    always_ff @(posedge clk_i) begin
      if (valid_q[Score] && rise) maximum_q <= score;
    end
  end

  // Equal values may rise: e is 1 in any case.
  flashd_bf16_add u_difference (
    .a_i(score), .b_i({!maximum[15], maximum[14:0]}), .sum_o(difference));
  assign rise = tag_q[Score].visible && (fresh || !difference[15]);

  always_ff @(posedge clk_i) begin
    if (valid_q[Score]) begin
      fresh_q <= fresh && !tag_q[Score].visible;
      rise_q <= rise;
      mute_q <= fresh || !tag_q[Score].visible;
    end
    if (live[Score+1]) distance_q <= difference[14:0];
  end

  // ------------------------------------------------------------------ e
  // One stage ahead of the elements: with a rise alpha is e and p is 1, else alpha is 1 and p is e.
  localparam logic [14:0] One = 15'h3f80;
  localparam logic [9:0] OneTriple = 10'd384;
  logic [14:0] power;
  logic [14:0] reciprocal;
  logic [6:0]  fraction;    // of the next e
  logic [14:0] e_q;
  logic [9:0]  e_triple_q;  // three times its significand, and those of p and alpha
  logic [9:0]  p_triple;
  logic [9:0]  alpha_triple_q;
  logic        e_rise_q;
  logic [14:0] p;
  logic [14:0] alpha_q;
  logic        multiply_q;  // the elements' p v
  logic        add_q;       // the elements' o alpha + p v
  logic [1:0]  load_q;      // the first key of a run there
  logic [1:0]  last_q;      // the last key of a row there
  logic [1:0]  store_q;     // the last key of a run there
  logic        finish;      // the row is complete
  logic [1:0]  finish_q;
  logic [14:0] sum;         // row sum
  logic        moves;       // the elements change
  logic        loads;

  flashd_flash2_bf16_exp u_exp (.x_i(distance_q), .e_o(power));
  flashd_flash2_bf16_reciprocal u_reciprocal (.x_i(sum), .r_o(reciprocal));
  assign loads = valid_q[Exp] && tag_q[Exp].load;
  assign moves = ((power[14:7] != '0) && !mute_q) || rise_q || tag_q[Exp].load;
  assign v_take_o = valid_q[Exp];
  assign fraction = finish ? reciprocal[6:0] : power[6:0];
  assign p = e_rise_q ? One & {15{!finish_q[0]}} : e_q;
  assign p_triple = e_rise_q ? OneTriple : e_triple_q;

  always_ff @(posedge clk_i) begin
    if (finish || valid_q[Exp]) begin
      e_q[14:7] <= finish ? reciprocal[14:7] : power[14:7] & {8{!mute_q}};
      e_q[6:0] <= fraction;
      e_triple_q <= {2'b01, fraction, 1'b0} + {3'b001, fraction};
      e_rise_q <= finish || rise_q;
    end
    if (multiply_q) begin
      alpha_q <= e_rise_q ? e_q : One;
      alpha_triple_q <= e_rise_q ? e_triple_q : OneTriple;
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      multiply_q <= 1'b0;
      add_q <= 1'b0;
      load_q <= '0;
      last_q <= '0;
      store_q <= '0;
      finish_q <= '0;
    end else begin
      multiply_q <= finish || (v_take_o && moves);
      add_q <= multiply_q;
      load_q <= {load_q[0], loads};
      last_q <= {last_q[0], v_take_o && tag_q[Exp].last};
      store_q <= {store_q[0], v_take_o && tag_q[Exp].store};
      finish_q <= {finish_q[0], finish};
    end
  end

  // ------------------------------------------------------------------ elements and row sum
  logic [D-1:0][15:0] o;
  logic [D-1:0][15:0] stored_o;
  logic [14:0]        stored_sum;

  if (Many) begin : gen_states
    logic             write_q;
    logic [16*D+14:0] stored;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) write_q <= 1'b0;
      else write_q <= store_q[1];
    end
    flashd_ram #(.Bits(16 * D + 15), .Depth(Rows)) u_states (
      .clk_i,
      .we_i(write_q), .waddr_i(end_row), .wdata_i({o, sum}),
      .re_i(loads), .raddr_i(row),
      .rdata_o(stored));
    assign {stored_o, stored_sum} = stored;
  end else begin : gen_one_state
    logic unused_store;
    assign unused_store = store_q[1];
    assign stored_o = '0;
    assign stored_sum = '0;
  end

  for (genvar c = 0; c < D; c++) begin : gen_element
    flashd_flash2_paper_element #(.Load(Many)) u_element (
      .clk_i,
      .multiply_i(multiply_q), .p_i(p), .p_triple_i(p_triple), .v_i(v_i[c]),
      .add_i(add_q), .alpha_i(alpha_q), .alpha_triple_i(alpha_triple_q),
      .load_i(load_q[1]), .load_o_i(stored_o[c]), .o_o(o[c]));
  end

  // The row sum has p for p v: one multiplier.
  logic [14:0] p_q;
  logic [14:0] sum_before;
  logic [15:0] sum_scaled;
  logic [15:0] sum_next;

  assign sum_before = Many && load_q[1] ? stored_sum : sum;
  flashd_bf16_multiply #(.Shared(1'b1)) u_sum_scale (
    .a_i({1'b0, alpha_q}), .b_i({1'b0, sum_before}), .triple_i(alpha_triple_q),
    .product_o(sum_scaled));
  flashd_bf16_add u_sum_add (.a_i(sum_scaled), .b_i({1'b0, p_q}), .sum_o(sum_next));
  always_ff @(posedge clk_i) begin
    if (multiply_q) p_q <= p;
    if (add_q) sum <= sum_next[14:0];
  end

  // ------------------------------------------------------------------ end of a row
  localparam int StallBits = $clog2(D + 3);
  logic [StallBits-1:0] stall_q;
  logic                 done_q;
  logic                 empty_q;
  logic                 busy_q;
  logic [Levels-1:0]    index_q;
  logic [15:0]          element;

  assign stall = stall_q != '0;
  assign finish = done_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      stall_q <= '0;
      done_q <= 1'b0;
      busy_q <= 1'b0;
      index_q <= '0;
    end else begin
      if (taken && last_i) stall_q <= StallBits'(D + 2);
      else if (stall) stall_q <= stall_q - 1'b1;
      done_q <= last_q[1];
      if (finish_q[1]) busy_q <= 1'b1;
      else if (index_q == Levels'(D - 1)) busy_q <= 1'b0;
      if (busy_q) index_q <= index_q + 1'b1;
    end
  end
  // fresh_q stays as it is until the row has left: the next key comes no earlier.
  always_ff @(posedge clk_i) begin
    if (last_q[1]) empty_q <= fresh_q;
  end

  assign element = o[index_q];
  assign o_valid_o = busy_q;
  assign o_row_o = end_row;
  assign o_o = {16'd0, element & {16{(element[14:7] != '0) && !empty_q}}};
  assign row_valid_o = finish;
  assign row_row_o = end_row;
  assign row_state_o[63:32] = '0;
  assign row_state_o[31:16] = {1'b0, sum & {15{!empty_q}}};
  assign row_state_o[15:0] = maximum_q & {16{(maximum_q[14:7] != '0) && !empty_q}};

  logic unused;
  assign unused = ^{job_i[63:16], sum_next[15]};

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) disable iff (!rst_ni)
                   busy_q && (index_q != Levels'(D - 1)) |-> !add_q)
  else $error("flashd_lane_flash2_paper: an element changed while its row was read out");
  assert property (@(posedge clk_i) disable iff (!rst_ni) finish |-> !valid_q[Exp])
  else $error("flashd_lane_flash2_paper: a key met the end of the row before it");
  logic inside_q;  // a row has begun and not ended
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) inside_q <= 1'b0;
    else if (taken) inside_q <= !last_i;
  end
  assert property (@(posedge clk_i) disable iff (!rst_ni) inside_q |-> ready_o)
  else $error("flashd_lane_flash2_paper: ready_o fell inside a row");
`endif

endmodule
