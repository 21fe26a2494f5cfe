// SPDX-License-Identifier: Apache-2.0
/// Lane of the published FLASH-D (arXiv 2505.14201, algorithm 3): rivals::flashd_published of
/// model/rivals with piecewise linear functions and a tree, bit for bit; ports as in docs/lane.md.
///
/// BF16 everywhere, subnormal values being zero: products, a tree of rounded sums, scale, score
/// difference, fixed point, loop over x, weight, merge. Two loops close in one cycle: x
/// (flashd_published_scalar) and o (flashd_published_element); the second is slower than 2 ns.
/// job_i: [15:0] the scale in BF16. row_state_o: {36'd0, seen, w[10:0], s[15:0]}, zero if no key
/// was visible; w as in flashd_published_pkg, zero being BF16(1e-5); lse = s - ln w.
/// Rows = 8: a row's state is read for its run's first key and written after its last.
/// Latency: 7 + log2 D cycles from a key to o. Back-pressure: after a row's last key `ready_o` is
/// low for D - 1 cycles, in which the elements leave.
/// Does not: handle Inf or NaN, or runs of fewer than 16 keys.
module flashd_lane_published #(
  parameter int D = 16,
  parameter int Rows = 1
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic [63:0]      job_i,
  input  logic             q_valid_i,
  input  logic [2:0]       q_row_i,
  input  logic [D-1:0][15:0] q_i,
  input  logic             run_i,
  input  logic [2:0]       run_row_i,
  input  logic             valid_i,
  output logic             ready_o,
  input  logic             first_i,
  input  logic             last_i,
  input  logic             begin_i,
  input  logic             end_i,
  input  logic             visible_i,
  input  logic [D-1:0][15:0] k_i,
  output logic             v_take_o,
  input  logic [D-1:0][15:0] v_i,
  output logic             o_valid_o,
  output logic [2:0]       o_row_o,
  output logic [31:0]      o_o,
  output logic             row_valid_o,
  output logic [2:0]       row_row_o,
  output logic [63:0]      row_state_o
);

  localparam int Levels = $clog2(D);
  // Cycles from a key's acceptance to: its score, its weight, o with the key in it.
  localparam int ToScore = Levels + 2;
  localparam int ToWeight = ToScore + 4;
  localparam int ToOutput = ToWeight + 1;

  if (D != (1 << Levels) || D < 16 || D > 256) begin : gen_bad_d
    $error("flashd_lane_published: D must be 16, 32, 64, 128 or 256.");
  end
  if (Rows != 1 && Rows != 8) begin : gen_bad_rows
    $error("flashd_lane_published: Rows must be 1 or 8.");
  end
  if (ToWeight > 15) begin : gen_bad_depth
    $error("flashd_lane_published: o must be read while its run of 16 keys is at the input.");
  end

  logic unused_job;
  assign unused_job = ^job_i[63:16];

  // Keys on their way. Data registers follow the visible ones only.
  logic                taken;
  logic [ToScore:0]    visible;
  logic [ToScore-1:0]  visible_q;
  logic [ToWeight-1:0] valid;
  logic [ToWeight-2:0] valid_q;
  logic [ToScore:0]    first;
  logic [ToScore-1:0]  first_q;

  assign taken = valid_i && ready_o;
  assign visible = {visible_q, taken && visible_i};
  assign valid = {valid_q, taken};
  assign first = {first_q, first_i};
  assign v_take_o = valid[ToWeight-1];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      visible_q <= '0;
      valid_q <= '0;
    end else begin
      visible_q <= visible[ToScore-1:0];
      valid_q <= valid[ToWeight-2:0];
    end
  end
  always_ff @(posedge clk_i) first_q <= first[ToScore-1:0];

  // The query, and the row at work at the input and at the output.
  logic [D-1:0][15:0] query;
  logic [2:0]         input_row;
  logic [2:0]         output_row;
  logic               early_begin;
  logic               begins;
  logic               ends;

  // The row's elements as its memory has them.
  logic [D-1:0][15:0] kept;
  logic [D-1:0][15:0] o;

  if (Rows > 1) begin : gen_rows
    logic [ToWeight:0]   begin_valid;
    logic [ToWeight-1:0] begin_q;
    logic [ToOutput:0]   end_valid;
    logic [ToOutput-1:0] end_q;
    logic [2:0]          input_row_q;
    logic [2:0]          output_row_q;

    assign begin_valid = {begin_q, taken && begin_i};
    assign end_valid = {end_q, taken && end_i};
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        begin_q <= '0;
        end_q <= '0;
      end else begin
        begin_q <= begin_valid[ToWeight-1:0];
        end_q <= end_valid[ToOutput-1:0];
      end
    end

    // A run has at least 16 keys: the row stands at the input until its first key is weighed, and
    // from there until its last one is.
    always_ff @(posedge clk_i) begin
      if (run_i) input_row_q <= run_row_i;
      if (begin_valid[ToWeight]) output_row_q <= input_row_q;
    end

    flashd_ram #(.Bits(16 * D), .Depth(8)) u_query (
      .clk_i, .we_i(q_valid_i), .waddr_i(q_row_i), .wdata_i(q_i),
      .re_i(run_i), .raddr_i(run_row_i), .rdata_o(query)
    );
    flashd_ram #(.Bits(16 * D), .Depth(8)) u_output (
      .clk_i, .we_i(end_valid[ToOutput]), .waddr_i(output_row_q), .wdata_i(o),
      .re_i(begin_valid[ToWeight-1]), .raddr_i(input_row_q), .rdata_o(kept)
    );

    assign input_row = input_row_q;
    assign output_row = output_row_q;
    assign early_begin = begin_valid[ToScore-1];
    assign begins = begin_valid[ToScore];
    assign ends = end_valid[ToScore];
  end else begin : gen_row
    logic [D-1:0][15:0] query_q;
    logic               unused;

    always_ff @(posedge clk_i) begin
      if (q_valid_i) query_q <= q_i;
    end

    assign unused = ^{q_row_i, run_i, run_row_i, begin_i, end_i, early_begin};
    assign query = query_q;
    assign input_row = '0;
    assign output_row = '0;
    assign early_begin = 1'b0;
    assign begins = 1'b0;
    assign ends = 1'b0;
    assign kept = '0;
  end

  // Products, and their sums level by level: node i of the tree has nodes 2i and 2i + 1 below it.
  logic [2*D-1:1][15:0] node;
  logic [15:0]          scaled;
  logic [15:0]          score_q;

  for (genvar i = 0; i < D; i++) begin : gen_product
    flashd_published_product u_product (
      .clk_i, .en_i(visible[0]), .q_i(query[i]), .k_i(k_i[i]), .product_o(node[D+i])
    );
  end
  for (genvar i = 1; i < D; i++) begin : gen_sum
    flashd_published_sum u_sum (
      .clk_i, .en_i(visible[Levels-$clog2(i+1)+1]), .a_i(node[2*i]), .b_i(node[2*i+1]),
      .sum_o(node[i])
    );
  end

  flashd_bf16_multiply u_scale (.a_i(node[1]), .b_i(job_i[15:0]), .triple_i('0),
    .product_o(scaled));

  always_ff @(posedge clk_i) begin
    if (visible[ToScore-1]) score_q <= scaled;
  end

  // Weight.
  logic        enable;
  logic        fresh;
  logic        load;
  logic [10:0] weight;
  logic [27:0] state;

  flashd_published_scalar #(.Rows(Rows)) u_scalar (
    .clk_i, .rst_ni, .early_begin_i(early_begin), .read_row_i(input_row),
    .write_row_i(output_row), .valid_i(valid[ToScore]), .visible_i(visible[ToScore]),
    .first_i(first[ToScore]), .begin_i(begins), .end_i(ends), .score_i(score_q),
    .enable_o(enable), .fresh_o(fresh), .load_o(load), .weight_o(weight), .state_o(state)
  );

  for (genvar i = 0; i < D; i++) begin : gen_element
    flashd_published_element #(.Rows(Rows)) u_element (
      .clk_i, .enable_i(enable), .fresh_i(fresh), .load_i(load), .weight_i(weight),
      .value_i(v_i[i]), .kept_i(kept[i]), .o_o(o[i])
    );
  end

  // After a row's last key: count to its output, then through its elements.
  localparam int CountBits = Levels + 2;
  logic                        busy_q;
  logic signed [CountBits-1:0] count_q;
  logic [15:0]                 element;

  assign ready_o = !busy_q || (count_q >= CountBits'(D - ToOutput));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) busy_q <= 1'b0;
    else if (taken && last_i) busy_q <= 1'b1;
    else if (count_q == CountBits'(D - 1)) busy_q <= 1'b0;
  end
  always_ff @(posedge clk_i) begin
    if (taken && last_i) count_q <= CountBits'(1 - ToOutput);
    else if (busy_q) count_q <= count_q + CountBits'(1);
  end

  assign element = o[count_q[Levels-1:0]];
  assign o_valid_o = busy_q && !count_q[CountBits-1];
  assign o_row_o = output_row;
  assign o_o = {16'd0, element & {16{element[14:7] != '0}}};
  assign row_valid_o = o_valid_o && (count_q == '0);
  assign row_row_o = output_row;
  assign row_state_o = {36'd0, state};

endmodule
