// SPDX-License-Identifier: Apache-2.0
/// Operands of the score array: the block's queries, and two banks of a tile of keys, freed when no
/// context needs them.
///
/// Latency: a beat of operands is at the lanes two cycles after beat_i.
/// Back-pressure: takes queries and keys while there is room; a read never waits.
/// Does not: choose what is read (flashd_score_setup, flashd_score_issue).
module flashd_score_operands #(
  parameter int Sig = 11,
  parameter int Width = 64,
  parameter int Lanes = 4,
  parameter int Contexts = 16,
  parameter int Tile = 64,
  parameter int Beats = 4,
  parameter int BeatBits = 3,
  parameter int KeyBits = 7,
  parameter int ContextBits = 4
) (
  input  logic                                   clk_i,
  input  logic                                   rst_ni,
  input  logic                                   fp16_i,
  input  logic [BeatBits-1:0]                    q_beats_i,
  input  logic signed [11:0]                     job_exponent_i,
  input  logic                                   scale_negative_i,
  // Queries.
  input  logic                                   q_valid_i,
  output logic                                   q_ready_o,
  input  logic [Width-1:0][15:0]                 q_data_i,
  input  logic                                   q_row_valid_i,
  input  logic [31:0]                            q_begin_i,
  input  logic [31:0]                            q_end_i,
  input  logic                                   q_last_i,
  // Keys.
  input  logic                                   load_valid_i,
  output logic                                   load_ready_o,
  input  logic [KeyBits-1:0]                     load_keys_i,
  input  logic                                   k_valid_i,
  output logic                                   k_ready_o,
  input  logic [Width-1:0][15:0]                 k_data_i,
  output logic [1:0]                             k_freed_o,
  // Walk over contexts: rows of one, and its use of a bank.
  input  logic [ContextBits-1:0]                 row_context_i,
  input  logic                                   row_step_i,
  input  logic [ContextBits-1:0]                 row_next_i,
  output logic                                   row_full_o,
  output logic [Lanes-1:0]                       row_valid_o,
  output logic [Lanes-1:0]                       row_bad_o,
  output logic [Lanes-1:0][31:0]                 row_begin_o,
  output logic [Lanes-1:0][31:0]                 row_end_o,
  output logic [1:0]                             k_full_o,
  output logic [1:0]                             k_turn_o,
  input  logic                                   tile_last_i,
  input  logic                                   open_i,
  input  logic                                   close_i,
  input  logic                                   k_bank_i,
  // Work at the issue: its beats, and its end.
  input  logic [ContextBits-1:0]                 work_context_i,
  input  logic                                   work_k_bank_i,
  input  logic                                   work_last_i,   // in the rows' last tile
  input  logic                                   beat_i,
  input  logic [KeyBits-1:0]                     key_i,
  input  logic [BeatBits-1:0]                    index_i,
  input  logic                                   end_i,
  // Operands.
  output logic [Lanes-1:0][Width-1:0]            q_neg_o,
  output logic [Lanes-1:0][Width-1:0][9:0]       q_exp_o,
  output logic [Lanes-1:0][Width-1:0][Sig-1:0]   q_sig_o,
  output logic                                   k_bad_o,
  output logic [Width-1:0]                       k_neg_o,
  output logic [Width-1:0][7:0]                  k_exp_o,
  output logic [Width-1:0][Sig-1:0]              k_sig_o,
  output logic                                   query_idle_o,
  output logic                                   keys_idle_o
);

  logic [1:0] k_release;
  logic q_free_q, q_re_q;
  logic [ContextBits-1:0] q_context_q;
  logic [BeatBits-1:0] q_index_q;

  // The query memory is read one cycle after the key memory, whose data are decoded on the way.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      q_free_q <= 1'b0;
      q_re_q   <= 1'b0;
    end else begin
      q_free_q <= end_i && work_last_i;
      q_re_q   <= beat_i;
    end
  end
  always_ff @(posedge clk_i) begin
    q_context_q <= work_context_i;
    q_index_q   <= index_i;
  end

  flashd_query_buffer #(
    .Sig        (Sig),
    .Width      (Width),
    .Lanes      (Lanes),
    .Contexts   (Contexts),
    .Beats      (Beats),
    .BeatBits   (BeatBits),
    .ContextBits(ContextBits)
  ) u_queries (
    .clk_i,
    .rst_ni,
    .fp16_i,
    .beats_i       (q_beats_i),
    .job_exponent_i,
    .scale_negative_i,
    .q_valid_i,
    .q_ready_o,
    .q_data_i,
    .q_row_valid_i,
    .q_begin_i,
    .q_end_i,
    .q_last_i,
    .row_context_i,
    .row_step_i,
    .row_next_i,
    .row_full_o,
    .row_claim_i   (open_i && tile_last_i),
    .row_valid_o,
    .row_bad_o,
    .row_begin_o,
    .row_end_o,
    .free_i        (q_free_q),
    .free_context_i(q_context_q),
    .re_i          (q_re_q),
    .rcontext_i    (q_context_q),
    .rbeat_i       (q_index_q),
    .neg_o         (q_neg_o),
    .exp_o         (q_exp_o),
    .sig_o         (q_sig_o),
    .idle_o        (query_idle_o)
  );

  flashd_key_buffer #(
    .Sig     (Sig),
    .Width   (Width),
    .Tile    (Tile),
    .Beats   (Beats),
    .BeatBits(BeatBits),
    .KeyBits (KeyBits)
  ) u_keys (
    .clk_i,
    .rst_ni,
    .fp16_i,
    .beats_i     (q_beats_i),
    .tile_valid_i(load_valid_i),
    .tile_ready_o(load_ready_o),
    .tile_keys_i (load_keys_i),
    .k_valid_i,
    .k_ready_o,
    .k_data_i,
    .release_i   (k_release),
    .full_o      (k_full_o),
    .turn_o      (k_turn_o),
    .re_i        (beat_i),
    .rbank_i     (work_k_bank_i),
    .rkey_i      (key_i),
    .rbeat_i     (index_i),
    .bad_o       (k_bad_o),
    .neg_o       (k_neg_o),
    .exp_o       (k_exp_o),
    .sig_o       (k_sig_o)
  );

  flashd_bank_tracker #(
    .Banks   (2),
    .BankBits(1),
    .Uses    (Contexts)
  ) u_tracker (
    .clk_i,
    .rst_ni,
    .open_i,
    .open_bank_i (k_bank_i),
    .end_i,
    .end_bank_i  (work_k_bank_i),
    .close_i,
    .close_bank_i(k_bank_i),
    .release_o   (k_release),
    .closed_o    (),
    .idle_o      (keys_idle_o)
  );
  assign k_freed_o = 2'(k_release[0]) + 2'(k_release[1]);

`ifdef FLASHD_ASSERT
  flashd_stream_check #(.Bits(Width * 16 + 66)) u_check_q (
    .clk_i, .rst_ni, .valid_i(q_valid_i), .ready_i(q_ready_o),
    .data_i({q_data_i, q_row_valid_i, q_begin_i, q_end_i, q_last_i}));
  flashd_stream_check #(.Bits(Width * 16)) u_check_k (
    .clk_i, .rst_ni, .valid_i(k_valid_i), .ready_i(k_ready_o), .data_i(k_data_i));
`endif

endmodule
