// SPDX-License-Identifier: Apache-2.0
/// Fetches incoming row states (docs/row-state.md), context by context in the order of work, and
/// gives them to the engine: ceil(dv / Merge) beats of o, then one beat of row heads.
///
/// Two banks of a context each: while one goes to the engine, the next is fetched. A row is one
/// segment, the record; padding rows are not fetched and go out as zeros. Idle without state_in.
/// Latency: after start_i in cycle t the first request is valid in t + 1, then one per cycle while
/// the master takes them and the context has a bank; a bank is reserved by its first request and
/// free in the cycle after its row heads were taken. If the last beat of a context comes in cycle
/// t, its first o can be offered in t + 2; then one beat per cycle; the heads are offered in the
/// cycle after the last o was taken.
/// Back-pressure: waits for the read master and the engine; beats are always taken.
/// Does not: check the records; VE and unknown flags are passed over.
module flashd_state_reader
  import flashd_device_pkg::*;
#(
  parameter int AxiBits = 128,
  parameter int Lanes = 4,
  parameter int Contexts = 16,
  parameter int Merge = 1,
  parameter int MaxHeadDim = 256
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic                              start_i,
  input  sequence_t                         seq_i,
  output logic                              busy_o,
  // Read master.
  output logic                              req_valid_o,
  input  logic                              req_ready_i,
  output addr_t                             req_addr_o,
  output logic [SegmentBits-1:0]            req_beats_o,
  input  logic                              beat_valid_i,
  input  logic [AxiBits-1:0]                beat_data_i,
  input  logic                              beat_last_i,
  // Engine.
  output logic                              si_valid_o,
  input  logic                              si_ready_i,
  output logic [Lanes-1:0][Merge-1:0][31:0] si_data_o,
  output logic                              ri_valid_o,
  input  logic                              ri_ready_i,
  output logic [Lanes-1:0][18:0]            ri_exponent_o,
  output logic [Lanes-1:0][31:0]            ri_mantissa_o,
  output logic [Lanes-1:0][5:0]             ri_flags_o
);

  localparam int BeatWords = AxiBits / 32;
  localparam int Strobes = AxiBits / 8;
  localparam int HeadWords = 4;
  localparam int RecordWords = MaxHeadDim + HeadWords;
  localparam int Columns = (Merge > BeatWords) ? Merge : BeatWords;
  localparam int Words = (RecordWords + Columns - 1) / Columns * Columns;
  localparam int WriteBits = (Words / BeatWords > 1) ? $clog2(Words / BeatWords) : 1;
  localparam int ReadBits = (Words / Merge > 1) ? $clog2(Words / Merge) : 1;
  localparam int LaneBits = (Lanes > 1) ? $clog2(Lanes) : 1;
  localparam int BytesBits = 11;  // of a record: at most 64 x 17 bytes
  localparam int BeatBits = 8;    // of a record: at most 136

  if (MaxHeadDim < 1 || MaxHeadDim > 256) begin : gen_bad_dim
    $error("flashd_state_reader: MaxHeadDim must be 1 to 256.");
  end
  if (HeadWords % Merge != 0) begin : gen_bad_merge
    $error("flashd_state_reader: Merge must be 1, 2 or 4.");
  end

  // Requests, a row each.
  logic row_valid, request, context_last;
  logic [LaneBits-1:0] row_lane;
  logic [BytesBits-1:0] record_bytes;
  logic [1:0] taken_q;                     // banks reserved
  logic req_bank_q, take, give;
  logic [1:0] known_q, full_q;             // last lane requested; all of the context there
  logic [1:0][LaneBits-1:0] last_lane_q;   // of the context in a bank

  assign record_bytes = ((BytesBits'(seq_i.dv) << 2) + BytesBits'(16 + 63)) & ~BytesBits'(63);

  flashd_row_walk #(
    .Lanes    (Lanes),
    .Contexts (Contexts),
    .Addresses(1)
  ) u_rows (
    .clk_i,
    .rst_ni,
    .start_i       (start_i && seq_i.state_in),
    .step_i        (request),
    .mark_i        (1'b0),
    .rewind_i      (1'b0),
    .heads_kv_i    (seq_i.heads_kv),
    .group_i       (seq_i.group),
    .queries_i     (seq_i.queries),
    .base_i        (seq_i.state_in_base),
    .head_stride_i ({seq_i.state_head, 6'b0}),
    .token_stride_i(38'(record_bytes)),
    .valid_o       (row_valid),
    .query_o       (),
    .head_o        (),
    .head_kv_o     (),
    .lane_o        (row_lane),
    .context_o     (),
    .addr_o        (req_addr_o),
    .context_last_o(context_last),
    .block_last_o  (),
    .last_o        ()
  );

  assign req_valid_o = row_valid && (row_lane != '0 || taken_q != 2'd2);
  always_ff @(posedge clk_i)
    req_beats_o <= SegmentBits'((32'(record_bytes) + Strobes - 1) / Strobes);
  assign request = req_valid_o && req_ready_i;
  assign take = request && row_lane == '0;
  assign give = ri_valid_o && ri_ready_i;

  // What comes back.
  logic in_bank_q, in_full;
  logic [LaneBits-1:0] in_lane_q;
  logic [BeatBits-1:0] in_beat_q;
  logic [1:0][Lanes-1:0][2:0][31:0] head_q;  // exponent, mantissa, flags

  assign in_full = beat_valid_i && beat_last_i && known_q[in_bank_q] &&
      (in_lane_q == last_lane_q[in_bank_q]);

  // To the engine.
  logic out_bank_q, read;
  logic [8:0] index_q, beats;              // at most 256
  logic [Lanes-1:0][Merge-1:0][31:0] words;
  logic [Lanes-1:0] rows;                  // that are no padding

  assign beats = 9'((32'(seq_i.dv) + Merge - 1) / Merge);
  always_comb begin
    for (int i = 0; i < Lanes; i++) rows[i] = i <= int'(last_lane_q[out_bank_q]);
  end
  assign read = full_q[out_bank_q] && index_q != beats && (!si_valid_o || si_ready_i);
  assign ri_valid_o = full_q[out_bank_q] && index_q == beats && !si_valid_o;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      taken_q    <= '0;
      req_bank_q <= 1'b0;
      known_q    <= '0;
      full_q     <= '0;
      in_bank_q  <= 1'b0;
      in_lane_q  <= '0;
      in_beat_q  <= '0;
      out_bank_q <= 1'b0;
      index_q    <= '0;
      si_valid_o <= 1'b0;
    end else begin
      taken_q <= taken_q + 2'(take) - 2'(give);
      if (request && context_last) req_bank_q <= !req_bank_q;
      if (beat_valid_i) begin
        in_beat_q <= beat_last_i ? '0 : in_beat_q + BeatBits'(1);
        if (beat_last_i) in_lane_q <= in_full ? '0 : in_lane_q + LaneBits'(1);
      end
      if (in_full) in_bank_q <= !in_bank_q;
      if (give) begin
        known_q[out_bank_q] <= 1'b0;
        full_q[out_bank_q]  <= 1'b0;
        out_bank_q          <= !out_bank_q;
      end
      if (request && context_last) known_q[req_bank_q] <= 1'b1;
      if (in_full) full_q[in_bank_q] <= 1'b1;
      if (give) index_q <= '0;
      else if (read) index_q <= index_q + 9'd1;
      if (read) si_valid_o <= 1'b1;
      else if (si_ready_i) si_valid_o <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (request && context_last) last_lane_q[req_bank_q] <= row_lane;
    if (beat_valid_i) begin
      for (int w = 0; w < 3; w++) begin
        if (32'(in_beat_q) == w / BeatWords) begin
          head_q[in_bank_q][in_lane_q][w] <= beat_data_i[32*(w%BeatWords)+:32];
        end
      end
    end
  end

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic [2:0][31:0] head;
    logic unused_head;
    flashd_word_store #(
      .WriteWords(BeatWords),
      .ReadWords (Merge),
      .Words     (Words)
    ) u_store (
      .clk_i,
      .we_i    ({BeatWords{beat_valid_i && (in_lane_q == LaneBits'(l))}}),
      .wbank_i (in_bank_q),
      .windex_i(WriteBits'(in_beat_q)),
      .wdata_i (beat_data_i),
      .re_i    (read),
      .rbank_i (out_bank_q),
      .rindex_i(ReadBits'(index_q + 9'(HeadWords / Merge))),
      .rdata_o (words[l])
    );
    assign head = rows[l] ? head_q[out_bank_q][l] : '0;
    assign si_data_o[l] = rows[l] ? words[l] : '0;
    assign ri_exponent_o[l] = head[0][18:0];
    assign ri_mantissa_o[l] = head[1];
    assign ri_flags_o[l] = head[2][5:0];
    assign unused_head = ^{head[0][31:19], head[2][31:6]};
  end

  assign busy_o = row_valid || taken_q != '0;

`ifdef FLASHD_ASSERT
  flashd_stream_check #(.Bits(AddrBits + SegmentBits)) u_check_request (
    .clk_i, .rst_ni, .valid_i(req_valid_o), .ready_i(req_ready_i),
    .data_i({req_addr_o, req_beats_o}));
  flashd_stream_check #(.Bits(Lanes * Merge * 32)) u_check_si (
    .clk_i, .rst_ni, .valid_i(si_valid_o), .ready_i(si_ready_i), .data_i(si_data_o));
  flashd_stream_check #(.Bits(Lanes * 57)) u_check_ri (
    .clk_i, .rst_ni, .valid_i(ri_valid_o), .ready_i(ri_ready_i),
    .data_i({ri_exponent_o, ri_mantissa_o, ri_flags_o}));
  assert property (@(posedge clk_i) disable iff (!rst_ni) beat_valid_i |-> !full_q[in_bank_q])
  else $error("flashd_state_reader: a beat for a bank that is full");
  assert property (@(posedge clk_i) disable iff (!rst_ni) beat_valid_i |-> taken_q != '0)
  else $error("flashd_state_reader: a beat that was not requested");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      beat_valid_i |-> (beat_last_i == (32'(in_beat_q) + 1 == 32'(req_beats_o))))
  else $error("flashd_state_reader: a record of the wrong length");
  assert property (@(posedge clk_i) disable iff (!rst_ni) start_i |-> !busy_o)
  else $error("flashd_state_reader: started while busy");
`endif

endmodule
