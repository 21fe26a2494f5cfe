// SPDX-License-Identifier: Apache-2.0
/// Issues the beats of one context's keys to the score lanes, one beat per cycle.
///
/// A context without keys sends one token instead, which keeps its place in the order.
/// Latency: none from request to address. Back-pressure: waits for a free slot of the score buffer
/// per key, for room in the header queue per context, and for a bias beat per key.
/// Does not: wait in the middle of the lanes; what is issued will find its slot free.
module flashd_score_issue #(
  parameter int Lanes = 4,
  parameter int KeyBits = 7,
  parameter int BeatBits = 3,
  parameter int Slots = 128,
  parameter int Headers = 4
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic [BeatBits-1:0]           beats_i,
  input  logic                          bias_en_i,
  // Work of one context.
  input  logic                          valid_i,
  output logic                          ready_o,
  input  logic                          empty_i,
  input  logic [KeyBits-1:0]            begin_i,
  input  logic [KeyBits-1:0]            end_i,
  input  logic [Lanes-1:0][KeyBits-1:0] see_begin_i,
  input  logic [Lanes-1:0][KeyBits-1:0] see_end_i,
  // Bias: taken with the last beat of a key.
  input  logic                          b_valid_i,
  output logic                          b_ready_o,
  input  logic [Lanes-1:0]              b_mask_i,
  // Room.
  input  logic                          slot_free_i,
  input  logic                          header_free_i,
  // Beat.
  output logic                          start_o,     // first cycle of the context
  output logic                          beat_o,      // a beat is issued
  output logic                          token_o,     // a context without keys
  output logic [KeyBits-1:0]            key_o,
  output logic [BeatBits-1:0]           index_o,
  output logic                          first_beat_o,
  output logic                          last_beat_o,
  output logic                          first_key_o,
  output logic                          last_key_o,
  output logic [Lanes-1:0]              visible_o,
  output logic [2:0]                    wait_o,      // why work is not issued
  output logic                          idle_o
);

  localparam int SlotBits = $clog2(Slots + 1);
  localparam int HeaderBits = $clog2(Headers + 1);

  logic [SlotBits-1:0] slots_q;      // free slots
  logic [HeaderBits-1:0] headers_q;  // free headers
  logic started_q;
  logic [KeyBits-1:0] key_q, key;
  logic [BeatBits-1:0] index_q;
  logic may_start, room, go, slot_take, header_take;

  assign may_start = valid_i && (started_q || (headers_q != '0));
  assign key = started_q ? key_q : begin_i;
  assign first_beat_o = index_q == '0;
  assign last_beat_o = index_q == beats_i - BeatBits'(1);
  assign first_key_o = key == begin_i;
  assign last_key_o = key == end_i - KeyBits'(1);

  assign room = may_start && (empty_i || !first_beat_o || (slots_q != '0));
  assign go = room && !empty_i && (!last_beat_o || !bias_en_i || b_valid_i);
  assign wait_o = !room ? flashd_tap_pkg::ScoreWaitOutput :
      empty_i ? flashd_tap_pkg::ScoreIdle : flashd_tap_pkg::ScoreWaitBias;
  assign b_ready_o = go && last_beat_o && bias_en_i;
  assign beat_o = go;
  assign token_o = may_start && empty_i;
  assign start_o = (go || token_o) && !started_q;
  assign ready_o = token_o || (go && last_beat_o && last_key_o);
  assign slot_take = go && first_beat_o;
  assign header_take = start_o;
  assign key_o = key;
  assign index_o = index_q;

  for (genvar l = 0; l < Lanes; l++) begin : gen_visible
    assign visible_o[l] = (key >= see_begin_i[l]) && (key < see_end_i[l]) &&
        !(bias_en_i && b_mask_i[l]);
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      slots_q   <= SlotBits'(Slots);
      headers_q <= HeaderBits'(Headers);
      started_q <= 1'b0;
      key_q     <= '0;
      index_q   <= '0;
    end else begin
      slots_q <= slots_q + SlotBits'(slot_free_i) - SlotBits'(slot_take);
      headers_q <= headers_q + HeaderBits'(header_free_i) - HeaderBits'(header_take);
      if (ready_o) started_q <= 1'b0;
      else if (start_o) started_q <= 1'b1;
      if (go) begin
        index_q <= last_beat_o ? '0 : index_q + BeatBits'(1);
        key_q <= last_beat_o ? key + KeyBits'(1) : key;
      end
    end
  end

  assign idle_o = !valid_i && (slots_q == SlotBits'(Slots)) && (headers_q == HeaderBits'(Headers));

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) disable iff (!rst_ni) slots_q <= SlotBits'(Slots))
  else $error("flashd_score_issue: more slots were freed than taken");
  assert property (@(posedge clk_i) disable iff (!rst_ni) headers_q <= HeaderBits'(Headers))
  else $error("flashd_score_issue: more headers were freed than taken");
`endif

endmodule
