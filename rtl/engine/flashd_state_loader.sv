// SPDX-License-Identifier: Apache-2.0
/// Loads the row states of a block, context by context, before its first tile.
///
/// Latency: one beat per cycle. Back-pressure: takes nothing before load_i (held until loaded_o)
/// and idle_i, when no merge can touch the memories.
/// Does not: check the states.
module flashd_state_loader #(
  parameter int Merge = 1,
  parameter int ContextBits = 4,
  parameter int CountBits = 5,
  parameter int WordBits = 9
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic [8:0]             dv_i,
  input  logic [CountBits-1:0]   contexts_i,
  input  logic                   load_i,
  input  logic                   idle_i,
  output logic                   loaded_o,    // pulse
  input  logic                   si_valid_i,
  output logic                   si_ready_o,
  input  logic                   ri_valid_i,
  output logic                   ri_ready_o,
  output logic                   word_o,      // a beat of o is stored in this cycle
  output logic                   head_o,      // the context's heads are stored in this cycle
  output logic [ContextBits-1:0] context_o,
  output logic [WordBits-1:0]    index_o
);

  logic [ContextBits-1:0] context_q;
  logic [WordBits-1:0] index_q, words;
  logic full_q;      // every word of the context is in
  logic active, word_last;

  assign words = WordBits'((32'(dv_i) + Merge - 1) / Merge);
  assign active = load_i && idle_i;
  assign word_last = index_q == words - WordBits'(1);
  assign si_ready_o = active && !full_q;
  assign ri_ready_o = active && full_q;
  assign word_o = si_valid_i && si_ready_o;
  assign head_o = ri_valid_i && ri_ready_o;
  assign loaded_o = head_o && (32'(context_q) + 1 == 32'(contexts_i));
  assign context_o = context_q;
  assign index_o = index_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      context_q <= '0;
      index_q   <= '0;
      full_q    <= 1'b0;
    end else begin
      if (word_o) begin
        index_q <= word_last ? '0 : index_q + WordBits'(1);
        full_q  <= word_last;
      end
      if (head_o) begin
        full_q    <= 1'b0;
        context_q <= loaded_o ? '0 : context_q + ContextBits'(1);
      end
    end
  end

endmodule
