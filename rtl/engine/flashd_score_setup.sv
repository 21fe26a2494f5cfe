// SPDX-License-Identifier: Apache-2.0
/// Walks the contexts of each resident tile and hands on those that have work: the keys of the tile
/// that each lane's row sees, and the range of keys that the context scores.
///
/// A context without a visible key is passed over in one cycle, except in the block's last tile,
/// where it goes on with no keys so that its output leaves, and with every_tile_i.
/// Latency: one cycle per context. Back-pressure: waits for the tile's keys, the context's queries
/// and ready_i.
/// Does not: look at the bias.
module flashd_score_setup #(
  parameter int Lanes = 4,
  parameter int Contexts = 16,
  parameter int KeyBits = 7,
  parameter int ContextBits = 4,
  parameter int CountBits = 5,
  parameter int VBanks = 2,
  parameter int VBankBits = 1
) (
  input  logic                            clk_i,
  input  logic                            rst_ni,
  // Tile headers.
  input  logic                            tile_valid_i,
  output logic                            tile_ready_o,
  input  logic [KeyBits-1:0]              tile_keys_i,
  input  logic [31:0]                     tile_base_i,
  input  logic [32:0]                     tile_end_i,   // key behind the tile's last
  input  logic                            tile_first_i,
  input  logic                            tile_last_i,
  input  logic [CountBits-1:0]            tile_contexts_i,
  input  logic                            every_tile_i, // hand on contexts without keys too
  input  logic [1:0]                      k_full_i,
  input  logic [1:0]                      k_turn_i,
  // Row states of the block: asked for before its first tile.
  input  logic                            state_in_en_i,
  output logic                            load_o,
  input  logic                            loaded_i,
  input  logic [VBanks-1:0]               v_closed_i,   // the tile before still needs the bank
  // Rows of the context under test.
  output logic [ContextBits-1:0]          row_context_o,
  output logic                            row_step_o,   // row_next_o follows
  output logic [ContextBits-1:0]          row_next_o,
  input  logic                            row_full_i,
  input  logic [Lanes-1:0]                row_valid_i,
  input  logic [Lanes-1:0]                row_bad_i,
  input  logic [Lanes-1:0][31:0]          row_begin_i,
  input  logic [Lanes-1:0][31:0]          row_end_i,
  // Work.
  output logic                            valid_o,
  input  logic                            ready_i,
  output logic                            empty_o,      // no keys
  output logic [ContextBits-1:0]          context_o,
  output logic [KeyBits-1:0]              begin_o,      // keys of the tile to score
  output logic [KeyBits-1:0]              end_o,
  output logic [Lanes-1:0][KeyBits-1:0]   see_begin_o,  // keys of the tile each lane sees
  output logic [Lanes-1:0][KeyBits-1:0]   see_end_o,
  output logic [Lanes-1:0]                rows_o,       // rows that are no padding
  output logic [Lanes-1:0]                bad_o,        // NaN or Inf in the query
  output logic                            first_o,
  output logic                            last_o,
  output logic                            k_bank_o,
  output logic [VBankBits-1:0]            v_bank_o,
  output logic                            v_turn_o,
  // Bank bookkeeping.
  output logic                            open_o,
  output logic                            close_o,
  output logic                            k_close_bank_o,
  output logic [VBankBits-1:0]            v_close_bank_o,
  output logic [2:0]                      wait_o,       // why there is no work
  output logic                            idle_o
);

  typedef struct packed {
    logic                          empty;
    logic [ContextBits-1:0]        ctx;
    logic [KeyBits-1:0]            first_key;
    logic [KeyBits-1:0]            end_key;
    logic [Lanes-1:0][KeyBits-1:0] see_begin;
    logic [Lanes-1:0][KeyBits-1:0] see_end;
    logic [Lanes-1:0]              rows;
    logic [Lanes-1:0]              bad;
    logic                          first;
    logic                          last;
    logic                          k_bank;
    logic [VBankBits-1:0]          v_bank;
    logic                          v_turn;
  } work_t;

  logic valid_q, loaded_q, k_bank_q;
  logic k_turn_q, v_turn_q;  // toggle as the banks come round, as in flashd_bank_loader
  logic [VBankBits-1:0] v_bank_q;
  logic [Contexts-1:0] begun_q;  // contexts that had work in an earlier tile of the block
  logic [ContextBits-1:0] context_q;
  work_t work_d, work_q;
  logic [Lanes-1:0] sees;
  logic k_here, runnable, step, push, tile_end;

  // A visible range in units of the tile's keys, 0 to tile_keys.
  function automatic logic [KeyBits-1:0] relative(input logic [31:0] key, input logic [31:0] base,
                                                  input logic [KeyBits-1:0] keys);
    logic [31:0] offset;
    offset = key - base;
    if (key <= base) return '0;
    return (offset >= 32'(keys)) ? keys : offset[KeyBits-1:0];
  endfunction

  always_comb begin
    work_d = '0;
    work_d.ctx = context_q;
    work_d.rows = row_valid_i;
    work_d.bad = row_bad_i;
    work_d.first = !begun_q[context_q];
    work_d.last = tile_last_i;
    work_d.k_bank = k_bank_q;
    work_d.v_bank = v_bank_q;
    work_d.v_turn = v_turn_q;
    work_d.first_key = tile_keys_i;
    for (int l = 0; l < Lanes; l++) begin
      work_d.see_begin[l] = relative(row_begin_i[l], tile_base_i, tile_keys_i);
      work_d.see_end[l] = relative(row_end_i[l], tile_base_i, tile_keys_i);
      // As see_begin < see_end, but on the keys themselves: much waits for it.
      sees[l] = row_valid_i[l] && (tile_keys_i != '0) && (row_begin_i[l] < row_end_i[l]) &&
          (row_end_i[l] > tile_base_i) && ({1'b0, row_begin_i[l]} < tile_end_i);
      if (!sees[l]) begin
        work_d.see_begin[l] = '0;
        work_d.see_end[l] = '0;
      end else begin
        if (work_d.see_begin[l] < work_d.first_key) work_d.first_key = work_d.see_begin[l];
        if (work_d.see_end[l] > work_d.end_key) work_d.end_key = work_d.see_end[l];
      end
    end
    work_d.empty = sees == '0;
  end

  // A bank may still hold the tile before last.
  assign k_here = k_full_i[k_bank_q] && (k_turn_i[k_bank_q] == k_turn_q);
  assign load_o = tile_valid_i && tile_first_i && state_in_en_i && !loaded_q;
  assign runnable = tile_valid_i && k_here && row_full_i && !load_o && !v_closed_i[v_bank_q];
  assign push = runnable && (!work_d.empty || tile_last_i || every_tile_i);
  assign step = runnable && (!push || !valid_q || ready_i);
  assign tile_end = 32'(context_q) + 1 == 32'(tile_contexts_i);
  assign tile_ready_o = step && tile_end;
  assign open_o = step && push;
  assign close_o = tile_ready_o;
  assign k_close_bank_o = k_bank_q;
  assign v_close_bank_o = v_bank_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q   <= 1'b0;
      loaded_q  <= 1'b0;
      k_bank_q  <= 1'b0;
      v_bank_q  <= '0;
      k_turn_q  <= 1'b1;
      v_turn_q  <= 1'b1;
      context_q <= '0;
      begun_q   <= '0;
    end else begin
      if (loaded_i) loaded_q <= 1'b1;
      else if (tile_ready_o && tile_last_i) loaded_q <= 1'b0;
      if (open_o) valid_q <= 1'b1;
      else if (ready_i) valid_q <= 1'b0;
      if (open_o) begun_q[context_q] <= !tile_last_i;
      if (step) context_q <= row_next_o;
      if (tile_ready_o) begin
        k_bank_q <= !k_bank_q;
        if (k_bank_q) k_turn_q <= !k_turn_q;
        if (v_bank_q == VBankBits'(VBanks - 1)) v_turn_q <= !v_turn_q;
        v_bank_q <= (v_bank_q == VBankBits'(VBanks - 1)) ? '0 : v_bank_q + VBankBits'(1);
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (open_o) work_q <= work_d;
  end

  assign row_context_o = context_q;
  assign row_step_o = step;
  assign row_next_o = tile_end ? '0 : context_q + ContextBits'(1);
  assign valid_o = valid_q;
  assign empty_o = work_q.empty;
  assign context_o = work_q.ctx;
  assign begin_o = work_q.first_key;
  assign end_o = work_q.end_key;
  assign see_begin_o = work_q.see_begin;
  assign see_end_o = work_q.see_end;
  assign rows_o = work_q.rows;
  assign bad_o = work_q.bad;
  assign first_o = work_q.first;
  assign last_o = work_q.last;
  assign k_bank_o = work_q.k_bank;
  assign v_bank_o = work_q.v_bank;
  assign v_turn_o = work_q.v_turn;
  always_comb begin
    wait_o = flashd_tap_pkg::ScoreIdle;
    if (tile_valid_i) begin
      if (!k_here) wait_o = flashd_tap_pkg::ScoreWaitKey;
      else if (!row_full_i) wait_o = flashd_tap_pkg::ScoreWaitQuery;
      else if (load_o) wait_o = flashd_tap_pkg::ScoreWaitState;
      else if (v_closed_i[v_bank_q]) wait_o = flashd_tap_pkg::ScoreWaitOutput;
    end
  end
  assign idle_o = !valid_q && !tile_valid_i && (context_q == '0);

  if (Contexts < 1) begin : gen_bad_contexts
    $error("flashd_score_setup: Contexts must be at least 1");
  end

endmodule
