// SPDX-License-Identifier: Apache-2.0
/// Rival (a) of docs/lane.md: FlashAttention-2 key by key in BF16, bit for bit
/// rivals::flash2_bf16 with a tree and the functions of this datapath.
///
/// A key passes D products, log2 D sums, the scale, the difference to the row's maximum, e to it
/// and then all D elements at once. At the end of a row every element is multiplied by the
/// reciprocal of the row sum, in the element itself, and they leave one by one.
/// job_i: [15:0] BF16(scale). row_state_o: [15:0] m, [31:16] l, both BF16; l = 0: no visible key.
/// Latency: log2 D + 5 cycles from a key to o; from a row's last key to its first output
/// log2 D + 7. Back-pressure: ready_o falls for D + 1 cycles after a row's last key.
/// Does not: handle Inf, NaN or overflow; values below 2^-126 are zero.
module flashd_lane_flash2_bf16 #(
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
    $error("flashd_lane_flash2_bf16: D must be 16, 64 or 256, Rows 1 or 8.");
  end

  // Cycles after a key is taken in which it is there: its scaled score, its difference to the
  // maximum, e and V.
  localparam int Score = Levels + 1;
  localparam int Exp = Levels + 2;
  localparam int Out = Levels + 3;

  typedef struct packed {
    logic visible;
    logic first;
    logic last;
    logic load;   // first key of a run that goes on with a stored state
    logic store;  // last key of a run whose state is to be stored
  } tag_t;

  tag_t           tag;
  tag_t [Out:0]   tag_q;   // of the key that came in i + 1 cycles ago
  logic [Out:0]   valid_q;
  logic [Out+1:0] live;   // visible keys by stage, the one that comes in being stage 0
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
    else valid_q <= {valid_q[Out-1:0], taken};
  end
  always_ff @(posedge clk_i) tag_q <= {tag_q[Out-1:0], tag};
  assign live[0] = taken && visible_i;
  for (genvar i = 0; i <= Out; i++) begin : gen_live
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

  // Equal values may rise or not: e is 1.
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
  logic [14:0] power;
  logic [14:0] reciprocal;
  logic [14:0] e_q;
  logic        e_rise_q;
  logic        active_q;    // the elements change
  logic        finish;      // the row is complete
  logic        finish_q;    // the elements are multiplied by the reciprocal
  logic [14:0] sum;         // row sum
  logic        moves;

  assign v_take_o = valid_q[Exp];
  flashd_flash2_bf16_exp u_exp (.x_i(distance_q), .e_o(power));
  flashd_flash2_bf16_reciprocal u_reciprocal (.x_i(sum), .r_o(reciprocal));
  assign moves = (power[14:7] != '0) && !mute_q;

  always_ff @(posedge clk_i) begin
    if (finish || valid_q[Exp]) begin
      e_q[14:7] <= finish ? reciprocal[14:7] : power[14:7] & {8{!mute_q}};
      e_q[6:0] <= finish ? reciprocal[6:0] : power[6:0];
      e_rise_q <= finish || rise_q;
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
      finish_q <= 1'b0;
    end else begin
      active_q <= finish || (valid_q[Exp] && (moves || rise_q || tag_q[Exp].load));
      finish_q <= finish;
    end
  end

  // ------------------------------------------------------------------ elements and row sum
  logic [D-1:0][15:0] o;
  logic [D-1:0][15:0] stored_o;
  logic [14:0]        stored_sum;
  logic               load;

  if (Many) begin : gen_states
    logic             store_q;
    logic [16*D+14:0] stored;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) store_q <= 1'b0;
      else store_q <= valid_q[Out] && tag_q[Out].store;
    end
    assign load = valid_q[Out] && tag_q[Out].load;
    flashd_ram #(.Bits(16 * D + 15), .Depth(Rows)) u_states (
      .clk_i,
      .we_i(store_q), .waddr_i(end_row), .wdata_i({o, sum}),
      .re_i(valid_q[Exp] && tag_q[Exp].load), .raddr_i(row),
      .rdata_o(stored));
    assign {stored_o, stored_sum} = stored;
  end else begin : gen_one_state
    assign load = 1'b0;
    assign stored_o = '0;
    assign stored_sum = '0;
  end

  for (genvar c = 0; c < D; c++) begin : gen_element
    flashd_flash2_bf16_element #(.Load(Many)) u_element (
      .clk_i,
      .en_i(active_q), .rise_i(e_rise_q), .finish_i(finish_q), .e_i(e_q), .v_i(v_i[c]),
      .load_i(load), .load_o_i(stored_o[c]), .o_o(o[c]));
  end
  logic unused_sign;
  flashd_flash2_bf16_element #(.Load(Many)) u_sum (
    .clk_i,
    .en_i(active_q && !finish_q), .rise_i(e_rise_q), .finish_i(1'b0), .e_i(e_q), .v_i(16'h3f80),
    .load_i(load), .load_o_i({1'b0, stored_sum}), .o_o({unused_sign, sum}));

  // ------------------------------------------------------------------ end of a row
  localparam int StallBits = $clog2(D + 2);
  logic [StallBits-1:0] stall_q;
  logic                 last_q;
  logic                 empty_q;
  logic                 busy_q;
  logic [Levels-1:0]    index_q;
  logic [15:0]          element;

  assign stall = stall_q != '0;
  assign finish = last_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      stall_q <= '0;
      last_q <= 1'b0;
      busy_q <= 1'b0;
      index_q <= '0;
    end else begin
      if (taken && last_i) stall_q <= StallBits'(D + 1);
      else if (stall) stall_q <= stall_q - 1'b1;
      last_q <= valid_q[Out] && tag_q[Out].last;
      if (finish_q) busy_q <= 1'b1;
      else if (index_q == Levels'(D - 1)) busy_q <= 1'b0;
      if (busy_q) index_q <= index_q + 1'b1;
    end
  end
  // fresh_q stays as it is until the row has left: the next key comes no earlier.
  always_ff @(posedge clk_i) begin
    if (valid_q[Out] && tag_q[Out].last) empty_q <= fresh_q;
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
  assign unused = ^{job_i[63:16], live[Out+1:Score+2], unused_sign};

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) disable iff (!rst_ni)
                   busy_q && (index_q != Levels'(D - 1)) |-> !active_q)
  else $error("flashd_lane_flash2_bf16: an element changed while its row was read out");
  assert property (@(posedge clk_i) disable iff (!rst_ni) finish |-> !valid_q[Exp])
  else $error("flashd_lane_flash2_bf16: a key met the end of the row before it");
`endif

endmodule
