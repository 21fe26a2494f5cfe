// SPDX-License-Identifier: Apache-2.0
/// Holds the block's queries, decoded, the job's power of two folded into their exponents.
///
/// Rows arrive context by context and lane by lane; a context is full when its last lane has its
/// last beat. row_claim_i ends its use by the walk over contexts; free_i, once its last tile has
/// been scored, gives its memory back, so the next block loads while this one still runs. The row
/// fields are those of row_context_i, which is what row_step_i and row_next_i said a cycle before.
/// Latency: read data one cycle after re_i. Back-pressure: q_ready_o is low while the context to be
/// loaded next is full.
/// Does not: check that a block's beats are complete.
module flashd_query_buffer #(
  parameter int Sig = 11,
  parameter int Width = 64,
  parameter int Lanes = 4,
  parameter int Contexts = 16,
  parameter int Beats = 4,
  parameter int BeatBits = 3,
  parameter int ContextBits = 5
) (
  input  logic                                    clk_i,
  input  logic                                    rst_ni,
  input  logic                                    fp16_i,
  input  logic [BeatBits-1:0]                     beats_i,
  input  logic signed [11:0]                      job_exponent_i,
  input  logic                                    scale_negative_i,
  input  logic                                    q_valid_i,
  output logic                                    q_ready_o,
  input  logic [Width-1:0][15:0]                  q_data_i,
  input  logic                                    q_row_valid_i,
  input  logic [31:0]                             q_begin_i,
  input  logic [31:0]                             q_end_i,
  input  logic                                    q_last_i,
  // Row fields of one context.
  input  logic [ContextBits-1:0]                  row_context_i,
  input  logic                                    row_step_i,        // row_next_i follows
  input  logic [ContextBits-1:0]                  row_next_i,
  output logic                                    row_full_o,
  input  logic                                    row_claim_i,       // their last tile begins
  output logic [Lanes-1:0]                        row_valid_o,
  output logic [Lanes-1:0]                        row_bad_o,         // NaN or Inf in the query
  output logic [Lanes-1:0][31:0]                  row_begin_o,
  output logic [Lanes-1:0][31:0]                  row_end_o,
  input  logic                                    free_i,
  input  logic [ContextBits-1:0]                  free_context_i,
  // Elements.
  input  logic                                    re_i,
  input  logic [ContextBits-1:0]                  rcontext_i,
  input  logic [BeatBits-1:0]                     rbeat_i,
  output logic [Lanes-1:0][Width-1:0]             neg_o,
  output logic [Lanes-1:0][Width-1:0][9:0]        exp_o,
  output logic [Lanes-1:0][Width-1:0][Sig-1:0]    sig_o,
  output logic                                    idle_o
);

  localparam int LaneBits = (Lanes > 1) ? $clog2(Lanes) : 1;
  localparam int AddrBits = (Contexts * Beats > 1) ? $clog2(Contexts * Beats) : 1;
  localparam int Bits = Width * (1 + 10 + Sig);

  typedef struct packed {
    logic        valid;
    logic        bad;
    logic [31:0] first;
    logic [31:0] last;
  } row_t;

  row_t [Contexts-1:0][Lanes-1:0] row_q;
  logic [Contexts-1:0] full_q;   // may not be loaded
  logic [Contexts-1:0] ready_q;  // loaded, and not yet claimed for the last time
  logic [ContextBits-1:0] context_q;
  logic [LaneBits-1:0] lane_q;
  logic [BeatBits-1:0] beat_q;
  logic take, row_end, context_end;

  // Decode, and clamp the job's exponent into 10 bits: beyond, every product is zero or saturates.
  logic [Width-1:0] neg, finite;
  logic [Width-1:0][9:0] exponent;
  logic [Width-1:0][Sig-1:0] sig;
  for (genvar e = 0; e < Width; e++) begin : gen_decode
    logic neg_raw;
    logic [7:0] exp_raw;
    logic signed [12:0] exp_sum;  // |job exponent| < 2^11, exponent < 2^8
    flashd_decode #(
      .Sig(Sig)
    ) u_decode (
      .fp16_i,
      .bits_i  (q_data_i[e]),
      .neg_o   (neg_raw),
      .exp_o   (exp_raw),
      .sig_o   (sig[e]),
      .finite_o(finite[e])
    );
    assign exp_sum = 13'(job_exponent_i) + $signed({5'b0, exp_raw});
    assign exponent[e] = (exp_sum > 13'sd511) ? 10'h1ff : (exp_sum < -13'sd512) ? 10'h200 :
        exp_sum[9:0];
    assign neg[e] = neg_raw ^ scale_negative_i;
  end

  assign take = q_valid_i && q_ready_o;
  assign q_ready_o = !full_q[context_q];
  assign row_end = beat_q == beats_i - BeatBits'(1);
  assign context_end = row_end && (lane_q == LaneBits'(Lanes - 1));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      context_q <= '0;
      lane_q    <= '0;
      beat_q    <= '0;
      full_q    <= '0;
      ready_q   <= '0;
    end else begin
      if (row_claim_i) ready_q[row_context_i] <= 1'b0;
      if (free_i) full_q[free_context_i] <= 1'b0;
      if (take) begin
        beat_q <= row_end ? '0 : beat_q + BeatBits'(1);
        if (row_end) lane_q <= context_end ? '0 : lane_q + LaneBits'(1);
        if (context_end) begin
          full_q[context_q] <= 1'b1;
          ready_q[context_q] <= 1'b1;
          context_q <= q_last_i ? '0 : context_q + ContextBits'(1);
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      row_q[context_q][lane_q].bad <=
          !(&finite) || ((beat_q != '0) && row_q[context_q][lane_q].bad);
      if (beat_q == '0) begin
        row_q[context_q][lane_q].valid <= q_row_valid_i;
        row_q[context_q][lane_q].first <= q_begin_i;
        row_q[context_q][lane_q].last  <= q_end_i;
      end
    end
  end

  // Keys that the rows see, read a cycle ahead.
  typedef struct packed {
    logic        valid;
    logic [31:0] first;
    logic [31:0] last;
  } ahead_t;
  ahead_t [Lanes-1:0] ahead_q;
  for (genvar l = 0; l < Lanes; l++) begin : gen_ahead
    function automatic ahead_t ahead(input logic [ContextBits-1:0] index);
      if (take && beat_q == '0 && index == context_q && lane_q == LaneBits'(l))
        return {q_row_valid_i, q_begin_i, q_end_i};
      return {row_q[index][l].valid, row_q[index][l].first, row_q[index][l].last};
    endfunction
    always_ff @(posedge clk_i) ahead_q[l] <= row_step_i ? ahead(row_next_i) : ahead(row_context_i);
  end

  assign row_full_o = ready_q[row_context_i];
  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic [Bits-1:0] rdata;
    assign row_valid_o[l] = ahead_q[l].valid;
    assign row_bad_o[l]   = row_q[row_context_i][l].bad;
    assign row_begin_o[l] = ahead_q[l].first;
    assign row_end_o[l]   = ahead_q[l].last;
    flashd_ram #(
      .Bits (Bits),
      .Depth(Contexts * Beats)
    ) u_ram (
      .clk_i,
      .we_i   (take && (lane_q == LaneBits'(l))),
      .waddr_i(AddrBits'(32'(context_q) * Beats + 32'(beat_q))),
      .wdata_i({neg, exponent, sig}),
      .re_i,
      .raddr_i(AddrBits'(32'(rcontext_i) * Beats + 32'(rbeat_i))),
      .rdata_o(rdata)
    );
    assign {neg_o[l], exp_o[l], sig_o[l]} = rdata;
  end

  assign idle_o = (full_q == '0) && (context_q == '0) && (lane_q == '0) && (beat_q == '0);

endmodule
