// SPDX-License-Identifier: Apache-2.0
/// Takes the outputs of one context after another from the engine and writes them to memory.
///
/// Two banks, each a context's O, raw o (with state_out) and row heads. out_take_i reserves a bank
/// (out_room_o: one is not reserved); it is free again when its last data beat has been handed to
/// the write master. Every row in the order of work, padding left out, gives up to three segments:
/// O (exactly dv elements are enabled), LSE (4 bytes), its state record (whole, zeros at the end).
/// Bytes that are not enabled are 0 on the data bus.
/// Latency: the engine's beats are stored in the cycle they come; a bank whose last O beat or whose
/// row beat, whichever is later, came in cycle t gives its first request in t + 1. From then on one
/// segment is requested per cycle (a row without segments costs one cycle, too) while the segment
/// queue has room; a segment requested in t can read its first beat in t + 1, which is offered in
/// t + 2; then one beat per cycle, from segment to segment without a gap.
/// Back-pressure: up to 4 segments wait between request and data; a beat is offered until taken.
/// Does not: stop the engine (out_room_o does); wait for responses.
module flashd_output_writer
  import flashd_device_pkg::*;
#(
  parameter int AxiBits = 128,
  parameter int Lanes = 4,
  parameter int Contexts = 16,
  parameter int Merge = 1,
  parameter int MaxHeadDim = 256,
  // Derived: not to be set.
  parameter int Strobes = AxiBits / 8,
  parameter int RowCountBits = $clog2(Lanes + 1)
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic                              start_i,
  input  sequence_t                         seq_i,
  output logic                              busy_o,
  // From the engine; always taken.
  output logic                              out_room_o,
  input  logic                              out_take_i,
  input  logic                              o_valid_i,
  input  logic [Lanes-1:0][Merge-1:0][31:0] o_data_i,
  input  logic                              o_last_i,
  input  logic                              so_valid_i,     // with o_valid_i, if state_out
  input  logic [Lanes-1:0][Merge-1:0][31:0] so_data_i,
  input  logic                              ro_valid_i,
  input  logic [Lanes-1:0][31:0]            ro_lse_i,
  input  logic [Lanes-1:0][18:0]            ro_exponent_i,
  input  logic [Lanes-1:0][31:0]            ro_mantissa_i,
  input  logic [Lanes-1:0][5:0]             ro_flags_i,
  input  logic [Lanes-1:0]                  ro_rows_i,
  // To the write master.
  output logic                              req_valid_o,
  input  logic                              req_ready_i,
  output addr_t                             req_addr_o,
  output logic [SegmentBits-1:0]            req_beats_o,
  output logic                              data_valid_o,
  input  logic                              data_ready_i,
  output logic [AxiBits-1:0]                data_o,
  output logic [Strobes-1:0]                strb_o,
  // Counters: rows of the row beat in this cycle.
  output logic [RowCountBits-1:0]           tap_rows_o,
  output logic [RowCountBits-1:0]           tap_rows_nan_o,
  output logic [RowCountBits-1:0]           tap_rows_empty_o
);

  localparam int BeatWords = AxiBits / 32;
  localparam int BeatLog2 = $clog2(Strobes);
  localparam int HeadWords = 4;                      // of a state record
  localparam int RecordWords = MaxHeadDim + HeadWords;
  localparam int LaneBits = (Lanes > 1) ? $clog2(Lanes) : 1;
  localparam int BytesBits = 11;                     // of a row: at most 64 x 17 bytes
  localparam int BeatBits = BytesBits - BeatLog2;
  localparam int IndexBits = 9;                      // engine beats of a row, at most 256
  localparam logic [1:0] KindO = 2'd0;
  localparam logic [1:0] KindLse = 2'd1;

  if (Lanes < 1 || Lanes > 8) begin : gen_bad_lanes
    $error("flashd_output_writer: Lanes must be 1 to 8.");
  end
  if (MaxHeadDim < 1 || MaxHeadDim > 256) begin : gen_bad_dim
    $error("flashd_output_writer: MaxHeadDim must be 1 to 256.");
  end
  if (HeadWords % Merge != 0) begin : gen_bad_merge
    $error("flashd_output_writer: Merge must be 1, 2 or 4.");
  end

  typedef struct packed {
    logic [31:0] lse;
    logic [18:0] exponent;
    logic [31:0] mantissa;
    logic [5:0]  flags;
  } head_t;

  // Room: banks reserved and not yet free.
  logic [1:0] taken_q;
  logic free;
  assign out_room_o = taken_q != 2'd2;

  // Stores.
  logic [IndexBits-1:0] index_q;  // beat of the context
  logic o_bank_q, row_bank_q;
  logic [1:0] o_full_q, row_full_q, full;
  logic done, done_bank;          // the last segment of a bank is requested
  head_t [1:0][Lanes-1:0] head_q;
  logic read, read_bank;
  logic [BeatBits-1:0] beat_q;
  logic [Lanes-1:0][AxiBits-1:0] o_beat, raw_beat;
  logic wide;

  assign wide = seq_i.format == 2'd0;
  assign full = o_full_q & row_full_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      taken_q    <= '0;
      index_q    <= '0;
      o_bank_q   <= 1'b0;
      row_bank_q <= 1'b0;
      o_full_q   <= '0;
      row_full_q <= '0;
    end else begin
      taken_q <= taken_q + 2'(out_take_i) - 2'(free);
      if (o_valid_i) begin
        index_q <= o_last_i ? '0 : index_q + IndexBits'(1);
        if (o_last_i) o_bank_q <= !o_bank_q;
      end
      if (ro_valid_i) row_bank_q <= !row_bank_q;
      if (done) begin
        o_full_q[done_bank]   <= 1'b0;
        row_full_q[done_bank] <= 1'b0;
      end
      if (o_valid_i && o_last_i) o_full_q[o_bank_q] <= 1'b1;
      if (ro_valid_i) row_full_q[row_bank_q] <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (ro_valid_i) begin
      for (int l = 0; l < Lanes; l++) begin
        head_q[row_bank_q][l] <= {ro_lse_i[l], ro_exponent_i[l], ro_mantissa_i[l], ro_flags_i[l]};
      end
    end
  end

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    localparam int OWords = (MaxHeadDim + Merge - 1) / Merge * Merge;
    localparam int OColumns = (Merge > BeatWords) ? Merge : BeatWords;
    localparam int OGroups = (OWords + OColumns - 1) / OColumns * OColumns / Merge;
    localparam int RawGroups = (RecordWords + OColumns - 1) / OColumns * OColumns / Merge;
    localparam int OBeats = (OWords + OColumns - 1) / OColumns * OColumns / BeatWords;
    localparam int RawBeats = (RecordWords + OColumns - 1) / OColumns * OColumns / BeatWords;
    localparam int OWriteBits = (OGroups > 1) ? $clog2(OGroups) : 1;
    localparam int RawWriteBits = (RawGroups > 1) ? $clog2(RawGroups) : 1;
    localparam int OReadBits = (OBeats > 1) ? $clog2(OBeats) : 1;
    localparam int RawReadBits = (RawBeats > 1) ? $clog2(RawBeats) : 1;
    logic [Merge-1:0] we;
    logic [Merge-1:0][31:0] words;

    flashd_output_pack #(
      .Merge(Merge)
    ) u_pack (
      .clk_i,
      .valid_i (o_valid_i),
      .format_i(seq_i.format),
      .odd_i   (index_q[0]),
      .data_i  (o_data_i[l]),
      .we_o    (we),
      .data_o  (words)
    );
    flashd_word_store #(
      .WriteWords(Merge),
      .ReadWords (BeatWords),
      .Words     (OWords)
    ) u_o (
      .clk_i,
      .we_i    (we),
      .wbank_i (o_bank_q),
      .windex_i(OWriteBits'(wide ? index_q : index_q >> 1)),
      .wdata_i (words),
      .re_i    (read),
      .rbank_i (read_bank),
      .rindex_i(OReadBits'(beat_q)),
      .rdata_o (o_beat[l])
    );
    // Words of the record, its head left out.
    flashd_word_store #(
      .WriteWords(Merge),
      .ReadWords (BeatWords),
      .Words     (RecordWords)
    ) u_raw (
      .clk_i,
      .we_i    ({Merge{so_valid_i}}),
      .wbank_i (o_bank_q),
      .windex_i(RawWriteBits'(index_q + IndexBits'(HeadWords / Merge))),
      .wdata_i (so_data_i[l]),
      .re_i    (read),
      .rbank_i (read_bank),
      .rindex_i(RawReadBits'(beat_q)),
      .rdata_o (raw_beat[l])
    );
  end

  // Segments.
  logic segment_valid, segment_pop, segment_bank, segment_last, walk_busy, bare;
  logic [1:0] segment_kind;
  logic [LaneBits-1:0] segment_lane;
  logic [BeatLog2-1:0] segment_offset;
  logic [BytesBits-1:0] segment_bytes;

  flashd_output_segments #(
    .AxiBits (AxiBits),
    .Lanes   (Lanes),
    .Contexts(Contexts)
  ) u_segments (
    .clk_i,
    .rst_ni,
    .start_i,
    .seq_i,
    .busy_o     (walk_busy),
    .full_i     (full),
    .done_o     (done),
    .done_bank_o(done_bank),
    .bare_o     (bare),
    .req_valid_o,
    .req_ready_i,
    .req_addr_o,
    .req_beats_o,
    .valid_o    (segment_valid),
    .ready_i    (segment_pop),
    .kind_o     (segment_kind),
    .bank_o     (segment_bank),
    .lane_o     (segment_lane),
    .offset_o   (segment_offset),
    .bytes_o    (segment_bytes),
    .last_o     (segment_last)
  );

  // Data: a beat is read in one cycle and offered from the next on.
  logic [BytesBits-1:0] bytes_left;
  logic beat_last, offer_last_q;
  logic [1:0] offer_kind_q;
  logic offer_bank_q;
  logic [LaneBits-1:0] offer_lane_q;
  logic [BeatLog2-1:0] offer_offset_q;
  logic [BytesBits-1:0] left_q;   // bytes of the segment from this beat on
  logic [BeatBits-1:0] offer_beat_q;

  assign bytes_left = segment_bytes - {beat_q, BeatLog2'(0)};
  assign beat_last = bytes_left <= BytesBits'(Strobes);
  assign read = segment_valid && (!data_valid_o || data_ready_i);
  assign read_bank = segment_bank;
  assign segment_pop = read && beat_last;
  // A bank without segments is free when it has been walked.
  assign free = (data_valid_o && data_ready_i && offer_last_q) || (done && bare);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      data_valid_o <= 1'b0;
      beat_q       <= '0;
    end else begin
      if (read) data_valid_o <= 1'b1;
      else if (data_ready_i) data_valid_o <= 1'b0;
      if (read) beat_q <= beat_last ? '0 : beat_q + BeatBits'(1);
    end
  end

  always_ff @(posedge clk_i) begin
    if (read) begin
      offer_kind_q   <= segment_kind;
      offer_bank_q   <= segment_bank;
      offer_lane_q   <= segment_lane;
      offer_offset_q <= segment_offset;
      offer_last_q   <= segment_last && beat_last;
      offer_beat_q   <= beat_q;
      left_q         <= bytes_left;
    end
  end

  head_t head;
  logic signed [31:0] v_exponent;
  logic [HeadWords-1:0][31:0] head_words;
  logic [BeatWords-1:0][31:0] record;

  assign head = head_q[offer_bank_q][offer_lane_q];
  assign v_exponent = signed'({24'b0, seq_i.v_exponent}) - (seq_i.fp16 ? 32'sd15 : 32'sd127);
  assign head_words = {v_exponent, 26'b0, head.flags, head.mantissa,
                       {13{head.exponent[18]}}, head.exponent};

  always_comb begin
    for (int w = 0; w < BeatWords; w++) begin
      logic [BytesBits-1:0] word;
      word = BytesBits'({offer_beat_q, BeatLog2'(4 * w)} >> 2);
      record[w] = raw_beat[offer_lane_q][32*w+:32];
      if (word < BytesBits'(HeadWords)) record[w] = head_words[word[1:0]];
      else if (word >= BytesBits'(seq_i.dv) + BytesBits'(HeadWords)) record[w] = '0;
    end
  end

  always_comb begin
    logic [AxiBits-1:0] beat;
    unique case (offer_kind_q)
      KindO: beat = o_beat[offer_lane_q];
      KindLse: beat = {BeatWords{head.lse}};
      default: beat = record;
    endcase
    for (int i = 0; i < Strobes; i++) begin
      strb_o[i] = (offer_kind_q == KindLse) ? (i / 4 == 32'(offer_offset_q) / 4) :
          (BytesBits'(i) < left_q);
      data_o[8*i+:8] = strb_o[i] ? beat[8*i+:8] : '0;
    end
  end

  assign busy_o = walk_busy || segment_valid || data_valid_o;

  always_comb begin
    tap_rows_o = '0;
    tap_rows_nan_o = '0;
    tap_rows_empty_o = '0;
    for (int l = 0; l < Lanes; l++) begin
      if (ro_valid_i && ro_rows_i[l]) begin
        tap_rows_o = tap_rows_o + RowCountBits'(1);
        tap_rows_nan_o = tap_rows_nan_o + RowCountBits'(ro_flags_i[l][2:1] != '0);
        tap_rows_empty_o = tap_rows_empty_o + RowCountBits'(!ro_flags_i[l][0]);
      end
    end
  end

`ifdef FLASHD_ASSERT
  flashd_stream_check #(.Bits(AxiBits + Strobes)) u_check_data (
    .clk_i, .rst_ni, .valid_i(data_valid_o), .ready_i(data_ready_i), .data_i({data_o, strb_o}));
  assert property (@(posedge clk_i) disable iff (!rst_ni) out_take_i |-> out_room_o)
  else $error("flashd_output_writer: a bank is taken, but none is free");
  assert property (@(posedge clk_i) disable iff (!rst_ni) o_valid_i |-> !o_full_q[o_bank_q])
  else $error("flashd_output_writer: outputs for a bank that is full");
  assert property (@(posedge clk_i) disable iff (!rst_ni) ro_valid_i |-> !row_full_q[row_bank_q])
  else $error("flashd_output_writer: row heads for a bank that is full");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      so_valid_i == (o_valid_i && seq_i.state_out))
  else $error("flashd_output_writer: raw outputs do not come with the outputs");
  assert property (@(posedge clk_i) disable iff (!rst_ni) start_i |-> !busy_o)
  else $error("flashd_output_writer: started while busy");
`endif

endmodule
