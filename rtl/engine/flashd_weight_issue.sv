// SPDX-License-Identifier: Apache-2.0
/// Issues the keys of one context, in order, to the weight unit, and with the last one the context
/// to flashd_step_issue.
///
/// The first key waits for a free half of the weight store, the last one until the row unit may
/// take another context. A context without keys issues one token.
/// Latency: none from header to address; one key per cycle. Back-pressure: en_i low freezes it;
/// waits for a header, for the tile's values and, before a context whose rows leave, for room for
/// its outputs. Does not: know any number but the place of the keys.
module flashd_weight_issue #(
  parameter int KeyBits = 7,
  parameter int SlotBits = 7
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                en_i,
  // Header of the context, held until pop_o.
  input  logic                valid_i,     // header and values are there
  input  logic                empty_i,
  input  logic [KeyBits-1:0]  begin_i,
  input  logic [KeyBits-1:0]  end_i,
  input  logic                out_i,       // rows leave after this tile
  input  logic                out_room_i,
  output logic                out_take_o,  // with the first key or token of such a context
  output logic                pop_o,       // with the last key or token
  output logic                room_wait_o,
  // What follows.
  input  logic                half_free_i, // of the weight store
  input  logic                row_free_i,  // the row unit takes another context
  // Key.
  output logic                go_o,        // a key or a token
  output logic                key_valid_o, // a key
  output logic [KeyBits-1:0]  key_o,       // of the tile
  output logic [SlotBits-1:0] slot_o,      // of the score buffer
  output logic                first_o,
  output logic                last_o,
  output logic                half_o       // of the weight store
);

  logic [KeyBits-1:0] index_q;  // key within the context's keys
  logic [SlotBits-1:0] slot_q;
  logic half_q, room, may_begin;

  assign key_o = begin_i + index_q;
  assign first_o = index_q == '0;
  assign last_o = empty_i || (key_o == end_i - KeyBits'(1));
  assign room = !first_o || !out_i || out_room_i;
  assign may_begin = !first_o || half_free_i;
  assign go_o = en_i && valid_i && room && may_begin && (!last_o || row_free_i);
  assign out_take_o = go_o && first_o && out_i;
  assign room_wait_o = valid_i && !room;
  assign key_valid_o = go_o && !empty_i;
  assign pop_o = go_o && last_o;
  assign slot_o = slot_q;
  assign half_o = half_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      index_q <= '0;
      slot_q  <= '0;
      half_q  <= 1'b0;
    end else if (go_o) begin
      index_q <= last_o ? '0 : index_q + KeyBits'(1);
      if (!empty_i) slot_q <= slot_q + SlotBits'(1);
      if (last_o) half_q <= !half_q;
    end
  end

endmodule
