// SPDX-License-Identifier: Apache-2.0
/// Row sums S of a lane and the weights g and w with which a run joins its row: the arithmetic of
/// flashd_sigmoid_merge, bit for bit, for one run at a time.
///
/// A run comes at most every 16 cycles: operands stay where they are instead of travelling along,
/// and one multiplier serves log2, exp2 and both halves of w = g l in turn. `prepare_i` comes with
/// R, between one and LatencyNonlinear cycles before `start_i`, which comes with l; `load_i` with
/// `load_row_i`, one cycle before `prepare_i`. The fields of the run stand from the cycle after
/// `prepare_i` on. g, w and `fresh_o` stand from LatencyNonlinear + 1 cycles after `start_i` until
/// those of the next run, `lead_o` comes two cycles earlier. With `last_i` the finished state {has
/// keys, exponent[18:0], mantissa[31:0]} follows; the rest means nothing in a row without keys.
/// Latency: LatencyNonlinear + 1 cycles. Back-pressure: none.
/// Does not: take a run while the one before it is worked on; tell a skipped tile.
module flashd_lane_rows #(
  parameter int Profile = 0,
  parameter int Tile = 16,
  parameter int Rows = 1,
  localparam int RowBits = (Rows > 1) ? $clog2(Rows) : 1,
  localparam int LBits = flashd_spec_pkg::tile_frac(Profile) + $clog2(Tile)
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               load_i,
  input  logic [RowBits-1:0] load_row_i,
  input  logic               prepare_i,
  input  logic signed [18:0] reference_i,
  input  logic               start_i,
  input  logic [LBits-1:0]   l_i,
  input  logic [RowBits-1:0] row_i,
  input  logic               first_i,       // the row starts afresh
  input  logic               last_i,        // the row ends
  input  logic               seen_i,        // a key of the run is visible
  output logic               lead_o,
  output logic               fresh_o,       // the row's old output counts as zero
  output logic [15:0]        g_mantissa_o,
  output logic [6:0]         g_exponent_o,
  output logic [13:0]        w_mantissa_o,
  output logic [5:0]         w_shift_o,
  output logic               row_valid_o,
  output logic [RowBits-1:0] row_row_o,
  output logic [51:0]        row_state_o
);

  if (flashd_spec_pkg::LatencyNonlinear != 6 || flashd_spec_pkg::WMinLog2 != -32 ||
      flashd_spec_pkg::GBits != 16 || flashd_spec_pkg::WBits != 14) begin : gen_bad_spec
    $error("flashd_lane_rows: built for LatencyNonlinear 6 and the widths of g and w of the spec.");
  end
  if (flashd_spec_pkg::Log2OffsetBits != 12 || flashd_spec_pkg::Log2Guard != 2 ||
      flashd_spec_pkg::GOffsetBits != 10 || flashd_spec_pkg::GGuard != 2) begin : gen_bad_table
    $error("flashd_lane_rows: built for log2 and g tables of 12 and 10 offset bits.");
  end

  localparam int TileLog2 = $clog2(Tile);

  typedef struct packed {
    logic        has_keys;
    logic [18:0] exponent;
    logic [31:0] mantissa;
  } state_t;

  state_t state, state_d;
  logic   had_keys;
  assign had_keys = state.has_keys && !first_i;

  // step_q[n]: n cycles after start_i.
  logic [6:1] step_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) step_q <= '0;
    else step_q <= {step_q[5:1], start_i};
  end
  assign lead_o = step_q[5];

  // Before l: exponent of the row - R.
  logic [19:0] ahead_tile_q;
  always_ff @(posedge clk_i) begin
    if (prepare_i)
      ahead_tile_q <= {state.exponent[18], state.exponent} - {reference_i[18], reference_i};
  end

  // Cycle 0: l normalised, its leading one being among the highest TileLog2 + 1 bits; which sum
  // leads.
  logic [LBits-1:0]  l_d, l_q;
  logic signed [3:0] rise_d, rise_q;  // floor(log2 l), -1 to TileLog2 - 1
  logic [19:0]       ahead;           // row exponent - exponent of the tile's sum
  logic              leads_d, leads_q;
  logic [6:0]        distance_d;
  logic              far;
  logic [5:0]        distance_q;
  logic [6:0]        excess_d;  // exponent of the larger sum - R, at most 62
  logic [6:0]        excess_q;  // from cycle 4 on the exponent of g
  logic [6:0]        y_whole;

  always_comb begin
    l_d = l_i << TileLog2;
    rise_d = -4'sd1;
    for (int i = 0; i < TileLog2; i++) begin
      if (l_i[LBits-TileLog2+i]) begin
        l_d = l_i << (TileLog2 - 1 - i);
        rise_d = 4'(i);
      end
    end
  end
  assign ahead = ahead_tile_q - 20'(rise_d);
  assign leads_d = !had_keys || ahead[19];
  // Beyond 33 the smaller sum rounds to zero.
  assign far = ahead[18:6] != {13{ahead[19]}};
  assign distance_d = {1'b0, ahead[5:0] ^ {6{ahead[19]}}} + {6'b0, ahead[19]};
  always_comb begin
    if (leads_d) excess_d = 7'(rise_d);
    else if (!ahead_tile_q[19] && (ahead_tile_q[18:1] >= 18'd31)) excess_d = 7'd62;
    else excess_d = ahead_tile_q[6:0];
  end
  always_ff @(posedge clk_i) begin
    if (start_i) begin
      l_q <= l_d;
      rise_q <= rise_d;
      leads_q <= leads_d;
      distance_q <= distance_d[5:0] | {6{far || distance_d[6]}};
    end
    if (start_i || step_q[3]) excess_q <= step_q[3] ? y_whole : excess_d;
  end

  // Cycle 1, and again when the state is written: the sum, each halving rounded half up.
  logic [31:0] tile_mantissa, larger, smaller;
  logic [32:0] aligned, sum;
  logic        unused_low;
  logic [17:0] fraction_q;  // of the mantissa's leading bits; from cycle 5 on of g l
  logic        carry_q;

  assign tile_mantissa = {l_q, {(32 - LBits) {1'b0}}};
  assign larger = leads_q ? tile_mantissa : state.mantissa;
  assign smaller = (leads_q ? state.mantissa : tile_mantissa) & {32{had_keys}};
  assign aligned = {smaller, 1'b0} >> distance_q;
  assign {sum, unused_low} = {1'b0, larger, 1'b1} + {1'b0, aligned[32:1], aligned[0]};
  assign state_d.mantissa = sum[32] ? sum[32:1] + {31'b0, sum[0]} : sum[31:0];
  always_ff @(posedge clk_i) begin
    if (step_q[1]) carry_q <= sum[32];
  end

  // The multiplier: slope times factor plus addend.
  localparam int Half = (LBits + 1) / 2;

  logic [15:0]         x_q;  // floor(log2 of the mantissa in units of 2^-16) - 1; then g
  logic [17:0]         log2_base;
  logic [2*Half-1:0]   l_even;
  logic [15:0]         slope;
  logic [11:0]         factor;
  logic [29:0]         addend;
  logic [29:0]         total;
  logic                unused_total;

  if (Half > 12) begin : gen_bad_half
    $error("flashd_lane_rows: l must have at most 24 bits.");
  end

  // Cycle 2: log2 by interpolation, 1 to 2^16. Cycle 3: g at y = R - log2 S. Cycles 4 and 5: g l.
  assign log2_base = flashd_spec_pkg::log2_base(fraction_q[17:12]) - 18'd4;
  assign l_even = {l_q, {(2 * Half - LBits) {1'b0}}};
  assign slope = (16'(flashd_spec_pkg::log2_slope(fraction_q[17:12])) & {16{step_q[2]}}) |
      (16'(flashd_spec_pkg::g_slope(~x_q[15:10])) & {16{step_q[3]}}) |
      (x_q & {16{step_q[4] || step_q[5]}});
  assign factor = (fraction_q[11:0] & {12{step_q[2]}}) |
      ({~x_q[9:0], 2'b00} & {12{step_q[3]}}) |
      (12'(l_even[Half-1:0]) & {12{step_q[4]}}) |
      (12'(l_even[2*Half-1:Half]) & {12{step_q[5]}});
  assign addend = ({log2_base, 12'b0} & {30{step_q[2]}}) |
      ({flashd_spec_pkg::g_base(~x_q[15:10]), 12'b0} & {30{step_q[3]}}) |
      (30'(fraction_q[15:0]) & {30{step_q[5]}});
  assign total = slope * factor + addend;
  assign unused_total = ^total;

  // y = -(excess + carry + log2 2^-16), log2 2^-16 above 0: its fraction is ~x.
  assign y_whole = ~excess_q - {6'b0, carry_q};
  always_ff @(posedge clk_i) begin
    if (step_q[2] || step_q[3]) x_q <= total[29:14];
    if (step_q[1] || step_q[4] || step_q[5])
      fraction_q <= step_q[1] ? state_d.mantissa[30:13] : {2'b00, total[Half+:16]};
  end

  // Cycle 6: w, rounded half up, at most 1; the verdict.
  logic [14:0]       w_rounded;
  logic              w_carry, w_one;
  logic signed [7:0] w_exponent;
  logic              merged;

  assign w_rounded = fraction_q[15] ? {1'b0, fraction_q[15:2]} + {14'b0, fraction_q[1]} :
      {1'b0, fraction_q[14:1]} + {14'b0, fraction_q[0]};
  assign w_carry = w_rounded[14];
  assign w_exponent = {excess_q[6], excess_q} + 8'(rise_q) + {7'b0, fraction_q[15]} +
      {7'b0, w_carry};
  assign w_one = !w_exponent[7];
  assign merged = seen_i && (w_exponent >= 8'(flashd_spec_pkg::WMinLog2));
  always_ff @(posedge clk_i) begin
    if (step_q[6]) begin
      fresh_o <= !had_keys;
      g_mantissa_o <= x_q & {16{merged}};
      g_exponent_o <= excess_q;
      w_mantissa_o <= {w_one || w_carry || w_rounded[13],
                       w_rounded[12:0] & {13{!w_one && !w_carry}}} & {14{merged}};
      w_shift_o <= ~(w_exponent[5:0] - 6'd1) & {6{!w_one}};
    end
  end

  // The new state. R + rise = exponent of the row - ahead.
  logic [18:0] lead;
  assign lead = ahead_tile_q[18:0] - 19'(rise_q);
  assign state_d.has_keys = merged || had_keys;
  assign state_d.exponent = state.exponent - (lead & {19{leads_q}}) + {18'b0, carry_q};

  logic finish_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) finish_q <= 1'b0;
    else finish_q <= step_q[6] && last_i;
  end

  if (Rows == 1) begin : gen_one
    state_t state_q;
    logic   unused_load;
    assign unused_load = ^{load_i, load_row_i, row_i};
    assign state = state_q;
    always_ff @(posedge clk_i) begin
      if (step_q[6]) state_q.has_keys <= state_d.has_keys;
      if (step_q[6] && merged) begin
        state_q.exponent <= state_d.exponent;
        state_q.mantissa <= state_d.mantissa;
      end
    end
    assign row_valid_o = finish_q;
    assign row_row_o = '0;
  end else begin : gen_memory
    logic finished_q;
    flashd_ram #(.Bits($bits(state_t)), .Depth(Rows)) u_states (
      .clk_i,
      .we_i(step_q[6] && (merged || first_i)),
      .waddr_i(row_i),
      .wdata_i(state_d),
      .re_i(load_i || finish_q),
      .raddr_i(finish_q ? row_i : load_row_i),
      .rdata_o(state)
    );
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) finished_q <= 1'b0;
      else finished_q <= finish_q;
    end
    assign row_valid_o = finished_q;
    assign row_row_o = row_i;
  end
  assign row_state_o = state;

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      (start_i || prepare_i) |-> (step_q == '0))
  else $error("flashd_lane_rows: a run comes while the one before it is worked on");
`endif

endmodule
