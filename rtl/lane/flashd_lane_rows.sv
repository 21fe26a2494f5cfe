// SPDX-License-Identifier: Apache-2.0
/// Row sums S of a lane and the weights g and w with which a run joins its row.
///
/// `start_i` comes with the run's l; `row_next_i` is its row in the cycle before. g, w and `fresh_o`
/// stand from LatencyNonlinear + 1 cycles later until those of the next run. With `last_i` the
/// finished state {has keys, exponent[18:0], mantissa[31:0]} follows; exponent and mantissa mean
/// nothing in a row without keys.
/// Latency: LatencyNonlinear + 1 cycles. Back-pressure: none.
/// Does not: take two runs within LatencyNonlinear + 4 cycles.
module flashd_lane_rows #(
  parameter int Profile = 0,
  parameter int Tile = 16,
  parameter int Rows = 1,
  localparam int RowBits = (Rows > 1) ? $clog2(Rows) : 1,
  localparam int LBits = flashd_spec_pkg::tile_frac(Profile) + $clog2(Tile)
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               load_i,        // the cycle before start_i
  input  logic               start_i,
  input  logic [RowBits-1:0] row_i,
  input  logic               first_i,       // the row starts afresh
  input  logic               last_i,        // the row ends
  input  logic               seen_i,
  input  logic [LBits-1:0]   l_i,
  input  logic signed [18:0] reference_i,
  output logic               fresh_o,       // the row's old output counts as zero
  output logic [15:0]        g_mantissa_o,
  output logic [6:0]         g_exponent_o,
  output logic [13:0]        w_mantissa_o,
  output logic [5:0]         w_shift_o,
  output logic               row_valid_o,
  output logic [RowBits-1:0] row_row_o,
  output logic [51:0]        row_state_o
);

  typedef struct packed {
    logic        has_keys;
    logic [18:0] exponent;
    logic [31:0] mantissa;
  } state_t;

  state_t             state;
  logic               valid, has_keys, merged, unused_first;
  logic [18:0]        exponent;
  logic [31:0]        mantissa;
  logic [15:0]        g_mantissa;
  logic signed [6:0]  g_exponent;
  logic [13:0]        w_mantissa;
  logic [5:0]         w_shift;
  logic signed [35:0] unused_log2;
  logic               finish_q;
  logic               had_keys;

  assign had_keys = state.has_keys && !first_i;

  flashd_sigmoid_merge #(.Profile(Profile), .Tile(Tile), .KeepState(1'b0)) u_sigmoid_merge (
    .clk_i,
    .rst_ni,
    .en_i(1'b1),
    .valid_i(start_i),
    .seen_i,
    .l_i,
    .reference_i,
    .has_keys_i(had_keys),
    .exponent_i($signed(state.exponent)),
    .mantissa_i(state.mantissa),
    .valid_o(valid),
    .has_keys_o(has_keys),
    .exponent_o(exponent),
    .mantissa_o(mantissa),
    .g_mantissa_o(g_mantissa),
    .g_exponent_o(g_exponent),
    .w_mantissa_o(w_mantissa),
    .w_shift_o(w_shift),
    .first_o(unused_first),
    .merged_o(merged),
    .log2_o(unused_log2)
  );

  always_ff @(posedge clk_i) begin
    if (valid) begin
      fresh_o <= !had_keys;
      g_mantissa_o <= g_mantissa;
      g_exponent_o <= g_exponent;
      w_mantissa_o <= w_mantissa;
      w_shift_o <= w_shift;
    end
  end

  if (Rows == 1) begin : gen_one
    state_t state_q;
    logic   unused_load;
    assign unused_load = ^{load_i, row_i};
    assign state = state_q;
    always_ff @(posedge clk_i) begin
      if (valid) state_q.has_keys <= has_keys;
      if (valid && merged) begin
        state_q.exponent <= exponent;
        state_q.mantissa <= mantissa;
      end
    end
    assign row_valid_o = finish_q;
    assign row_row_o = '0;
  end else begin : gen_memory
    logic finished_q;
    flashd_ram #(.Bits($bits(state_t)), .Depth(Rows)) u_states (
      .clk_i,
      .we_i(valid && (merged || first_i)),
      .waddr_i(row_i),
      .wdata_i({has_keys, exponent, mantissa}),
      .re_i(load_i || finish_q),
      .raddr_i(row_i),
      .rdata_o(state)
    );
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) finished_q <= 1'b0;
      else finished_q <= finish_q;
    end
    assign row_valid_o = finished_q;
    assign row_row_o = row_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) finish_q <= 1'b0;
    else finish_q <= valid && last_i;
  end
  assign row_state_o = state;

endmodule
