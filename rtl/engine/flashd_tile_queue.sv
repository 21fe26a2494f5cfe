// SPDX-License-Identifier: Apache-2.0
/// Queues of tile headers: one for the walk over contexts, one for the loading of keys, and one of
/// the values' own headers, four each. The walk's head is in registers, with the key behind the
/// tile's last: whether a context has work, which much waits for, is looked up from it.
///
/// Latency: one cycle. Back-pressure: a tile header is taken when both of its queues have room.
/// Does not: compare the headers of keys and values (flashd_engine does, with FLASHD_ASSERT).
module flashd_tile_queue #(
  parameter int KeyBits = 7,
  parameter int ContextBits = 5
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  // Tile headers, and those of the tiles' values.
  input  logic                   tile_valid_i,
  output logic                   tile_ready_o,
  input  logic [KeyBits-1:0]     tile_keys_i,
  input  logic [31:0]            tile_base_i,
  input  logic                   tile_first_i,
  input  logic                   tile_last_i,
  input  logic [ContextBits-1:0] tile_contexts_i,
  input  logic                   vt_valid_i,
  output logic                   vt_ready_o,
  input  logic [KeyBits-1:0]     vt_keys_i,
  // To the walk.
  output logic                   walk_valid_o,
  input  logic                   walk_ready_i,
  output logic [KeyBits-1:0]     walk_keys_o,
  output logic [31:0]            walk_base_o,
  output logic [32:0]            walk_end_o,     // key behind the tile's last
  output logic                   walk_first_o,
  output logic                   walk_last_o,
  output logic [ContextBits-1:0] walk_contexts_o,
  // To the loaders.
  output logic                   k_load_valid_o,
  input  logic                   k_load_ready_i,
  output logic [KeyBits-1:0]     k_load_keys_o,
  output logic                   v_load_valid_o,
  input  logic                   v_load_ready_i,
  output logic [KeyBits-1:0]     v_load_keys_o
);

  localparam int TileBits = KeyBits + 32 + 33 + 2 + ContextBits;
  logic [1:0] queue_ready;
  logic tile_take;
  logic [32:0] tile_end;
  assign tile_ready_o = &queue_ready;
  assign tile_take = tile_valid_i && tile_ready_o;
  assign tile_end = {1'b0, tile_base_i} + 33'(tile_keys_i);  // below 2^32 + Tile

  flashd_fifo #(
    .Bits (TileBits),
    .Depth(4),
    .Head (1)
  ) u_walk_queue (
    .clk_i,
    .rst_ni,
    .valid_i(tile_take),
    .ready_o(queue_ready[0]),
    .data_i ({tile_keys_i, tile_base_i, tile_end, tile_first_i, tile_last_i, tile_contexts_i}),
    .valid_o(walk_valid_o),
    .ready_i(walk_ready_i),
    .data_o ({walk_keys_o, walk_base_o, walk_end_o, walk_first_o, walk_last_o, walk_contexts_o})
  );
  flashd_fifo #(
    .Bits (KeyBits),
    .Depth(4)
  ) u_k_queue (
    .clk_i,
    .rst_ni,
    .valid_i(tile_take),
    .ready_o(queue_ready[1]),
    .data_i (tile_keys_i),
    .valid_o(k_load_valid_o),
    .ready_i(k_load_ready_i),
    .data_o (k_load_keys_o)
  );
  flashd_fifo #(
    .Bits (KeyBits),
    .Depth(4)
  ) u_v_queue (
    .clk_i,
    .rst_ni,
    .valid_i(vt_valid_i),
    .ready_o(vt_ready_o),
    .data_i (vt_keys_i),
    .valid_o(v_load_valid_o),
    .ready_i(v_load_ready_i),
    .data_o (v_load_keys_o)
  );

`ifdef FLASHD_ASSERT
  flashd_stream_check #(.Bits(TileBits - $bits(tile_end))) u_check_tile (
    .clk_i, .rst_ni, .valid_i(tile_valid_i), .ready_i(tile_ready_o),
    .data_i({tile_keys_i, tile_base_i, tile_first_i, tile_last_i, tile_contexts_i}));
  flashd_stream_check #(.Bits(KeyBits)) u_check_vt (
    .clk_i, .rst_ni, .valid_i(vt_valid_i), .ready_i(vt_ready_o), .data_i(vt_keys_i));
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      tile_take |-> (tile_keys_i != '0 || tile_last_i))
  else $error("flashd_tile_queue: a tile without keys must be the last of its block");
`endif

endmodule
