// SPDX-License-Identifier: Apache-2.0
/// FLASH-D attention engine: queries in, tiles of keys and values in, attention rows out.
///
/// A block of up to Lanes x Contexts query rows (row r sits in lane r % Lanes, context r / Lanes)
/// stays resident while the keys and values of one KV head stream past in tiles of at most Tile
/// keys. The score phase of one (tile, context) runs while the output phase of the one before it
/// runs. Numerics: docs/contract.md.
///
/// Streams, per block: Q (context by context, lane by lane, q_beats_i beats of Width elements each,
/// zero padded), row states in (if state_in_en_i), tile headers, K and V (keys in order, beats of
/// Width elements, zero padded), bias (if bias_en_i: one beat per (tile, context, key) that is
/// scored: contexts in order, a context counts if one of its rows sees a key of the tile, keys from
/// the first to the last that any of its rows sees). Out, context by context: O (ceil(dv / Merge)
/// beats per pass of Width elements), raw o (if state_out_en_i), and one row beat (LSE, row head).
///
/// Latency: first O of a context follows its last key by about 45 cycles.
/// Back-pressure: every stream may pause at any time; no pause changes a bit of any result.
/// Does not: fetch from memory, choose tiles, convert the bias, or accept new job constants before
/// idle_o. Job constants are stable from the first beat of a job until idle_o.
module flashd_engine #(
  parameter int Profile = 0,
  parameter int Sig = 11,
  parameter int Width = 64,
  parameter int Lanes = 4,
  parameter int Contexts = 16,
  parameter int Tile = 64,
  parameter int MaxHeadDim = 256,
  // Derived: not to be set.
  parameter int Merge = (Width + Tile - 1) / Tile,
  parameter int BeatBits = $clog2((MaxHeadDim + Width - 1) / Width + 1),
  parameter int KeyBits = $clog2(Tile + 1),
  parameter int ContextBits = $clog2(Contexts + 1),
  parameter int BiasBits = flashd_spec_pkg::BiasRangeLog2 + 1 + flashd_spec_pkg::score_frac(Profile)
) (
  input  logic                                    clk_i,
  input  logic                                    rst_ni,
  // Job constants.
  input  logic                                    fp16_i,
  input  logic [BeatBits-1:0]                     q_beats_i,         // ceil(d / Width)
  input  logic [8:0]                              dv_i,              // 1 to MaxHeadDim
  input  logic [2:0]                              grid_extra_i,      // ceil(log2 sqrt d)
  input  logic signed [11:0]                      job_exponent_i,    // arith::product_exponent, Sig
  input  logic                                    scale_negative_i,
  input  logic [flashd_spec_pkg::ScaleBits-1:0]   scale_mantissa_i,
  input  logic [7:0]                              v_exponent_i,      // VE, biased
  input  logic [1:0]                              format_i,          // O: 0 FP32, 1 BF16, 2 FP16
  input  logic                                    bias_en_i,
  input  logic                                    state_in_en_i,
  input  logic                                    state_out_en_i,
  // Queries; the row fields are taken with the first beat of a row.
  input  logic                                    q_valid_i,
  output logic                                    q_ready_o,
  input  logic [Width-1:0][15:0]                  q_data_i,
  input  logic                                    q_row_valid_i,     // 0: padding row
  input  logic [31:0]                             q_begin_i,         // first visible key
  input  logic [31:0]                             q_end_i,           // one past the last
  input  logic                                    q_last_i,          // last beat of the block
  // Tile headers.
  input  logic                                    tile_valid_i,
  output logic                                    tile_ready_o,
  input  logic [KeyBits-1:0]                      tile_keys_i,       // 0 (only if last) to Tile
  input  logic [31:0]                             tile_base_i,       // index of the first key
  input  logic                                    tile_first_i,      // first tile of the block
  input  logic                                    tile_last_i,       // last tile of the block
  input  logic [ContextBits-1:0]                  tile_contexts_i,   // contexts in use, 1..Contexts
  // Keys and values.
  input  logic                                    k_valid_i,
  output logic                                    k_ready_o,
  input  logic [Width-1:0][15:0]                  k_data_i,
  input  logic                                    v_valid_i,
  output logic                                    v_ready_o,
  input  logic [Width-1:0][15:0]                  v_data_i,
  // Bias and masks, on the score grid.
  input  logic                                    b_valid_i,
  output logic                                    b_ready_o,
  input  logic [Lanes-1:0][BiasBits-1:0]          b_value_i,
  input  logic [Lanes-1:0]                        b_mask_i,          // 1: not visible
  input  logic [Lanes-1:0]                        b_nan_i,
  // Row states in: ceil(dv / Merge) beats of o, and one head beat, per context.
  input  logic                                    si_valid_i,
  output logic                                    si_ready_o,
  input  logic [Lanes-1:0][Merge-1:0][31:0]       si_data_i,
  input  logic                                    ri_valid_i,
  output logic                                    ri_ready_o,
  input  logic [Lanes-1:0][18:0]                  ri_exponent_i,
  input  logic [Lanes-1:0][31:0]                  ri_mantissa_i,
  input  logic [Lanes-1:0][5:0]                   ri_flags_i,
  // O, float32 bits.
  output logic                                    o_valid_o,
  input  logic                                    o_ready_i,
  output logic [Lanes-1:0][Merge-1:0][31:0]       o_data_o,
  output logic [Lanes-1:0]                        o_rows_o,          // 0: padding row
  output logic                                    o_last_o,          // last beat of the context
  // Raw o.
  output logic                                    so_valid_o,
  input  logic                                    so_ready_i,
  output logic [Lanes-1:0][Merge-1:0][31:0]       so_data_o,
  // Row heads: one beat per context.
  output logic                                    ro_valid_o,
  input  logic                                    ro_ready_i,
  output logic [Lanes-1:0][31:0]                  ro_lse_o,
  output logic [Lanes-1:0][18:0]                  ro_exponent_o,
  output logic [Lanes-1:0][31:0]                  ro_mantissa_o,
  output logic [Lanes-1:0][5:0]                   ro_flags_o,        // RowFlag of the golden model
  output logic [Lanes-1:0]                        ro_rows_o,
  output logic                                    idle_o
);
endmodule
