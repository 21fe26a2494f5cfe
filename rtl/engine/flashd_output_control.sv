// SPDX-License-Identifier: Apache-2.0
/// Issues the keys of one context to the output array, once per pass of Width output elements.
///
/// The last key of a pass waits until the merge of the pass before has taken its tile sums and the
/// nonlinear unit is ready for another row: a pass of n keys costs max(n, merge steps, MinPass)
/// cycles. A context without keys issues one token per pass.
/// Latency: none from header to address. Back-pressure: en_i low freezes it; waits for a header,
/// for the tile's values and, before a context whose rows leave, for room for its outputs.
/// Does not: know any number but the place of the keys.
module flashd_output_control #(
  parameter int Width = 64,
  parameter int Merge = 1,
  parameter int Tile = 64,
  parameter int MinPass = 18,
  parameter int BeatBits = 3,
  parameter int KeyBits = 7,
  parameter int SlotBits = 7,
  parameter int StepBits = 7
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                en_i,
  input  logic [8:0]          dv_i,
  input  logic [BeatBits-1:0] passes_i,    // ceil(dv / Width)
  // Header of the context, held until pop_o.
  input  logic                valid_i,     // header and values are there
  input  logic                empty_i,
  input  logic [KeyBits-1:0]  begin_i,
  input  logic [KeyBits-1:0]  end_i,
  input  logic                out_i,       // rows leave after this tile
  input  logic                out_room_i,
  output logic                out_take_o,  // with the first key or token of such a context
  output logic                pop_o,
  output logic                room_wait_o,
  output logic                merge_wait_o,
  // Key.
  output logic                go_o,        // a key or a token
  output logic                key_valid_o, // a key
  output logic [KeyBits-1:0]  key_o,       // of the tile
  output logic [SlotBits-1:0] slot_o,      // of the score buffer
  output logic                slot_free_o,
  output logic [BeatBits-1:0] pass_o,
  output logic                first_o,
  output logic                last_o,
  output logic                pass_last_o, // the context's last pass
  output logic [StepBits-1:0] steps_o      // merge steps of this pass
);

  localparam int FullSteps = Width / Merge;
  localparam int GapBits = $clog2(((FullSteps > MinPass) ? FullSteps : MinPass) + 1);

  logic [KeyBits-1:0] index_q;     // key within the context's keys
  logic [BeatBits-1:0] pass_q;
  logic [SlotBits-1:0] base_q;     // slot of the context's first key
  logic [GapBits-1:0] gap_q;       // cycles still to wait for a last key
  logic [GapBits-1:0] gap_d;
  logic may_last, may_begin, begins;
  logic [8:0] rest;                // elements of this pass, if it is the last

  assign key_o = begin_i + index_q;
  assign first_o = index_q == '0;
  assign last_o = empty_i || (key_o == end_i - KeyBits'(1));
  assign pass_last_o = pass_q == passes_i - BeatBits'(1);
  assign may_last = gap_q == '0;
  assign begins = first_o && (pass_q == '0);
  assign may_begin = !begins || !out_i || out_room_i;
  assign go_o = en_i && valid_i && may_begin && (!last_o || may_last);
  assign out_take_o = go_o && begins && out_i;
  assign room_wait_o = valid_i && !may_begin;
  assign merge_wait_o = valid_i && last_o && !may_last;
  assign key_valid_o = go_o && !empty_i;
  assign pop_o = go_o && last_o && pass_last_o;
  assign slot_o = base_q + SlotBits'(index_q);
  assign slot_free_o = key_valid_o && pass_last_o;
  assign pass_o = pass_q;

  assign rest = dv_i - 9'(32'(pass_q) * Width);
  assign steps_o = pass_last_o ? StepBits'((32'(rest) + Merge - 1) / Merge) : StepBits'(FullSteps);
  assign gap_d = (32'(steps_o) > MinPass) ? GapBits'(steps_o) - GapBits'(1) :
      GapBits'(MinPass - 1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      index_q <= '0;
      pass_q  <= '0;
      base_q  <= '0;
      gap_q   <= '0;
    end else if (en_i) begin
      if (go_o && last_o) gap_q <= gap_d;
      else if (!may_last) gap_q <= gap_q - GapBits'(1);
      if (go_o) begin
        index_q <= last_o ? '0 : index_q + KeyBits'(1);
        if (last_o) pass_q <= pass_last_o ? '0 : pass_q + BeatBits'(1);
        if (pop_o && !empty_i) base_q <= base_q + SlotBits'(index_q) + SlotBits'(1);
      end
    end
  end

  if ((1 << SlotBits) != 2 * Tile) begin : gen_bad_tile
    $error("flashd_output_control: Tile must be a power of two.");
  end
  if ((Merge & (Merge - 1)) != 0) begin : gen_bad_merge
    $error("flashd_output_control: ceil(Width / Tile) must be a power of two.");
  end

endmodule
