// SPDX-License-Identifier: Apache-2.0
/// The bound of docs/lane.md: what every lane has, and nothing else (rivals::bare).
///
/// D products of significands, an adder tree, 11 bits of its sum as p, D products p v and integer
/// accumulators. No alignment, no scale, no exponential, no division: the result is no attention.
/// Operands are BF16, of which exponents do not count. `job_i` is not read. `o_o` is the sum, sign
/// extended; `row_state_o` is 0.
/// Latency: 2 cycles (D 16) or 3 from a key to its values, 2 more to o.
/// Back-pressure: after a row's last key `ready_o` is low until its output has left, D cycles and
/// the latency. Rows 8 load and store sums with no pause.
/// Does not: compute anything of use.
module flashd_lane_bare #(
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

  if (D != 16 && D != 64 && D != 256) begin : gen_bad_d
    $error("flashd_lane_bare: D must be 16, 64 or 256.");
  end
  if (Rows != 1 && Rows != 8) begin : gen_bad_rows
    $error("flashd_lane_bare: Rows must be 1 or 8.");
  end

  localparam int Log2 = $clog2(D);
  // |q k| < 2^16 and a sign; the sum of D of them.
  localparam int SumBits = 17 + Log2;
  localparam int PBits = 11;
  // As wide as our tile sums.
  localparam int Bits = (D == 16) ? 24 : 26;
  // Until the sum is there: products, groups.
  localparam int Stages = (D > 16) ? 2 : 1;
  localparam int RowBits = (Rows > 1) ? $clog2(Rows) : 1;

  logic take, busy_q, done;
  assign ready_o = !busy_q;
  assign take = valid_i && ready_o;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) busy_q <= 1'b0;
    else busy_q <= (busy_q && !done) || (take && last_i);
  end

  // Queries.
  logic [D-1:0][15:0] q;
  logic [RowBits-1:0] run_row;
  if (Rows == 1) begin : gen_query
    logic unused_query;
    assign unused_query = ^{q_row_i, run_i, run_row_i, begin_i, end_i};
    assign run_row = '0;
    always_ff @(posedge clk_i) begin
      if (q_valid_i) q <= q_i;
    end
  end else begin : gen_queries
    logic [RowBits-1:0] row_q;
    always_ff @(posedge clk_i) begin
      if (run_i) row_q <= run_row_i[RowBits-1:0];
    end
    assign run_row = row_q;
    flashd_ram #(.Bits(D * 16), .Depth(Rows)) u_queries (
      .clk_i,
      .we_i(q_valid_i),
      .waddr_i(q_row_i[RowBits-1:0]),
      .wdata_i(q_i),
      .re_i(run_i),
      .raddr_i(run_row_i[RowBits-1:0]),
      .rdata_o(q)
    );
  end

  // Products; the one that a negative misses travels as a carry.
  logic [D-1:0][16:0] product;
  logic [D-1:0]       carry;
  for (genvar e = 0; e < D; e++) begin : gen_product
    flashd_bare_product u_product (
      .clk_i, .en_i(take), .q_i(q[e]), .k_i(k_i[e]), .value_o(product[e]), .carry_o(carry[e]));
  end

  // Groups of 16 products become two numbers; inverting a sign instead of extending it changes only
  // the sum's highest bit, which is not used. More groups are compressed in a cycle of their own.
  localparam int Groups = D / 16;
  logic [2*Groups-1:0][SumBits-1:0] half_d, half;
  logic [2*Groups-1:0]              left_d, left;
  logic [SumBits-1:0]               total, carries, sum;
  logic [1:0]                       total_left;
  logic                             unused_low;
  for (genvar g = 0; g < Groups; g++) begin : gen_group
    logic [15:0][SumBits-1:0] raised;
    for (genvar e = 0; e < 16; e++) begin : gen_raise
      assign raised[e] = SumBits'({!product[16*g+e][16], product[16*g+e][15:0]});
    end
    flashd_compress #(.Inputs(16), .Bits(SumBits)) u_group (
      .value_i(raised),
      .carry_i(carry[16*g+:16]),
      .value_o({half_d[2*g+1], half_d[2*g]}),
      .left_o(left_d[2*g+:2])
    );
  end
  if (Groups == 1) begin : gen_one_group
    assign {half, left} = {half_d, left_d};
    assign {carries, total} = half;
    assign total_left = left;
  end else begin : gen_groups
    always_ff @(posedge clk_i) begin
      {half, left} <= {half_d, left_d};
    end
    flashd_compress #(.Inputs(2 * Groups), .Bits(SumBits)) u_groups (
      .value_i(half), .carry_i(left), .value_o({carries, total}), .left_o(total_left));
  end
  assign {sum, unused_low} = {total, 1'b1} + {carries, total_left[0]};

  // What goes with a key.
  typedef struct packed {
    logic               visible;
    logic               first;
    logic               last;
    logic               start;
    logic               stop;
    logic [RowBits-1:0] row;
  } tag_t;
  tag_t tag, p_tag;
  logic sum_valid, p_valid_q, unused_busy;
  assign tag.visible = visible_i;
  assign tag.first = first_i;
  assign tag.last = last_i;
  assign tag.start = (Rows > 1) && begin_i;
  assign tag.stop = (Rows > 1) && end_i;
  assign tag.row = run_row;
  flashd_delay_valid #(.Cycles(Stages)) u_valid (
    .clk_i, .rst_ni, .en_i(1'b1), .valid_i(take), .valid_o(sum_valid),
    .busy_o(unused_busy));
  flashd_delay #(.Bits($bits(tag_t)), .Cycles(Stages)) u_tag (
    .clk_i, .en_i(1'b1), .data_i(tag), .data_o(p_tag));

  // p: the sum's bits below its sign. The last carry is not counted.
  logic [PBits-1:0] p_d, p_q;
  logic [PBits+1:0] p_triple_q;
  tag_t             tag_q;
  logic             unused_sum;
  assign unused_sum = ^{sum[SumBits-1], sum[SumBits-2-PBits:0], total_left[1]};
  assign v_take_o = sum_valid;
  assign p_d = sum[SumBits-2-:PBits] & {PBits{sum_valid && p_tag.visible}};
  always_ff @(posedge clk_i) begin
    p_q <= p_d;
    p_triple_q <= {1'b0, p_d, 1'b0} + {2'b00, p_d};
    if (sum_valid) tag_q <= p_tag;
  end

  // Additions: of the first key to nothing, of a run's first key to what was kept.
  logic add_q, keep_q, load_q, flush_q, read_q, shift;
  logic last_q, last2_q;
  logic [Log2-1:0] index_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      p_valid_q <= 1'b0;
      add_q <= 1'b0;
      flush_q <= 1'b0;
      read_q <= 1'b0;
      index_q <= '0;
    end else begin
      p_valid_q <= sum_valid;
      add_q <= p_valid_q || flush_q;
      flush_q <= p_valid_q && tag_q.last;
      read_q <= (read_q && !(&index_q)) || last2_q;
      if (read_q) index_q <= index_q + Log2'(1);
    end
  end
  always_ff @(posedge clk_i) begin
    keep_q <= flush_q || !(tag_q.first || tag_q.start);
    load_q <= !flush_q && tag_q.start && !tag_q.first;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {last_q, last2_q} <= '0;
    else {last_q, last2_q} <= {flush_q, last_q};
  end
  assign done = read_q && (&index_q);

  logic [D-1:0][Bits:0] o, kept;
  for (genvar e = 0; e < D; e++) begin : gen_element
    flashd_bare_element #(.Bits(Bits)) u_element (
      .clk_i,
      .multiply_i(p_valid_q || flush_q),
      .p_i(p_q),
      .p_triple_i(p_triple_q),
      .v_i(v_i[e]),
      .add_i(add_q || shift),
      .keep_i(keep_q && !shift),
      .load_i(load_q || shift),
      .load_data_i(kept[e]),
      .o_o(o[e])
    );
  end

  // The element whose turn it is, and where the sums of the other rows are kept.
  logic [Bits-1:0]    element;
  logic [RowBits-1:0] out_row;
  if (Rows == 1) begin : gen_chain
    assign shift = read_q;
    for (genvar e = 0; e < D; e++) begin : gen_move
      assign kept[e] = (e == D - 1) ? '0 : o[(e+1)%D];
    end
    assign element = o[0][Bits-1:0];
    assign out_row = '0;
  end else begin : gen_store
    logic stop_q, stop2_q;
    logic [RowBits-1:0] row_q, row2_q, out_q;
    logic [D-1:0][Bits-1:0] picked;
    assign shift = 1'b0;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) {stop_q, stop2_q} <= '0;
      else {stop_q, stop2_q} <= {p_valid_q && tag_q.stop, stop_q};
    end
    always_ff @(posedge clk_i) begin
      row_q <= tag_q.row;
      row2_q <= row_q;
      if (flush_q) out_q <= tag_q.row;
    end
    flashd_ram #(.Bits(D * (Bits + 1)), .Depth(Rows)) u_sums (
      .clk_i,
      .we_i(stop2_q),
      .waddr_i(row2_q),
      .wdata_i(o),
      .re_i(p_valid_q && tag_q.start),
      .raddr_i(tag_q.row),
      .rdata_o(kept)
    );
    for (genvar e = 0; e < D; e++) begin : gen_pick
      assign picked[e] = o[e][Bits-1:0] & {Bits{index_q == Log2'(e)}};
    end
    always_comb begin
      element = '0;
      for (int e = 0; e < D; e++) element |= picked[e];
    end
    assign out_row = out_q;
  end

  // With eight rows the choice of an element takes a cycle of its own.
  always_ff @(posedge clk_i) begin
    if (read_q) o_o <= {{(32 - Bits) {element[Bits-1]}}, element};
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) o_valid_o <= 1'b0;
    else o_valid_o <= read_q;
  end
  assign o_row_o = 3'(out_row);
  assign row_valid_o = last2_q;
  assign row_row_o = 3'(out_row);
  assign row_state_o = '0;

  logic unused;
  assign unused = ^{job_i, tag_q, unused_busy};

endmodule
