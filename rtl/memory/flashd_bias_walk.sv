// SPDX-License-Identifier: Apache-2.0
/// Walks tiles and contexts as the engine does and hands on the contexts of which a row sees a key
/// of the tile: the keys to be given, the keys that each lane sees, and where the biases lie.
///
/// Latency: a block offered in cycle t, if none is being walked, has its first context's table read
/// in t + 1; a context is offered in the cycle after its read; contexts follow one per cycle, those
/// that see no key as well, also from tile to tile. The block is given back (block_done_o) in the
/// cycle in which its last context is through; a block that sees no key in the cycle it is offered.
/// Back-pressure: ready_i.
/// Does not: know whether the engine is that far.
module flashd_bias_walk
  import flashd_device_pkg::*;
#(
  parameter int AxiBits = 128,
  parameter int Lanes = 4,
  parameter int Contexts = 16,
  parameter int Tile = 64,
  // Derived: not to be set.
  parameter int LaneBits = (Lanes > 1) ? $clog2(Lanes) : 1,
  parameter int IndexBits = (Contexts > 1) ? $clog2(Contexts) : 1,
  parameter int KeyBits = $clog2(Tile + 1),
  parameter int BeatLog2 = $clog2(AxiBits / 8)
) (
  input  logic                                    clk_i,
  input  logic                                    rst_ni,
  input  sequence_t                               seq_i,
  output logic                                    busy_o,
  // Blocks.
  input  logic                                    block_valid_i,
  output logic                                    block_done_o,
  input  logic [IndexBits-1:0]                    block_context_i,
  input  logic [LaneBits-1:0]                     block_lane_i,
  input  logic [30:0]                             block_begin_i,
  input  logic [30:0]                             block_end_i,
  output logic                                    read_o,
  output logic [IndexBits-1:0]                    read_context_o,
  input  logic [Lanes-1:0][30:0]                  row_begin_i,
  input  logic [Lanes-1:0][30:0]                  row_end_i,
  input  logic [Lanes-1:0][AddrBits-LineBits-1:0] row_line_i,
  input  logic [Lanes-1:0][32:0]                  row_centre_i,
  // Contexts.
  output logic                                    valid_o,
  input  logic                                    ready_i,
  output logic [KeyBits-1:0]                      begin_o,      // keys of the tile to be given
  output logic [KeyBits-1:0]                      end_o,
  output logic [Lanes-1:0]                        seen_o,       // lanes whose row sees one of them
  output logic [Lanes-1:0][KeyBits-1:0]           see_begin_o,
  output logic [Lanes-1:0][KeyBits-1:0]           see_end_o,
  output logic [Lanes-1:0][32:0]                  distance_o,   // of key 0 of the tile
  output addr_t [Lanes-1:0]                       addr_o,       // of the tile's biases, by beats
  output logic [SegmentBits-1:0]                  beats_o,
  output logic [BeatLog2-2:0]                     offset_o      // elements before the tile's first
);

  localparam int TileLog2 = $clog2(Tile);

  typedef logic [30:0] key_t;

  logic active_q;                 // the pointer below stands in a block
  key_t tile_q;                   // first key of the tile at the pointer
  logic [IndexBits-1:0] context_q;
  logic context_end, tile_end;
  logic got_q, got_last_q;        // a context's rows are read; the block's last
  key_t got_tile_q;
  logic [KeyBits-1:0] got_keys_q; // of that tile
  logic [IndexBits-1:0] got_context_q;
  logic got_done, take;
  key_t rest;                     // keys of the sequence from the pointer's tile on

  assign rest = seq_i.kv_len[30:0] - tile_q;

  assign context_end = context_q == block_context_i;
  assign tile_end = (block_end_i - 31'd1) >> TileLog2 == tile_q >> TileLog2;
  assign take = block_valid_i && !active_q && !got_q;
  assign read_o = active_q && (!got_q || got_done);
  assign read_context_o = context_q;
  assign got_done = got_q && (!valid_o || ready_i);
  assign block_done_o = (got_done && got_last_q) || (take && block_end_i == '0);
  assign busy_o = active_q || got_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
      got_q    <= 1'b0;
    end else begin
      if (take) active_q <= block_end_i != '0;
      else if (read_o && context_end && tile_end) active_q <= 1'b0;
      if (read_o) got_q <= 1'b1;
      else if (got_done) got_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      tile_q    <= {block_begin_i[30:TileLog2], TileLog2'(0)};
      context_q <= '0;
    end else if (read_o) begin
      context_q <= context_end ? '0 : context_q + IndexBits'(1);
      if (context_end) tile_q <= tile_q + 31'(Tile);
    end
    if (read_o) begin
      got_tile_q    <= tile_q;
      got_keys_q    <= (rest > 31'(Tile)) ? KeyBits'(Tile) : rest[KeyBits-1:0];
      got_context_q <= context_q;
      got_last_q    <= context_end && tile_end;
    end
  end

  // A key in units of the tile's keys, 0 to keys.
  function automatic logic [KeyBits-1:0] relative(input key_t key, input key_t base,
                                                  input logic [KeyBits-1:0] keys);
    key_t offset;
    offset = key - base;
    if (key <= base) return '0;
    return (offset >= 31'(keys)) ? keys : offset[KeyBits-1:0];
  endfunction

  logic [32:0] tile_bytes;        // before the tile's first bias
  logic [BeatLog2-1:0] lead;      // bytes of the first beat before it
  logic [8:0] bytes;              // lead and biases: at most 64 x 4, or one beat
  logic wide;

  assign wide = seq_i.bias_format == 2'd0;
  assign tile_bytes = wide ? {got_tile_q, 2'b00} : {1'b0, got_tile_q, 1'b0};
  assign lead = tile_bytes[BeatLog2-1:0];
  assign bytes = 9'(lead) + (wide ? 9'({got_keys_q, 2'b00}) : 9'({got_keys_q, 1'b0}));
  assign beats_o = SegmentBits'((32'(bytes) + AxiBits / 8 - 1) >> BeatLog2);
  assign offset_o = wide ? (BeatLog2 - 1)'(lead >> 2) : (BeatLog2 - 1)'(lead >> 1);

  always_comb begin
    begin_o = got_keys_q;
    end_o = '0;
    for (int l = 0; l < Lanes; l++) begin
      see_begin_o[l] = relative(row_begin_i[l], got_tile_q, got_keys_q);
      see_end_o[l] = relative(row_end_i[l], got_tile_q, got_keys_q);
      // As see_begin < see_end, but on the keys themselves: much waits for it.
      seen_o[l] = (row_begin_i[l] < row_end_i[l]) && (row_end_i[l] > got_tile_q) &&
          (row_begin_i[l] >> TileLog2 <= got_tile_q >> TileLog2) &&
          (row_begin_i[l] < seq_i.kv_len[30:0]) &&
          (got_context_q != block_context_i || LaneBits'(l) <= block_lane_i);
      if (!seen_o[l]) begin
        see_begin_o[l] = '0;
        see_end_o[l] = '0;
      end else begin
        if (see_begin_o[l] < begin_o) begin_o = see_begin_o[l];
        if (see_end_o[l] > end_o) end_o = see_end_o[l];
      end
      distance_o[l] = row_centre_i[l] - {2'b0, got_tile_q};
      addr_o[l] = {row_line_i[l], LineBits'(0)} +
          AddrBits'({tile_bytes[32:BeatLog2], BeatLog2'(0)});
    end
  end
  assign valid_o = got_q && seen_o != '0;

  logic unused;
  assign unused = ^block_begin_i[TileLog2-1:0];

`ifdef FLASHD_ASSERT
  flashd_stream_check #(.Bits(2 * KeyBits + Lanes * (1 + 2 * KeyBits + 33 + AddrBits))) u_check (
    .clk_i, .rst_ni, .valid_i(valid_o), .ready_i,
    .data_i({begin_o, end_o, seen_o, see_begin_o, see_end_o, distance_o, addr_o}));
`endif

endmodule
