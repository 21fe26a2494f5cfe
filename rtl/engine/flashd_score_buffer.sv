// SPDX-License-Identifier: Apache-2.0
/// Ring of the scores that wait for their tile's reference R, for all lanes of a key, and the
/// per-context findings that the output phase starts from.
///
/// A slot holds one score per lane; the most negative code, which no score takes, marks a key the
/// lane does not see. R is the largest floor(score) + 1 over the visible keys.
/// Latency: scores are readable the cycle after they arrive, read data one enabled cycle after the
/// address. Back-pressure: none; flashd_score_issue keeps the slots counted.
/// Does not: free slots.
module flashd_score_buffer #(
  parameter int Profile = 0,
  parameter int Lanes = 4,
  parameter int Slots = 128,
  parameter int SlotBits = 7,
  localparam int F = flashd_spec_pkg::score_frac(Profile),
  localparam int ScoreBits = flashd_spec_pkg::ScoreRangeLog2 + F + 1
) (
  input  logic                             clk_i,
  input  logic                             rst_ni,
  // Scores of one key, or a token of a context without keys.
  input  logic                             valid_i,
  input  logic                             token_i,
  input  logic                             first_i,
  input  logic                             last_i,
  input  logic [Lanes-1:0]                 visible_i,
  input  logic [Lanes-1:0]                 nan_i,
  input  logic [Lanes-1:0][ScoreBits-1:0]  score_i,
  input  logic [Lanes-1:0]                 sat_product_i,
  input  logic [Lanes-1:0]                 sat_score_i,
  // Findings of a finished context.
  output logic                             found_o,
  output logic [Lanes-1:0]                 seen_o,
  output logic [Lanes-1:0][18:0]           reference_o,
  output logic [Lanes-1:0][2:0]            flags_o,       // NaN score, product, score saturated
  // Read side.
  input  logic                             re_i,
  input  logic [SlotBits-1:0]              raddr_i,
  output logic [Lanes-1:0]                 visible_o,
  output logic [Lanes-1:0][ScoreBits-1:0]  score_o
);

  // floor of a score: ScoreRangeLog2 + 1 = 18 bits; R one more.
  localparam int FloorBits = ScoreBits - F;
  localparam logic [ScoreBits-1:0] Masked = {1'b1, {(ScoreBits - 1) {1'b0}}};

  logic [SlotBits-1:0] wptr_q;
  logic [Lanes-1:0][ScoreBits-1:0] wdata;

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic seen_q, seen_d;
    logic signed [FloorBits-1:0] top_q, top_d, whole;
    logic [2:0] flags_q, flags_d;
    assign wdata[l] = visible_i[l] ? score_i[l] : Masked;
    assign whole = $signed(score_i[l][ScoreBits-1:F]);
    always_comb begin
      seen_d = !first_i && seen_q;
      top_d = top_q;
      flags_d = first_i ? '0 : flags_q;
      if (visible_i[l]) begin
        if (!seen_d || (whole > top_q)) top_d = whole;
        seen_d = 1'b1;
        flags_d = flags_d | {sat_score_i[l], sat_product_i[l], nan_i[l]};
      end
    end
    always_ff @(posedge clk_i) begin
      if (valid_i) begin
        seen_q  <= seen_d;
        top_q   <= top_d;
        flags_q <= flags_d;
      end
    end
    assign seen_o[l] = !token_i && seen_d;
    assign reference_o[l] = 19'($signed(top_d)) + 19'sd1;
    assign flags_o[l] = token_i ? '0 : flags_d;
    assign visible_o[l] = score_o[l] != Masked;
  end

  assign found_o = token_i || (valid_i && last_i);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) wptr_q <= '0;
    else if (valid_i) wptr_q <= (wptr_q == SlotBits'(Slots - 1)) ? '0 : wptr_q + SlotBits'(1);
  end

  flashd_ram #(
    .Bits (Lanes * ScoreBits),
    .Depth(Slots)
  ) u_ram (
    .clk_i,
    .we_i   (valid_i),
    .waddr_i(wptr_q),
    .wdata_i(wdata),
    .re_i,
    .raddr_i,
    .rdata_o(score_o)
  );

endmodule
