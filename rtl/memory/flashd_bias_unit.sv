// SPDX-License-Identifier: Apache-2.0
/// Fetches biases and ALiBi slopes and feeds the engine's bias stream.
///
/// Order of the stream: blocks, tiles, contexts as in the engine; a context counts if one of its
/// rows sees a key of the tile; one beat per key from the first to the last that any of its rows
/// sees. With bias, a context takes one of two slots and every lane that sees a key is a segment:
/// all keys of the tile below kv_len, beginning at a whole beat. With ALiBi a slope is one beat,
/// once per block and row, fetched one block ahead. Idle without bias and ALiBi.
/// Latency: a context offered by flashd_bias_walk enters a free slot in its cycle; the slot's first
/// request is up one cycle later, then one lane per cycle in order of lanes. Keys are issued from
/// the cycle after the slot's last beat came (without bias: after it entered), one per cycle, from
/// slot to slot without a gap; see flashd_bias_feed for what follows. A slot is free in the cycle
/// after its last key's issue.
/// Requests of biases go before those of slopes, but a request that waits stays.
/// Back-pressure: waits for the read master (16 segments on their way) and the engine; beats are
/// always taken.
/// Does not: know how far the engine is, but by b_ready_i.
module flashd_bias_unit
  import flashd_device_pkg::*;
#(
  parameter int Profile = 0,
  parameter int AxiBits = 128,
  parameter int Lanes = 4,
  parameter int Contexts = 16,
  parameter int Tile = 64,
  // Derived: not to be set.
  parameter int BiasBits = flashd_spec_pkg::BiasRangeLog2 + 1 + flashd_spec_pkg::score_frac(Profile)
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  input  logic                           start_i,
  input  sequence_t                      seq_i,
  output logic                           busy_o,
  // Read master.
  output logic                           req_valid_o,
  input  logic                           req_ready_i,
  output addr_t                          req_addr_o,
  output logic [SegmentBits-1:0]         req_beats_o,
  input  logic                           beat_valid_i,
  input  logic [AxiBits-1:0]             beat_data_i,
  input  logic                           beat_last_i,
  // Engine.
  output logic                           b_valid_o,
  input  logic                           b_ready_i,
  output logic [Lanes-1:0][BiasBits-1:0] b_value_o,
  output logic [Lanes-1:0]               b_mask_o,
  output logic [Lanes-1:0]               b_nan_o
);

  localparam int BeatWords = AxiBits / 32;
  localparam int BeatLog2 = $clog2(AxiBits / 8);
  localparam int LaneBits = (Lanes > 1) ? $clog2(Lanes) : 1;
  localparam int IndexBits = (Contexts > 1) ? $clog2(Contexts) : 1;
  localparam int KeyBits = $clog2(Tile + 1);
  localparam int SlopeBits = 40;
  localparam int LineWidth = AddrBits - LineBits;
  localparam int OffsetBits = BeatLog2 - 1;  // elements of a beat: up to AxiBits / 16
  localparam int PlaceBits = (BeatLog2 > 3) ? BeatLog2 - 3 : 1;
  localparam int Segments = 16;              // on their way

  if (Tile < 16 || Tile > 64 || (Tile & (Tile - 1)) != 0) begin : gen_bad_tile
    $error("flashd_bias_unit: Tile must be 16, 32 or 64.");
  end
  if (AxiBits < 64 || AxiBits > 512 || (AxiBits & (AxiBits - 1)) != 0) begin : gen_bad_axi
    $error("flashd_bias_unit: AxiBits must be 64, 128, 256 or 512.");
  end
  if (flashd_spec_pkg::AlibiMantissaLow != 0 || flashd_spec_pkg::AlibiMantissaBits != 32 ||
      flashd_spec_pkg::AlibiDropLow != 32 || flashd_spec_pkg::AlibiDropBits != 7 ||
      flashd_spec_pkg::AlibiNegativeLow != 63) begin : gen_bad_slope
    $error("flashd_bias_unit: built for slope words of mantissa 31:0, drop 38:32, sign 63.");
  end

  // What a segment on its way is: a slope or a lane of a slot.
  typedef struct packed {
    logic                 slope;
    logic                 bank;     // of the table, or slot
    logic [IndexBits-1:0] ctx;
    logic [LaneBits-1:0]  lane;
    logic [PlaceBits-1:0] word;     // 8-byte word of the slope in its beat
  } tag_t;
  tag_t tag_d, tag;
  logic tag_valid;

  // Rows of the blocks.
  logic rows_busy, slope_valid, slope_ready, slope_bank;
  addr_t slope_addr;
  logic [IndexBits-1:0] slope_context;
  logic [LaneBits-1:0] slope_lane;
  logic slope_we;
  logic [63:0] slope_word;
  logic block_valid, block_done;
  logic [IndexBits-1:0] block_context;
  logic [LaneBits-1:0] block_lane;
  logic [30:0] block_begin, block_end;
  logic table_read;
  logic [IndexBits-1:0] table_context;
  logic [Lanes-1:0][30:0] row_begin, row_end;
  logic [Lanes-1:0][LineWidth-1:0] row_line;
  logic [Lanes-1:0][32:0] row_centre;
  logic [Lanes-1:0][SlopeBits-1:0] row_slope;

  flashd_bias_rows #(
    .Lanes   (Lanes),
    .Contexts(Contexts)
  ) u_rows (
    .clk_i,
    .rst_ni,
    .start_i,
    .seq_i,
    .busy_o          (rows_busy),
    .slope_valid_o   (slope_valid),
    .slope_ready_i   (slope_ready),
    .slope_addr_o    (slope_addr),
    .slope_bank_o    (slope_bank),
    .slope_context_o (slope_context),
    .slope_lane_o    (slope_lane),
    .slope_we_i      (slope_we),
    .slope_wbank_i   (tag.bank),
    .slope_wcontext_i(tag.ctx),
    .slope_wlane_i   (tag.lane),
    .slope_wdata_i   ({slope_word[63], slope_word[38:0]}),
    .block_valid_o   (block_valid),
    .block_done_i    (block_done),
    .block_context_o (block_context),
    .block_lane_o    (block_lane),
    .block_begin_o   (block_begin),
    .block_end_o     (block_end),
    .read_i          (table_read),
    .read_context_i  (table_context),
    .row_begin_o     (row_begin),
    .row_end_o       (row_end),
    .row_line_o      (row_line),
    .row_centre_o    (row_centre),
    .row_slope_o     (row_slope)
  );

  // Contexts.
  logic walk_busy, work_valid, work_ready;
  logic [KeyBits-1:0] work_begin, work_end;
  logic [Lanes-1:0] work_seen;
  logic [Lanes-1:0][KeyBits-1:0] work_see_begin, work_see_end;
  logic [Lanes-1:0][32:0] work_distance;
  addr_t [Lanes-1:0] work_addr;
  logic [SegmentBits-1:0] work_beats;
  logic [OffsetBits-1:0] work_offset;

  flashd_bias_walk #(
    .AxiBits (AxiBits),
    .Lanes   (Lanes),
    .Contexts(Contexts),
    .Tile    (Tile)
  ) u_walk (
    .clk_i,
    .rst_ni,
    .seq_i,
    .busy_o         (walk_busy),
    .block_valid_i  (block_valid),
    .block_done_o   (block_done),
    .block_context_i(block_context),
    .block_lane_i   (block_lane),
    .block_begin_i  (block_begin),
    .block_end_i    (block_end),
    .read_o         (table_read),
    .read_context_o (table_context),
    .row_begin_i    (row_begin),
    .row_end_i      (row_end),
    .row_line_i     (row_line),
    .row_centre_i   (row_centre),
    .valid_o        (work_valid),
    .ready_i        (work_ready),
    .begin_o        (work_begin),
    .end_o          (work_end),
    .seen_o         (work_seen),
    .see_begin_o    (work_see_begin),
    .see_end_o      (work_see_end),
    .distance_o     (work_distance),
    .addr_o         (work_addr),
    .beats_o        (work_beats),
    .offset_o       (work_offset)
  );

  // Slots: a context each, used in turn.
  typedef struct packed {
    logic [KeyBits-1:0]              first;
    logic [KeyBits-1:0]              last;     // last key
    logic [Lanes-1:0][KeyBits-1:0]   see_begin;
    logic [Lanes-1:0][KeyBits-1:0]   see_end;
    logic [Lanes-1:0][32:0]          distance;
    logic [Lanes-1:0][SlopeBits-1:0] slope;
    addr_t [Lanes-1:0]               addr;
    logic [SegmentBits-1:0]          beats;
    logic [OffsetBits-1:0]           offset;
  } slot_t;

  slot_t [1:0] slot_q;
  logic [1:0] valid_q;
  logic [1:0][Lanes-1:0] wanted_q;   // lanes to be requested
  logic [1:0][Lanes-1:0] missing_q;  // lanes whose biases are not there
  logic enter_q, feed_q;             // slots; the one that feeds is the older one
  logic ask_slot;
  logic enter, leave;
  logic ask_valid, ask;
  logic [LaneBits-1:0] ask_lane;
  logic [Lanes-1:0] ask_one;

  assign work_ready = !valid_q[enter_q];
  assign enter = work_valid && work_ready;

  // Requests: the older slot first, lanes in order.
  assign ask_slot = (wanted_q[feed_q] != '0) ? feed_q : !feed_q;
  always_comb begin
    ask_lane = '0;
    for (int l = Lanes - 1; l >= 0; l--) begin
      if (wanted_q[ask_slot][l]) ask_lane = LaneBits'(l);
    end
  end
  assign ask_one = Lanes'(1) << ask_lane;
  assign ask_valid = wanted_q[ask_slot] != '0;

  logic locked_q, slope_chosen_q, slope_chosen, tag_room, request;
  assign slope_chosen = locked_q ? slope_chosen_q : !ask_valid;
  assign req_valid_o = (ask_valid || slope_valid) && tag_room;
  assign req_addr_o = slope_chosen ? {slope_addr[AddrBits-1:BeatLog2], BeatLog2'(0)} :
      slot_q[ask_slot].addr[ask_lane];
  assign req_beats_o = slope_chosen ? SegmentBits'(1) : slot_q[ask_slot].beats;
  assign request = req_valid_o && req_ready_i;
  assign ask = request && !slope_chosen;
  assign slope_ready = request && slope_chosen;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      locked_q       <= 1'b0;
      slope_chosen_q <= 1'b0;
    end else begin
      locked_q       <= req_valid_o && !req_ready_i;
      slope_chosen_q <= slope_chosen;
    end
  end

  always_comb begin
    tag_d = '0;
    tag_d.slope = slope_chosen;
    tag_d.bank = slope_chosen ? slope_bank : ask_slot;
    tag_d.ctx = slope_context;
    tag_d.lane = slope_chosen ? slope_lane : ask_lane;
    tag_d.word = PlaceBits'(32'(slope_addr[BeatLog2-1:0]) >> 3);
  end

  flashd_fifo #(
    .Bits ($bits(tag_t)),
    .Depth(Segments)
  ) u_tags (
    .clk_i,
    .rst_ni,
    .valid_i(request),
    .ready_o(tag_room),
    .data_i (tag_d),
    .valid_o(tag_valid),
    .ready_i(beat_valid_i && beat_last_i),
    .data_o (tag)
  );

  localparam int StoreWords = (Tile > BeatWords) ? Tile : BeatWords;
  localparam int StoreBeatBits = (StoreWords / BeatWords > 1) ? $clog2(StoreWords / BeatWords) : 1;
  localparam int StoreWordBits = $clog2(StoreWords);
  logic [StoreBeatBits-1:0] in_beat_q;
  logic bias_beat, bias_last;

  assign slope_we = beat_valid_i && tag_valid && tag.slope;
  assign slope_word = beat_data_i[32'(tag.word)*64+:64];
  assign bias_beat = beat_valid_i && tag_valid && !tag.slope;
  assign bias_last = bias_beat && beat_last_i;

  // Keys of the slot that feeds.
  logic issue, issue_ready, feed_busy, key_last;
  logic [KeyBits-1:0] index_q, key;
  logic [6:0] element;               // of the store, below 64 + 32
  logic [StoreWordBits-1:0] store_word;
  logic [Lanes-1:0] sees;
  logic [Lanes-1:0][32:0] distance;
  logic [Lanes-1:0][31:0] word;
  logic wide;

  assign wide = seq_i.bias_format == 2'd0;
  assign key = slot_q[feed_q].first + index_q;
  assign key_last = key == slot_q[feed_q].last;
  assign issue = valid_q[feed_q] && missing_q[feed_q] == '0 && issue_ready;
  assign leave = issue && key_last;
  assign element = 7'(slot_q[feed_q].offset) + 7'(key);
  assign store_word = wide ? StoreWordBits'(element) : StoreWordBits'(element >> 1);

  always_comb begin
    for (int l = 0; l < Lanes; l++) begin
      sees[l] = (slot_q[feed_q].see_begin[l] <= key) && (key < slot_q[feed_q].see_end[l]);
      distance[l] = slot_q[feed_q].distance[l] - 33'(key);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q   <= '0;
      wanted_q  <= '0;
      missing_q <= '0;
      enter_q   <= 1'b0;
      feed_q    <= 1'b0;
      index_q   <= '0;
      in_beat_q <= '0;
    end else begin
      if (ask) wanted_q[ask_slot] <= wanted_q[ask_slot] & ~ask_one;
      if (bias_beat) in_beat_q <= beat_last_i ? '0 : in_beat_q + StoreBeatBits'(1);
      if (bias_last) missing_q[tag.bank][tag.lane] <= 1'b0;
      if (issue) index_q <= key_last ? '0 : index_q + KeyBits'(1);
      if (leave) begin
        valid_q[feed_q] <= 1'b0;
        feed_q          <= !feed_q;
      end
      if (enter) begin
        valid_q[enter_q] <= 1'b1;
        enter_q          <= !enter_q;
        if (seq_i.bias) begin
          wanted_q[enter_q]  <= work_seen;
          missing_q[enter_q] <= work_seen;
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (enter) begin
      slot_q[enter_q] <= {work_begin, work_end - KeyBits'(1), work_see_begin, work_see_end,
                          work_distance, row_slope, work_addr, work_beats, work_offset};
    end
  end

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    flashd_word_store #(
      .WriteWords(BeatWords),
      .ReadWords (1),
      .Words     (StoreWords)
    ) u_store (
      .clk_i,
      .we_i    ({BeatWords{bias_beat && (tag.lane == LaneBits'(l))}}),
      .wbank_i (tag.bank),
      .windex_i(in_beat_q),
      .wdata_i (beat_data_i),
      .re_i    (issue),
      .rbank_i (feed_q),
      .rindex_i(store_word),
      .rdata_o (word[l])
    );
  end

  flashd_bias_feed #(
    .Profile(Profile),
    .Lanes  (Lanes)
  ) u_feed (
    .clk_i,
    .rst_ni,
    .bias_en_i    (seq_i.bias),
    .alibi_en_i   (seq_i.alibi),
    .format_i     (seq_i.bias_format),
    .busy_o       (feed_busy),
    .issue_i      (issue),
    .issue_ready_o(issue_ready),
    .upper_i      (element[0]),
    .sees_i       (sees),
    .distance_i   (distance),
    .slope_i      (slot_q[feed_q].slope),
    .word_i       (word),
    .b_valid_o,
    .b_ready_i,
    .b_value_o,
    .b_mask_o,
    .b_nan_o
  );

  logic unused;
  assign unused = ^{slope_word[62:39], slope_addr[2:0]};
  assign busy_o = rows_busy || walk_busy || valid_q != '0 || feed_busy;

`ifdef FLASHD_ASSERT
  flashd_stream_check #(.Bits(AddrBits + SegmentBits)) u_check_request (
    .clk_i, .rst_ni, .valid_i(req_valid_o), .ready_i(req_ready_i),
    .data_i({req_addr_o, req_beats_o}));
  assert property (@(posedge clk_i) disable iff (!rst_ni) beat_valid_i |-> tag_valid)
  else $error("flashd_bias_unit: a beat that was not requested");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      (bias_beat && beat_last_i) |-> missing_q[tag.bank][tag.lane])
  else $error("flashd_bias_unit: biases for a slot that has them");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      (beat_valid_i && tag_valid && tag.slope) |-> beat_last_i)
  else $error("flashd_bias_unit: a slope of more than one beat");
`endif

endmodule
