// SPDX-License-Identifier: Apache-2.0
/// Steps of the output array on their way: from flashd_step_issue to the values, to the weights, to
/// the lanes and, with a block's last step, to the merge.
///
/// A context comes with its last key or token. Its fields are held, by half of the weight store,
/// until its last merge has started: no third one comes before, because a context's last key waits
/// for row_freed_o of the one before it. A token takes the same way, but reads nothing and reaches
/// no lane.
/// Latency: in enabled cycles after a step's issue: StepDelay - 1 request of the values, StepDelay
/// weights are read, StepDelay + 1 the lanes, AtStart the start of its block's merge, and RowWait
/// later, for a context's first block, row_freed_o.
/// Back-pressure: en_i low freezes it. Does not: know weights, values or sums.
module flashd_output_steps #(
  parameter int Tile = 64,
  parameter int Keys = 16,       // of a step
  parameter int FullSteps = 4,   // merge steps of a full block
  parameter int StepDelay = 7,
  parameter int AtStart = 10,
  parameter int Due = 3,         // cycles from a context's first step until a last one is in time
  parameter int RowWait = 1,
  parameter int BlockBits = 6,
  parameter int StepBits = 2,
  parameter int FieldBits = 8,
  parameter int VBankBits = 1,
  localparam int Groups = Tile / Keys,
  localparam int GroupBits = (Groups > 1) ? $clog2(Groups) : 1,
  localparam int TileBits = $clog2(Tile)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 en_i,
  input  logic [BlockBits-1:0] block_end_i,     // blocks of dv, less one
  input  logic [StepBits-1:0]  step_end_i,      // merge steps of the last block, less one
  // A context's last key or token.
  input  logic                 push_i,
  input  logic                 half_i,          // of the weight store
  input  logic                 empty_i,         // no keys
  input  logic [TileBits-1:0]  first_key_i,
  input  logic [TileBits-1:0]  last_key_i,
  input  logic [VBankBits-1:0] v_bank_i,
  input  logic [FieldBits-1:0] fields_i,        // what the merge wants to know
  output logic                 half_free_o,     // another context may begin
  output logic                 row_freed_o,     // g and w of a context are taken
  // Request of values.
  output logic                 value_valid_o,
  output logic [VBankBits-1:0] value_bank_o,
  output logic [GroupBits-1:0] value_group_o,
  output logic [BlockBits-1:0] value_block_o,
  output logic [Keys-1:0]      value_keys_o,    // keys of the group that the context sees
  output logic [TileBits-1:0]  value_first_o,   // the context's first key
  // Weights.
  output logic                 read_valid_o,
  output logic                 read_half_o,
  output logic [GroupBits-1:0] read_group_o,
  // Lanes.
  output logic                 lane_valid_o,
  output logic                 lane_first_o,
  output logic                 lane_last_o,
  output logic [Keys-1:0]      lane_keys_o,
  output logic [GroupBits-1:0] lane_missing_o,
  // Start of a block's merge.
  output logic                 start_o,
  output logic [BlockBits-1:0] start_block_o,
  output logic                 start_last_o,    // the context's last block
  output logic [StepBits-1:0]  start_step_end_o,
  output logic                 start_empty_o,
  output logic [VBankBits-1:0] start_bank_o,
  output logic [FieldBits-1:0] start_fields_o,
  // What happens in this cycle.
  output logic                 tap_valid_o,     // a context is not done
  output logic                 tap_step_o,      // a step is issued
  output logic                 tap_token_o,     // a token is issued
  output logic                 tap_begin_o,     // a context's first of them
  output logic                 tap_end_o        // a context's last
);

  typedef struct packed {
    logic                 empty;
    logic [TileBits-1:0]  first_key;
    logic [TileBits-1:0]  last_key;
    logic [VBankBits-1:0] v_bank;
    logic [FieldBits-1:0] fields;
  } context_t;
  context_t [1:0] context_q;

  always_ff @(posedge clk_i) begin
    if (push_i) context_q[half_i] <= {empty_i, first_key_i, last_key_i, v_bank_i, fields_i};
  end

  localparam int LowBits = $clog2(Keys);
  function automatic logic [GroupBits-1:0] group_of(input logic [TileBits-1:0] tile_key);
    return GroupBits'(32'(tile_key) >> LowBits);
  endfunction

  // Keys [first_key, last_key] of a group of keys.
  function automatic logic [Keys-1:0] keys_of(input logic [GroupBits-1:0] group,
                                              input logic [TileBits-1:0] first_key,
                                              input logic [TileBits-1:0] last_key);
    logic [Keys-1:0] after_first, before_last;
    after_first = '1;
    before_last = '1;
    if (group == group_of(first_key)) after_first = after_first << first_key[LowBits-1:0];
    if (group == group_of(last_key)) before_last = before_last >> ~last_key[LowBits-1:0];
    return after_first & before_last;
  endfunction

  // Issue.
  logic go, half, empty, first, last;
  logic [GroupBits-1:0] group;
  logic [BlockBits-1:0] block;
  assign empty = context_q[half].empty;

  flashd_step_issue #(
    .Groups   (Groups),
    .FullSteps(FullSteps),
    .Due      (Due),
    .GroupBits(GroupBits),
    .BlockBits(BlockBits),
    .StepBits (StepBits)
  ) u_issue (
    .clk_i,
    .rst_ni,
    .en_i,
    .block_end_i,
    .step_end_i,
    .push_i,
    .free_o       (half_free_o),
    .valid_o      (tap_valid_o),
    .half_o       (half),
    .empty_i      (empty),
    .first_group_i(group_of(context_q[half].first_key)),
    .last_group_i (group_of(context_q[half].last_key)),
    .go_o         (go),
    .begin_o      (tap_begin_o),
    .pop_o        (tap_end_o),
    .group_o      (group),
    .block_o      (block),
    .first_o      (first),
    .last_o       (last)
  );
  assign tap_step_o = go && !empty;
  assign tap_token_o = go && empty;

  // Values.
  logic at_value, value_half, value_first, value_last;
  flashd_delay_valid #(.Cycles(StepDelay - 1)) u_at_value (
    .clk_i, .rst_ni, .en_i, .valid_i(go), .valid_o(at_value), .busy_o());
  flashd_delay #(.Bits(3 + GroupBits + BlockBits), .Cycles(StepDelay - 1)) u_value_step (
    .clk_i, .en_i, .data_i({half, first, last, group, block}),
    .data_o({value_half, value_first, value_last, value_group_o, value_block_o}));
  assign value_valid_o = at_value && !context_q[value_half].empty;
  assign value_bank_o = context_q[value_half].v_bank;
  assign value_first_o = context_q[value_half].first_key;
  assign value_keys_o = keys_of(value_group_o, context_q[value_half].first_key,
                                context_q[value_half].last_key);

  // Weights, lanes.
  logic read_first, read_last;
  flashd_delay_valid #(.Cycles(1)) u_at_read (
    .clk_i, .rst_ni, .en_i, .valid_i(value_valid_o), .valid_o(read_valid_o), .busy_o());
  flashd_delay #(.Bits(3 + GroupBits), .Cycles(1)) u_read_step (
    .clk_i, .en_i, .data_i({value_half, value_first, value_last, value_group_o}),
    .data_o({read_half_o, read_first, read_last, read_group_o}));
  flashd_delay_valid #(.Cycles(1)) u_at_lane (
    .clk_i, .rst_ni, .en_i, .valid_i(read_valid_o), .valid_o(lane_valid_o), .busy_o());
  flashd_delay #(.Bits(2), .Cycles(1)) u_lane_step (
    .clk_i, .en_i, .data_i({read_first, read_last}), .data_o({lane_first_o, lane_last_o}));
  always_ff @(posedge clk_i) begin
    if (en_i && read_valid_o) begin
      lane_keys_o <= keys_of(read_group_o, context_q[read_half_o].first_key,
                             context_q[read_half_o].last_key);
      lane_missing_o <= GroupBits'(Groups - 1) - group_of(context_q[read_half_o].last_key) +
          group_of(context_q[read_half_o].first_key);
    end
  end

  // Blocks.
  logic block_done, start_half, row_taken;
  assign block_done = at_value && value_last;
  flashd_delay_valid #(.Cycles(AtStart - StepDelay + 1)) u_at_start (
    .clk_i, .rst_ni, .en_i, .valid_i(block_done), .valid_o(start_o), .busy_o());
  flashd_delay #(.Bits(1 + BlockBits), .Cycles(AtStart - StepDelay + 1)) u_start_block (
    .clk_i, .en_i, .data_i({value_half, value_block_o}), .data_o({start_half, start_block_o}));
  assign start_last_o = start_block_o == block_end_i;
  assign start_step_end_o = start_last_o ? step_end_i : StepBits'(FullSteps - 1);
  assign start_empty_o = context_q[start_half].empty;
  assign start_bank_o = context_q[start_half].v_bank;
  assign start_fields_o = context_q[start_half].fields;
  assign row_taken = start_o && (start_block_o == '0);
  flashd_delay_valid #(.Cycles(RowWait)) u_row_freed (
    .clk_i, .rst_ni, .en_i, .valid_i(row_taken), .valid_o(row_freed_o), .busy_o());

  if (StepDelay < 1 || AtStart < StepDelay) begin : gen_bad_delay
    $error("flashd_output_steps: StepDelay must be at least 1 and AtStart not less.");
  end

endmodule
