// SPDX-License-Identifier: Apache-2.0
/// Issues the steps of the contexts whose keys are all issued: block by block of channels, in each
/// of them the groups of keys that the context sees. Every other block takes them from the last to
/// the first: then the weights stay the same from block to block.
///
/// A step of a context is issued after its last key. The last step of a block waits until the merge
/// of the block before has taken its tile sums, that of a context's first block besides until g and
/// w follow in time. A context without keys issues one token per block.
/// Latency: a context's first step one cycle after push_i; n groups and s merge steps per block
/// cost max(n, s) cycles. Back-pressure: en_i low freezes it; free_o is low while two contexts are
/// not done. Does not: know weights, values or sums.
module flashd_step_issue #(
  parameter int Groups = 4,      // of a tile
  parameter int FullSteps = 4,   // merge steps of a full block
  parameter int Due = 3,         // cycles from a context's first step until a last one is in time
  parameter int GroupBits = 2,
  parameter int BlockBits = 6,
  parameter int StepBits = 2
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 en_i,
  input  logic [BlockBits-1:0] block_end_i,    // blocks of dv, less one
  input  logic [StepBits-1:0]  step_end_i,     // merge steps of the last block, less one
  // A context's last key or token.
  input  logic                 push_i,
  output logic                 free_o,         // another context may begin
  // The oldest context that is not done.
  output logic                 valid_o,
  output logic                 half_o,         // of the weight store
  input  logic                 empty_i,
  input  logic [GroupBits-1:0] first_group_i,
  input  logic [GroupBits-1:0] last_group_i,
  // Step.
  output logic                 go_o,           // a step or a token
  output logic                 begin_o,        // the context's first
  output logic                 pop_o,          // the context's last
  output logic [GroupBits-1:0] group_o,
  output logic [BlockBits-1:0] block_o,
  output logic                 first_o,        // of the block
  output logic                 last_o
);

  logic [1:0] level_q;  // contexts that are not done
  logic half_q, block_last, may_last, gap_over, due;
  logic [BlockBits-1:0] block_q;

  assign valid_o = level_q != '0;
  assign free_o = !level_q[1];
  assign half_o = half_q;
  assign block_o = block_q;
  assign block_last = block_q == block_end_i;
  assign may_last = gap_over && (due || (block_q != '0));
  assign go_o = en_i && valid_o && (!last_o || may_last);
  assign begin_o = go_o && first_o && (block_q == '0);
  assign pop_o = go_o && last_o && block_last;

  if (Groups > 1) begin : gen_groups
    logic [GroupBits-1:0] index_q;  // within the context's groups
    assign group_o = block_q[0] ? last_group_i - index_q : first_group_i + index_q;
    assign first_o = index_q == '0;
    assign last_o = empty_i || (group_o == (block_q[0] ? first_group_i : last_group_i));
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) index_q <= '0;
      else if (go_o) index_q <= last_o ? '0 : index_q + GroupBits'(1);
    end
  end else begin : gen_group
    logic unused;
    assign unused = ^{empty_i, first_group_i, last_group_i};
    assign group_o = '0;
    assign first_o = 1'b1;
    assign last_o = 1'b1;
  end

  if (FullSteps > 1) begin : gen_gap
    logic [StepBits-1:0] gap_q;  // cycles still to wait for a last step
    assign gap_over = gap_q == '0;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) gap_q <= '0;
      else if (go_o && last_o) gap_q <= block_last ? step_end_i : StepBits'(FullSteps - 1);
      else if (en_i && !gap_over) gap_q <= gap_q - StepBits'(1);
    end
  end else begin : gen_no_gap
    logic unused;
    assign unused = ^step_end_i;
    assign gap_over = 1'b1;
  end

  if (Due > 0) begin : gen_due
    localparam int DueBits = $clog2(Due + 1);
    logic [DueBits-1:0] due_q;
    assign due = due_q == '0;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) due_q <= '0;
      else if (push_i) due_q <= DueBits'(Due);
      else if (en_i && !due) due_q <= due_q - DueBits'(1);
    end
  end else begin : gen_due_at_once
    assign due = 1'b1;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      level_q <= '0;
      half_q  <= 1'b0;
      block_q <= '0;
    end else begin
      level_q <= level_q + 2'(push_i) - 2'(pop_o);
      if (pop_o) half_q <= !half_q;
      if (go_o && last_o) block_q <= block_last ? '0 : block_q + BlockBits'(1);
    end
  end

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) disable iff (!rst_ni) level_q <= 2'd2)
  else $error("flashd_step_issue: a context came while two were not done");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      (push_i && valid_o) |-> (block_q != '0))
  else $error("flashd_step_issue: a context came before the first block of the one before it");
`endif

endmodule
