// SPDX-License-Identifier: Apache-2.0
/// Headers on their way from the score phase to the output phase: what is known at a context's
/// first key, and what its last score completes; from that also which tiles need no values.
///
/// Latency: one cycle; a verdict two cycles after its finding.
/// Back-pressure: none on entry, the score issue counts free headers; one waits for head_pop_i.
/// Does not: count what is free.
module flashd_context_queue #(
  parameter int Lanes = 4,
  parameter int Tile = 64,
  parameter int KeyBits = 7,
  parameter int ContextBits = 4,
  parameter int VBankBits = 1
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic                         state_in_en_i,
  input  logic                         skip_v_en_i,
  // At a context's first key or token.
  input  logic                         info_i,
  input  logic                         info_empty_i,
  input  logic [ContextBits-1:0]       info_context_i,
  input  logic [KeyBits-1:0]           info_begin_i,
  input  logic [KeyBits-1:0]           info_end_i,
  input  logic [Lanes-1:0]             info_rows_i,
  input  logic                         info_first_i,
  input  logic                         info_last_i,
  input  logic [VBankBits-1:0]         info_v_bank_i,
  input  logic                         info_v_turn_i,
  // When its last score is in.
  input  logic                         found_i,
  input  logic                         found_first_i,   // of the rows' first tile
  input  logic [Lanes-1:0]             seen_i,
  input  logic [Lanes-1:0][18:0]       reference_i,
  input  logic [Lanes-1:0][2:0]        flags_i,
  // Row states, before the rows' first tile.
  input  logic                         load_i,
  input  logic [Lanes-1:0][18:0]       load_exponent_i,
  input  logic [Lanes-1:0][5:0]        load_flags_i,
  // One verdict per tile.
  output logic                         skip_valid_o,
  output logic                         skip_o,
  // Header of the next context.
  output logic                         head_begun_o,    // its first half is there
  output logic                         head_valid_o,
  output logic                         head_empty_o,
  output logic [ContextBits-1:0]       head_context_o,
  output logic [KeyBits-1:0]           head_begin_o,
  output logic [KeyBits-1:0]           head_end_o,
  output logic [Lanes-1:0]             head_rows_o,
  output logic                         head_first_o,
  output logic                         head_last_o,
  output logic [VBankBits-1:0]         head_v_bank_o,
  output logic                         head_v_turn_o,
  output logic [Lanes-1:0]             head_seen_o,
  output logic [Lanes-1:0][18:0]       head_reference_o,
  output logic [Lanes-1:0][2:0]        head_flags_o,
  input  logic                         head_pop_i,
  output logic                         skip_idle_o
);

  localparam int Headers = 4;  // contexts between the start of their scores and their last key
  localparam int InfoBits = 1 + ContextBits + 2 * KeyBits + Lanes + 2 + VBankBits + 1;
  localparam int FoundBits = Lanes * (1 + 19 + 3);
  logic info_valid, found_valid, info_room, found_room;
  assign head_begun_o = info_valid;
  assign head_valid_o = info_valid && found_valid;

  flashd_fifo #(
    .Bits (InfoBits),
    .Depth(Headers)
  ) u_info_queue (
    .clk_i,
    .rst_ni,
    .valid_i(info_i),
    .ready_o(info_room),
    .data_i ({info_empty_i, info_context_i, info_begin_i, info_end_i, info_rows_i, info_first_i,
              info_last_i, info_v_bank_i, info_v_turn_i}),
    .valid_o(info_valid),
    .ready_i(head_pop_i),
    .data_o ({head_empty_o, head_context_o, head_begin_o, head_end_o, head_rows_o, head_first_o,
              head_last_o, head_v_bank_o, head_v_turn_o})
  );
  flashd_fifo #(
    .Bits (FoundBits),
    .Depth(Headers)
  ) u_found_queue (
    .clk_i,
    .rst_ni,
    .valid_i(found_i),
    .ready_o(found_room),
    .data_i ({seen_i, reference_i, flags_i}),
    .valid_o(found_valid),
    .ready_i(head_pop_i),
    .data_o ({head_seen_o, head_reference_o, head_flags_o})
  );

  flashd_skip_check #(
    .Lanes(Lanes),
    .Tile (Tile)
  ) u_skip (
    .clk_i,
    .rst_ni,
    .en_i           (skip_v_en_i),
    .found_i,
    .first_i        (found_first_i && !state_in_en_i),
    .seen_i,
    .reference_i,
    .flags_i,
    .load_i,
    .load_exponent_i,
    .load_flags_i,
    .valid_o        (skip_valid_o),
    .skip_o,
    .idle_o         (skip_idle_o)
  );

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) disable iff (!rst_ni) info_i |-> info_room)
  else $error("flashd_context_queue: a header found its queue full");
  assert property (@(posedge clk_i) disable iff (!rst_ni) found_i |-> found_room)
  else $error("flashd_context_queue: a finding found its queue full");
`else
  logic unused;
  assign unused = ^{info_room, found_room};
`endif

endmodule
