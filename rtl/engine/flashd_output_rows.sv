// SPDX-License-Identifier: Apache-2.0
/// Last part of the output phase: row heads, and the merge of tile sums into the rows' outputs; row
/// states of a block, before its first tile.
///
/// Latency, in enabled cycles: after sum_i, the row unit 1, g and w LatencyNonlinear + Lanes more;
/// after start_i, the first merge step 1, and o of a last tile LatencyMerge + LatencyRound later.
/// Back-pressure: en_i low freezes it, but not the loading of states.
/// Does not: make weights or tile sums, or wait in the middle of a context.
module flashd_output_rows #(
  parameter int Profile = 0,
  parameter int Lanes = 4,
  parameter int Contexts = 16,
  parameter int Tile = 64,
  parameter int MaxHeadDim = 256,
  parameter int Merge = 1,
  parameter int Channels = 4,
  parameter int BlockBits = 6,
  parameter int StepBits = 2,
  parameter int ContextBits = 4,
  parameter int CountBits = 5,
  parameter int VBankBits = 1,
  localparam int FieldBits = ContextBits + 1 + Lanes,
  localparam int LBits = flashd_spec_pkg::tile_frac(Profile) + $clog2(Tile),
  localparam int TBits = flashd_spec_pkg::tile_frac(Profile) + 2 + $clog2(Tile)
) (
  input  logic                                      clk_i,
  input  logic                                      rst_ni,
  input  logic                                      en_i,
  input  logic                                      fp16_i,
  input  logic [8:0]                                dv_i,
  input  logic [7:0]                                v_exponent_i,
  input  logic [1:0]                                format_i,
  input  logic                                      state_in_en_i,
  // A context, with its last key or token.
  input  logic                                      go_i,
  input  logic                                      last_i,
  input  logic [ContextBits-1:0]                    head_context_i,
  input  logic                                      head_first_i,
  input  logic                                      head_last_i,
  input  logic [Lanes-1:0]                          head_rows_i,
  input  logic [Lanes-1:0]                          head_seen_i,
  input  logic [Lanes-1:0][18:0]                    head_reference_i,
  input  logic [Lanes-1:0][2:0]                     head_flags_i,
  // Sum of its weights: l_i a cycle later.
  input  logic                                      sum_i,
  input  logic [Lanes-1:0][LBits-1:0]               l_i,
  input  logic [Lanes-1:0]                          v_bad_i,
  input  logic [Lanes-1:0]                          v_clamped_i,
  // A block of its tile sums.
  input  logic                                      start_i,
  input  logic [BlockBits-1:0]                      start_block_i,
  input  logic                                      start_last_i,
  input  logic [StepBits-1:0]                       start_step_end_i,
  input  logic                                      start_empty_i,
  input  logic [VBankBits-1:0]                      start_bank_i,
  input  logic [FieldBits-1:0]                      start_fields_i,  // context, last, rows
  input  logic [Lanes-1:0][Channels-1:0][TBits-1:0] t_i,
  output logic [VBankBits-1:0]                      e_bank_o,
  output logic [BlockBits-1:0]                      e_block_o,
  output logic [StepBits-1:0]                       e_step_o,
  input  logic [Merge-1:0][7:0]                     v_distance_i,
  output logic                                      v_end_o,         // a bank is no longer used
  output logic [VBankBits-1:0]                      v_end_bank_o,
  // Row states in.
  input  logic                                      state_load_i,
  input  logic [CountBits-1:0]                      state_contexts_i,
  output logic                                      state_loaded_o,
  output logic                                      state_head_o,    // a beat of heads is taken
  input  logic                                      si_valid_i,
  output logic                                      si_ready_o,
  input  logic [Lanes-1:0][Merge-1:0][31:0]         si_data_i,
  input  logic                                      ri_valid_i,
  output logic                                      ri_ready_o,
  input  logic [Lanes-1:0][18:0]                    ri_exponent_i,
  input  logic [Lanes-1:0][31:0]                    ri_mantissa_i,
  input  logic [Lanes-1:0][5:0]                     ri_flags_i,
  // Finished rows, one beat per enabled cycle.
  output logic                                      out_valid_o,
  output logic                                      out_last_o,
  output logic [Lanes-1:0]                          out_rows_o,
  output logic [Lanes-1:0][Merge-1:0][31:0]         out_data_o,
  output logic [Lanes-1:0][Merge-1:0][31:0]         out_raw_o,
  output logic                                      row_valid_o,
  output logic [Lanes-1:0]                          row_rows_o,
  output logic [Lanes-1:0][31:0]                    row_lse_o,
  output logic [Lanes-1:0][18:0]                    row_exponent_o,
  output logic [Lanes-1:0][31:0]                    row_mantissa_o,
  output logic [Lanes-1:0][5:0]                     row_flags_o,
  // What happens in this cycle.
  output logic                                      tap_tile_o,
  output logic                                      tap_tile_skipped_o,
  input  logic                                      idle_i,          // no value bank is in use
  output logic                                      idle_o
);

  localparam int Words = (MaxHeadDim + Merge - 1) / Merge;
  localparam int WordBits = $clog2(Words + 1);

  // What the row unit takes with the context's last key: held until it has gone by.
  typedef struct packed {
    logic [ContextBits-1:0]  ctx;
    logic                    first;
    logic                    last;
    logic [Lanes-1:0]        rows;
    logic [Lanes-1:0]        seen;
    logic [Lanes-1:0][18:0]  base;
    logic [Lanes-1:0][2:0]   flags;
  } row_t;
  row_t issue_q, row_q;
  logic at_row;
  always_ff @(posedge clk_i) begin
    if (go_i) begin
      if (last_i) begin
        issue_q <= {head_context_i, head_first_i, head_last_i, head_rows_i, head_seen_i,
                    head_reference_i, head_flags_i};
      end
    end
    if (en_i && sum_i) row_q <= issue_q;
  end
  flashd_delay_valid #(.Cycles(1)) u_at_row (
    .clk_i, .rst_ni, .en_i, .valid_i(sum_i), .valid_o(at_row), .busy_o());

  // Rows.
  logic row_busy, merge_busy, load_word, load_head;
  logic [Lanes-1:0] first_row, nan_row;
  logic [Lanes-1:0][15:0] g_mantissa;
  logic [Lanes-1:0][6:0] g_exponent;
  logic [Lanes-1:0][13:0] w_mantissa;
  logic [Lanes-1:0][5:0] w_shift;
  logic [ContextBits-1:0] load_context;
  logic [WordBits-1:0] load_index;

  flashd_row_unit #(
    .Profile    (Profile),
    .Lanes      (Lanes),
    .Contexts   (Contexts),
    .Tile       (Tile),
    .ContextBits(ContextBits)
  ) u_unit (
    .clk_i,
    .rst_ni,
    .en_i,
    .tile_i         (at_row),
    .context_i      (row_q.ctx),
    .context_next_i ((en_i && sum_i) ? issue_q.ctx : row_q.ctx),
    .fresh_i        (row_q.first && !state_in_en_i),
    .last_i         (row_q.last),
    .rows_i         (row_q.rows),
    .seen_i         (row_q.seen),
    .reference_i    (row_q.base),
    .flags_i        (row_q.flags),
    .l_i,
    .v_bad_i,
    .v_clamped_i,
    .first_o        (first_row),
    .nan_o          (nan_row),
    .g_mantissa_o   (g_mantissa),
    .g_exponent_o   (g_exponent),
    .w_mantissa_o   (w_mantissa),
    .w_shift_o      (w_shift),
    .load_i         (load_head),
    .load_context_i (load_context),
    .load_exponent_i(ri_exponent_i),
    .load_mantissa_i(ri_mantissa_i),
    .load_flags_i   (ri_flags_i),
    .row_valid_o,
    .row_rows_o,
    .row_lse_o,
    .row_exponent_o,
    .row_mantissa_o,
    .row_flags_o,
    .tile_o         (tap_tile_o),
    .tile_skipped_o (tap_tile_skipped_o),
    .busy_o         (row_busy)
  );

  // A constant of the sequence, known long before a row ends.
  logic signed [8:0] v_exponent_q;
  always_ff @(posedge clk_i)
    v_exponent_q <= $signed({1'b0, v_exponent_i}) - (fp16_i ? 9'sd15 : 9'sd127);

  logic [ContextBits-1:0] merge_context;
  logic merge_last;
  logic [Lanes-1:0] merge_rows;
  assign {merge_context, merge_last, merge_rows} = start_fields_i;

  flashd_merge_unit #(
    .Profile    (Profile),
    .Lanes      (Lanes),
    .Contexts   (Contexts),
    .Tile       (Tile),
    .MaxHeadDim (MaxHeadDim),
    .Merge      (Merge),
    .Channels   (Channels),
    .BlockBits  (BlockBits),
    .ContextBits(ContextBits),
    .StepBits   (StepBits),
    .VBankBits  (VBankBits)
  ) u_merge (
    .clk_i,
    .rst_ni,
    .en_i,
    .v_exponent_i  (v_exponent_q),
    .format_i,
    .start_i,
    .context_i     (merge_context),
    .block_i       (start_block_i),
    .block_last_i  (start_last_i),
    .step_end_i    (start_step_end_i),
    .empty_i       (start_empty_i),
    .last_i        (merge_last),
    .rows_i        (merge_rows),
    .v_bank_i      (start_bank_i),
    .t_i,
    .e_bank_o,
    .e_block_o,
    .e_step_o,
    .v_distance_i,
    .first_i       (first_row),
    .nan_i         (nan_row),
    .g_mantissa_i  (g_mantissa),
    .g_exponent_i  (g_exponent),
    .w_mantissa_i  (w_mantissa),
    .w_shift_i     (w_shift),
    .v_end_o,
    .v_end_bank_o,
    .load_i        (load_word),
    .load_context_i(load_context),
    .load_word_i   (load_index),
    .load_data_i   (si_data_i),
    .out_valid_o,
    .out_last_o,
    .out_rows_o,
    .out_data_o,
    .out_raw_o,
    .busy_o        (merge_busy)
  );

  // What is issued but not yet merged holds a bank.
  assign idle_o = idle_i && !row_busy && !merge_busy;
  assign state_head_o = load_head;

  flashd_state_loader #(
    .Merge      (Merge),
    .ContextBits(ContextBits),
    .CountBits  (CountBits),
    .WordBits   (WordBits)
  ) u_loader (
    .clk_i,
    .rst_ni,
    .dv_i,
    .contexts_i(state_contexts_i),
    .load_i    (state_load_i),
    .idle_i    (idle_o),
    .loaded_o  (state_loaded_o),
    .si_valid_i,
    .si_ready_o,
    .ri_valid_i,
    .ri_ready_o,
    .word_o    (load_word),
    .head_o    (load_head),
    .context_o (load_context),
    .index_o   (load_index)
  );

`ifdef FLASHD_ASSERT
  flashd_stream_check #(.Bits(Lanes * Merge * 32)) u_check_si (
    .clk_i, .rst_ni, .valid_i(si_valid_i), .ready_i(si_ready_o), .data_i(si_data_i));
  flashd_stream_check #(.Bits(Lanes * 57)) u_check_ri (
    .clk_i, .rst_ni, .valid_i(ri_valid_i), .ready_i(ri_ready_o),
    .data_i({ri_exponent_i, ri_mantissa_i, ri_flags_i}));
`endif

endmodule
