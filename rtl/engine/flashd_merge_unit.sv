// SPDX-License-Identifier: Apache-2.0
/// Merges finished tile sums into the rows' outputs, Merge elements per lane and cycle, and lets
/// finished rows out.
///
/// o of every row lives in a memory per lane. The merge of a block of Channels channels starts with
/// start_i, one cycle before its tile sums are complete; they are read step by step. With the first
/// block of a context g and w are sampled, in the cycle of its first step.
/// Latency: LatencyMerge + 1 from a step to its o in memory, LatencyRound more to out_valid_o.
/// Back-pressure: en_i low freezes it; the caller takes out_* in any enabled cycle.
/// Does not: accept a start before the last step of the merge before it.
module flashd_merge_unit #(
  parameter int Profile = 0,
  parameter int Lanes = 4,
  parameter int Contexts = 16,
  parameter int Tile = 64,
  parameter int MaxHeadDim = 256,
  parameter int Merge = 1,
  parameter int Channels = 4,
  parameter int BlockBits = 6,
  parameter int ContextBits = 4,
  parameter int StepBits = 2,
  parameter int VBankBits = 1,
  localparam int TBits = flashd_spec_pkg::tile_frac(Profile) + 2 + $clog2(Tile),
  localparam int Words = (MaxHeadDim + Merge - 1) / Merge,  // of a row
  localparam int WordBits = $clog2(Words + 1)
) (
  input  logic                                          clk_i,
  input  logic                                          rst_ni,
  input  logic                                          en_i,
  input  logic signed [8:0]                             v_exponent_i,  // VE
  input  logic [1:0]                                    format_i,
  // A block whose tile sums are complete in the next cycle.
  input  logic                                          start_i,
  input  logic [ContextBits-1:0]                        context_i,
  input  logic [BlockBits-1:0]                          block_i,
  input  logic                                          block_last_i,  // of the context
  input  logic [StepBits-1:0]                           step_end_i,    // merge steps, less one
  input  logic                                          empty_i,       // no keys: T is zero
  input  logic                                          last_i,        // rows end with this tile
  input  logic [Lanes-1:0]                              rows_i,
  input  logic [VBankBits-1:0]                          v_bank_i,
  // Tile sums and the distance of their grid to the job's.
  input  logic [Lanes-1:0][Channels-1:0][TBits-1:0]     t_i,
  output logic [VBankBits-1:0]                          e_bank_o,
  output logic [BlockBits-1:0]                          e_block_o,
  output logic [StepBits-1:0]                           e_step_o,
  input  logic [Merge-1:0][7:0]                         v_distance_i,
  // Weights, one per lane.
  input  logic [Lanes-1:0]                              first_i,
  input  logic [Lanes-1:0]                              nan_i,
  input  logic [Lanes-1:0][15:0]                        g_mantissa_i,
  input  logic [Lanes-1:0][6:0]                         g_exponent_i,
  input  logic [Lanes-1:0][13:0]                        w_mantissa_i,
  input  logic [Lanes-1:0][5:0]                         w_shift_i,
  // The bank of the tile's values is read no more.
  output logic                                          v_end_o,
  output logic [VBankBits-1:0]                          v_end_bank_o,
  // o to continue from, while idle.
  input  logic                                          load_i,
  input  logic [ContextBits-1:0]                        load_context_i,
  input  logic [WordBits-1:0]                           load_word_i,
  input  logic [Lanes-1:0][Merge-1:0][31:0]             load_data_i,
  // Finished rows: o as float32 bits, and raw.
  output logic                                          out_valid_o,
  output logic                                          out_last_o,
  output logic [Lanes-1:0]                              out_rows_o,
  output logic [Lanes-1:0][Merge-1:0][31:0]             out_data_o,
  output logic [Lanes-1:0][Merge-1:0][31:0]             out_raw_o,
  output logic                                          busy_o
);

  localparam int LatencyMerge = flashd_spec_pkg::LatencyMerge;
  localparam int LatencyRound = flashd_spec_pkg::LatencyRound;
  localparam int FullSteps = Channels / Merge;
  localparam int Depth = Contexts * Words;
  localparam int AddrBits = (Depth > 1) ? $clog2(Depth) : 1;
  localparam int IndexBits = (Channels > 1) ? $clog2(Channels) : 1;

  typedef struct packed {
    logic [ContextBits-1:0] ctx;
    logic [BlockBits-1:0]   block;
    logic                   block_last;
    logic [StepBits-1:0]    step_end;
    logic                   empty;
    logic                   last;
    logic [Lanes-1:0]       rows;
    logic [VBankBits-1:0]   v_bank;
  } block_t;

  typedef struct packed {
    logic                first;
    logic                nan;
    logic [15:0]         g_mantissa;
    logic [6:0]          g_exponent;
    logic [13:0]         w_mantissa;
    logic [5:0]          w_shift;
  } weight_t;

  block_t block_q;
  logic running_q, step_last, start_q;
  logic [StepBits-1:0] step_q;
  weight_t [Lanes-1:0] weight_q;
  logic [AddrBits-1:0] raddr, waddr;
  logic [Lanes-1:0] weight_nan;
  logic slice_valid, merged_valid, slice_busy, merge_busy, round_busy;
  logic slice_last, merged_last, out_last;

  assign step_last = step_q == block_q.step_end;
  assign raddr = AddrBits'(32'(block_q.ctx) * Words + 32'(block_q.block) * FullSteps + 32'(step_q));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      running_q <= 1'b0;
      start_q   <= 1'b0;
      step_q    <= '0;
    end else if (en_i) begin
      start_q <= start_i;
      if (start_i) begin
        running_q <= 1'b1;
        step_q    <= '0;
      end else if (running_q) begin
        if (step_last) running_q <= 1'b0;
        step_q <= step_q + StepBits'(1);
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (en_i && start_i)
      block_q <= {context_i, block_i, block_last_i, step_end_i, empty_i, last_i, rows_i, v_bank_i};
    if (en_i && start_q && (block_q.block == '0)) begin
      for (int l = 0; l < Lanes; l++) begin
        weight_q[l] <= {first_i[l], nan_i[l], g_mantissa_i[l], g_exponent_i[l], w_mantissa_i[l],
                        w_shift_i[l]};
      end
    end
  end

  assign e_bank_o = block_q.v_bank;
  assign e_block_o = block_q.block;
  assign e_step_o = step_q;
  assign v_end_o = en_i && running_q && step_last && block_q.block_last;
  assign v_end_bank_o = block_q.v_bank;

  // Step: address; one cycle later tile sums, distances, o and weights meet in the slices.
  logic [Merge-1:0][7:0] distance_q;
  always_ff @(posedge clk_i) begin
    if (en_i) distance_q <= v_distance_i;
  end
  flashd_delay_valid #(.Cycles(1)) u_slice_valid (
    .clk_i, .rst_ni, .en_i, .valid_i(running_q), .valid_o(slice_valid), .busy_o(slice_busy));
  flashd_delay_valid #(.Cycles(LatencyMerge)) u_merged_valid (
    .clk_i, .rst_ni, .en_i, .valid_i(slice_valid), .valid_o(merged_valid), .busy_o(merge_busy));
  flashd_delay #(.Bits(AddrBits), .Cycles(LatencyMerge + 1)) u_waddr (
    .clk_i, .en_i, .data_i(raddr), .data_o(waddr));

  // What leaves: blocks of the rows' last tile.
  logic slice_out_q, merged_out, out_valid;
  logic [Lanes-1:0] slice_rows_q, merged_rows, out_rows;
  always_ff @(posedge clk_i) begin
    if (en_i) begin
      slice_out_q  <= block_q.last;
      slice_last   <= step_last && block_q.block_last;
      slice_rows_q <= block_q.rows;
    end
  end
  for (genvar l = 0; l < Lanes; l++) begin : gen_nan
    assign weight_nan[l] = weight_q[l].nan;
  end
  flashd_delay #(.Bits(2 + Lanes), .Cycles(LatencyMerge)) u_merged_tag (
    .clk_i, .en_i, .data_i({slice_out_q, slice_last, slice_rows_q}),
    .data_o({merged_out, merged_last, merged_rows}));
  logic [Lanes-1:0] merged_nan;
  flashd_delay #(.Bits(Lanes), .Cycles(LatencyMerge)) u_merged_nan (
    .clk_i, .en_i, .data_i(weight_nan), .data_o(merged_nan));
  flashd_delay_valid #(.Cycles(LatencyRound)) u_out_valid (
    .clk_i, .rst_ni, .en_i, .valid_i(merged_valid && merged_out), .valid_o(out_valid),
    .busy_o(round_busy));
  flashd_delay #(.Bits(1 + Lanes), .Cycles(LatencyRound)) u_out_tag (
    .clk_i, .en_i, .data_i({merged_last, merged_rows}), .data_o({out_last, out_rows}));

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic [Merge-1:0][31:0] old, merged, wdata;
    logic [AddrBits-1:0] waddr_mux;
    assign wdata = load_i ? load_data_i[l] : merged;
    assign waddr_mux = load_i ?
        AddrBits'(32'(load_context_i) * Words + 32'(load_word_i)) : waddr;

    flashd_ram #(
      .Bits (Merge * 32),
      .Depth(Depth)
    ) u_context (
      .clk_i,
      .we_i   (load_i || (en_i && merged_valid)),
      .waddr_i(waddr_mux),
      .wdata_i(wdata),
      .re_i   (en_i && running_q),
      .raddr_i(raddr),
      .rdata_o(old)
    );

    for (genvar m = 0; m < Merge; m++) begin : gen_slice
      logic [IndexBits-1:0] element;
      logic signed [TBits-1:0] t_q;
      assign element = IndexBits'(32'(step_q) * Merge + m);
      // A context without keys has no T, and g and w are zero: masked, for four-valued simulators.
      always_ff @(posedge clk_i) begin
        if (en_i) t_q <= $signed(t_i[l][element] & {TBits{!block_q.empty}});
      end
      flashd_merge_slice #(
        .Profile(Profile),
        .Tile   (Tile)
      ) u_slice (
        .clk_i,
        .en_i,
        .first_i     (weight_q[l].first),
        .t_i         (t_q),
        .o_i         ($signed(old[m])),
        .g_mantissa_i(weight_q[l].g_mantissa),
        .g_exponent_i($signed(weight_q[l].g_exponent)),
        .w_mantissa_i(weight_q[l].w_mantissa),
        .w_shift_i   (weight_q[l].w_shift),
        .v_distance_i(distance_q[m]),
        .o_o         (merged[m])
      );
      flashd_round u_round (
        .clk_i,
        .en_i,
        .o_i     ($signed(merged[m])),
        .v_exp_i (v_exponent_i),
        .format_i,
        .nan_i   (merged_nan[l]),
        .bits_o  (out_data_o[l][m])
      );
    end

    flashd_delay #(
      .Bits  (Merge * 32),
      .Cycles(LatencyRound)
    ) u_raw (
      .clk_i,
      .en_i,
      .data_i(merged),
      .data_o(out_raw_o[l])
    );
  end

  assign out_valid_o = out_valid && en_i;
  assign out_last_o = out_last;
  assign out_rows_o = out_rows;
  assign busy_o = running_q || start_q || slice_busy || merge_busy || round_busy;

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      (en_i && start_i && running_q) |-> step_last)
  else $error("flashd_merge_unit: a merge starts before the one before it has ended");
  assert property (@(posedge clk_i) disable iff (!rst_ni) load_i |-> !busy_o)
  else $error("flashd_merge_unit: a state is loaded while a merge runs");
`endif

endmodule
