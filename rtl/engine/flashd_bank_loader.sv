// SPDX-License-Identifier: Apache-2.0
/// Steers the beats of a tile's keys into the banks of a tile buffer, one bank per tile in turn.
///
/// A tile takes its bank with its header: one of no keys is complete at once, also while the tile
/// before it is being loaded, so that beats of the tile behind it may follow without a gap.
/// Latency: beats are taken from the cycle after the header's on; full_o one cycle after a tile's
/// last beat (a tile of no keys: after its header).
/// Back-pressure: tile_ready_o is low while the bank is in use or another tile is being loaded;
/// beat_ready_o is low without a tile to load.
/// Does not: store anything but the place of the next beat, or cope with banks that are released
/// out of turn.
module flashd_bank_loader #(
  parameter int Banks = 2,
  parameter int BankBits = 1,
  parameter int KeyBits = 7,
  parameter int BeatBits = 3
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic [BeatBits-1:0] beats_i,
  input  logic                tile_valid_i,
  output logic                tile_ready_o,
  input  logic [KeyBits-1:0]  tile_keys_i,
  input  logic                beat_valid_i,
  output logic                beat_ready_o,
  output logic                take_o,       // a beat is stored in this cycle, at:
  output logic [BankBits-1:0] bank_o,
  output logic [KeyBits-1:0]  key_o,
  output logic [BeatBits-1:0] beat_o,
  input  logic [Banks-1:0]    release_i,
  output logic [Banks-1:0]    full_o,
  output logic [Banks-1:0]    turn_o        // toggles with every tile a bank takes
);

  logic [Banks-1:0] full_q, turn_q, filled;
  logic [BankBits-1:0] next_q;                 // bank of the next tile
  logic load_q;                                // a tile is being loaded, into bank_q
  logic [BankBits-1:0] bank_q;
  logic [KeyBits-1:0] keys_q, key_q;
  logic [BeatBits-1:0] beat_q;
  logic empty_tile, free, key_end, tile_end;

  assign empty_tile = tile_keys_i == '0;
  assign beat_ready_o = load_q;
  assign take_o = beat_valid_i && beat_ready_o;
  assign key_end = beat_q == beats_i - BeatBits'(1);
  assign tile_end = take_o && key_end && (key_q == keys_q - KeyBits'(1));
  assign free = !full_q[next_q] && !(load_q && (bank_q == next_q));
  assign tile_ready_o = tile_valid_i && free && (empty_tile || !load_q || tile_end);

  always_comb begin
    filled = '0;
    if (tile_end) filled[bank_q] = 1'b1;
    if (tile_ready_o && empty_tile) filled[next_q] = 1'b1;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      full_q <= '0;
      turn_q <= '0;
      next_q <= '0;
      load_q <= 1'b0;
      bank_q <= '0;
      keys_q <= '0;
      key_q  <= '0;
      beat_q <= '0;
    end else begin
      full_q <= (full_q & ~release_i) | filled;
      turn_q <= turn_q ^ filled;
      if (take_o) begin
        beat_q <= key_end ? '0 : beat_q + BeatBits'(1);
        if (key_end) key_q <= tile_end ? '0 : key_q + KeyBits'(1);
      end
      if (tile_ready_o) next_q <= (next_q == BankBits'(Banks - 1)) ? '0 : next_q + BankBits'(1);
      if (tile_ready_o && !empty_tile) begin
        load_q <= 1'b1;
        bank_q <= next_q;
        keys_q <= tile_keys_i;
      end else if (tile_end) begin
        load_q <= 1'b0;
      end
    end
  end

`ifdef FLASHD_ASSERT
  // A caller that counts the released banks, as flashd_kv_fetch does, meets no bank that is in use.
  localparam int CountBits = $clog2(Banks + 1);
  logic [CountBits-1:0] credits_q, released;
  always_comb begin
    released = '0;
    for (int b = 0; b < Banks; b++) released += CountBits'(release_i[b]);
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) credits_q <= CountBits'(Banks);
    else credits_q <= credits_q + released - CountBits'(tile_ready_o);
  end
  assert property (@(posedge clk_i) disable iff (!rst_ni) (release_i & ~full_q) == '0)
  else $error("flashd_bank_loader: a bank was released that holds no tile");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      (tile_valid_i && credits_q != '0) |-> (tile_ready_o || load_q))
  else $error("flashd_bank_loader: a bank is free, but not the next one");
  assert property (@(posedge clk_i) disable iff (!rst_ni) tile_ready_o |-> (credits_q != '0))
  else $error("flashd_bank_loader: a tile without a free bank");
`endif

  assign bank_o = bank_q;
  assign key_o = key_q;
  assign beat_o = beat_q;
  assign full_o = full_q;
  assign turn_o = turn_q;

endmodule
