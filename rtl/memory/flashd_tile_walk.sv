// SPDX-License-Identifier: Apache-2.0
/// Walks the tiles of a sequence: block by block, from the tile of the first key that a row of the
/// block sees to that of the last; a block that sees no key has one tile of 0 keys.
///
/// Each tile gives a header to the engine, then its runs to both fetchers: one, or with pages no
/// larger than a tile one per page. Block ranges are found one row per cycle, and the addresses of
/// their first tiles multiplied out, up to two blocks ahead of the tiles.
/// Latency: start_i in cycle t, first block of R rows, first tile (in its page) of n significant
/// bits: its header and, without pages, its runs are up in t + R + 5 + ceil(n / 2), as soon as both
/// fetchers have room, then one tile per cycle. With pages a run follows its header, or the run
/// before, after 2 + ceil(bits of the page number / 2) cycles if the table's line is at hand. The
/// next block's header follows in the third cycle if it is ready.
/// Back-pressure: waits for the engine and for room at both fetchers. Constants are stable from
/// start_i until !busy_o.
/// Does not: keep K and V in step; each fetcher takes its runs when it has banks.
module flashd_tile_walk
  import flashd_device_pkg::*;
#(
  parameter int Lanes = 4,
  parameter int Contexts = 16,
  parameter int Tile = 64,
  // Derived: not to be set.
  parameter int KeyBits = $clog2(Tile + 1),
  parameter int ContextBits = $clog2(Contexts + 1),
  parameter int PageIndexBits = 27
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic                          start_i,
  input  sequence_t                     seq_i,
  output logic                          busy_o,
  // Tile headers.
  output logic                          tile_valid_o,
  input  logic                          tile_ready_i,
  output logic [KeyBits-1:0]            tile_keys_o,
  output logic [31:0]                   tile_base_o,
  output logic                          tile_first_o,
  output logic                          tile_last_o,
  output logic [ContextBits-1:0]        tile_contexts_o,
  // Runs, to both fetchers at once.
  output logic                          run_valid_o,
  input  logic                          k_run_ready_i,
  input  logic                          v_run_ready_i,
  output logic [AddrBits-LineBits-1:0]  run_k_line_o,
  output logic [AddrBits-LineBits-1:0]  run_v_line_o,
  output logic [KeyBits-1:0]            run_keys_o,
  output logic [KeyBits-1:0]            run_tile_keys_o,
  output logic                          run_last_o,
  // Page table.
  output logic                          lookup_valid_o,
  output logic [PageIndexBits-1:0]      lookup_index_o,
  output logic [PageIndexBits-1:0]      lookup_next_o,   // of the next cycle
  input  logic                          lookup_done_i,
  input  logic [30:0]                   lookup_page_i
);

  localparam int Line = AddrBits - LineBits;
  localparam int TileLog2 = $clog2(Tile);
  localparam int IndexBits = 31 - TileLog2;    // tiles of fewer than 2^31 keys

  typedef logic [Line-1:0] line_t;

  if (Tile < 16 || Tile > 64 || (Tile & (Tile - 1)) != 0) begin : gen_bad_tile
    $error("flashd_tile_walk: Tile must be 16, 32 or 64.");
  end

  // Blocks: what is known before the first tile.
  logic block_valid, block_take, block_head_first, block_idle;
  logic [IndexBits-1:0] block_tile;
  logic [30:0] block_end;
  logic [ContextBits-1:0] block_contexts;
  line_t [1:0] block_product;

  flashd_block_range #(
    .Lanes   (Lanes),
    .Contexts(Contexts),
    .Tile    (Tile)
  ) u_range (
    .clk_i,
    .rst_ni,
    .start_i,
    .seq_i,
    .idle_o      (block_idle),
    .valid_o     (block_valid),
    .ready_i     (block_take),
    .head_first_o(block_head_first),
    .tile_o      (block_tile),
    .end_o       (block_end),
    .contexts_o  (block_contexts),
    .product_o   (block_product)
  );

  typedef enum logic [2:0] {
    StIdle,      // no block
    StSetup,     // addresses of the first tile
    StTile,      // the header is up
    StLookup,    // the page of the next run is looked up
    StMultiply   // and multiplied by the page's stride
  } state_e;

  state_e state_q;
  logic first_head_q, tile_first_q;
  line_t [1:0] head_q;                         // first key of the KV head (paged: of a page's head)
  line_t [1:0] line_q;                         // the run's first key, without the page's address
  logic [IndexBits-1:0] tile_q;
  logic [IndexBits-1:0] tiles_end_q;           // the block's last tile
  logic [30:0] rest_q;                         // keys of the sequence from the tile's first on
  logic [ContextBits-1:0] contexts_q;
  logic [KeyBits-1:0] done_keys_q;             // keys of the tile that have runs
  logic [PageIndexBits-1:0] page_q, page_d;    // of the next run; runs of one tile end with pages

  line_t [1:0] base, head_stride, page_stride, tile_stride, page_product;
  logic [31:0] tile_base;
  logic [KeyBits-1:0] keys, keys_left;
  logic paged, empty_q, tile_last, room, take_tile, push, part_last, tile_end;
  logic page_ready, page_end;
  logic [10:0] page_mask;                      // keys of a page, less one

  assign base = {Line'(seq_i.v[AddrBits-1:LineBits]), Line'(seq_i.k[AddrBits-1:LineBits])};
  assign head_stride = {Line'(seq_i.v_head), Line'(seq_i.k_head)};
  assign page_stride = {Line'(seq_i.v_page), Line'(seq_i.k_page)};
  assign tile_stride = {Line'(seq_i.v_token) << TileLog2, Line'(seq_i.k_token) << TileLog2};

  assign paged = seq_i.paged && !empty_q;
  assign tile_base = {1'b0, tile_q, {TileLog2{1'b0}}};
  assign keys = empty_q ? '0 : (rest_q > 31'(Tile)) ? KeyBits'(Tile) : rest_q[KeyBits-1:0];
  assign tile_last = empty_q || (tiles_end_q == tile_q);
  assign room = k_run_ready_i && v_run_ready_i;

  // Runs of a tile in pages smaller than it.
  assign page_mask = 11'((32'd1 << seq_i.page_size_log2) - 32'd1);
  assign keys_left = keys - done_keys_q;
  assign part_last = !paged || (32'(keys_left) <= 32'(page_mask) + 32'd1);
  assign run_keys_o = part_last ? keys_left : KeyBits'(page_mask) + KeyBits'(1);
  // The next tile begins a page.
  assign page_end = (11'(tile_base[9:0]) & page_mask) + 11'(Tile) > page_mask;

  assign tile_valid_o = (state_q == StTile) && (paged || room);
  assign take_tile = tile_valid_o && tile_ready_i;
  assign push = paged ? (state_q == StMultiply) && page_ready && room : take_tile;
  assign tile_end = push && part_last;
  assign run_valid_o = push;
  assign run_last_o = part_last;
  assign run_tile_keys_o = keys;
  assign run_k_line_o = line_q[0] + (paged ? page_product[0] : '0);
  assign run_v_line_o = line_q[1] + (paged ? page_product[1] : '0);
  assign tile_keys_o = keys;
  assign tile_base_o = tile_base;
  assign tile_first_o = tile_first_q;
  assign tile_last_o = tile_last;
  assign tile_contexts_o = contexts_q;
  assign lookup_valid_o = state_q == StLookup;
  assign lookup_index_o = page_q;
  assign lookup_next_o = page_d;

  always_comb begin
    page_d = page_q;
    if (state_q == StTile) page_d = PageIndexBits'(tile_base >> seq_i.page_size_log2);
    else if (push) page_d = page_q + PageIndexBits'(1);
  end

  flashd_multiply_seq #(
    .Bits      (Line),
    .Multiplier(31),
    .Products  (2)
  ) u_page (
    .clk_i,
    .rst_ni,
    .start_i       (lookup_valid_o && lookup_done_i),
    .multiplier_i  (lookup_page_i),
    .multiplicand_i(page_stride),
    .done_o        (page_ready),
    .product_o     (page_product)
  );

  assign block_take = state_q == StSetup;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q      <= StIdle;
      first_head_q <= 1'b1;
    end else begin
      if (start_i) first_head_q <= 1'b1;
      else if (block_take) first_head_q <= 1'b0;
      unique case (state_q)
        StIdle:     if (block_valid) state_q <= StSetup;
        StSetup:    state_q <= StTile;
        StLookup:   if (lookup_done_i) state_q <= StMultiply;
        default: begin
          if (tile_end) state_q <= tile_last ? StIdle : StTile;
          else if (push || (take_tile && paged)) state_q <= StLookup;
        end
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if ((state_q == StIdle) && block_valid && block_head_first) begin
      for (int s = 0; s < 2; s++) head_q[s] <= first_head_q ? base[s] : head_q[s] + head_stride[s];
    end
    if (block_take) begin
      for (int s = 0; s < 2; s++) line_q[s] <= head_q[s] + (block_product[s] << TileLog2);
      tile_q <= block_tile;
      empty_q <= block_end == '0;
      tiles_end_q <= IndexBits'((block_end - 31'd1) >> TileLog2);
      rest_q <= seq_i.kv_len[30:0] - {block_tile, {TileLog2{1'b0}}};
      contexts_q <= block_contexts;
      tile_first_q <= 1'b1;
      done_keys_q <= '0;
    end else if (tile_end) begin
      for (int s = 0; s < 2; s++) begin
        line_q[s] <= (paged && page_end) ? head_q[s] : line_q[s] + tile_stride[s];
      end
      tile_q <= tile_q + IndexBits'(1);
      rest_q <= rest_q - 31'(Tile);
      tile_first_q <= 1'b0;
      done_keys_q <= '0;
    end else if (push) begin
      done_keys_q <= done_keys_q + run_keys_o;
    end
    page_q <= page_d;
  end

  assign busy_o = !block_idle || block_valid || (state_q != StIdle);

  logic unused;
  assign unused = ^seq_i;

`ifdef FLASHD_ASSERT
  flashd_stream_check #(.Bits(KeyBits + 32 + 2 + ContextBits)) u_check_tile (
    .clk_i, .rst_ni, .valid_i(tile_valid_o), .ready_i(tile_ready_i),
    .data_i({tile_keys_o, tile_base_o, tile_first_o, tile_last_o, tile_contexts_o}));
  assert property (@(posedge clk_i) disable iff (!rst_ni) start_i |-> !busy_o)
  else $error("flashd_tile_walk: started while busy");
  assert property (@(posedge clk_i) disable iff (!rst_ni) run_valid_o |-> room)
  else $error("flashd_tile_walk: a run without room");
`endif

endmodule
