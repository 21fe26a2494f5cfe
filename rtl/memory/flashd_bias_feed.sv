// SPDX-License-Identifier: Apache-2.0
/// Turns the elements of a key, one per lane, into the engine's bias beat: converts the bias, adds
/// ALiBi with saturation (arith::add_bias), masks lanes that do not see the key.
///
/// A lane that does not see the key has mask 1, NaN 0 and value 0. Without bias or ALiBi in the job
/// that part is 0.
/// Latency: a key issued in cycle t has its words on word_i in t + 1 and its beat at the output in
/// t + 2 + L, L the larger of LatencyBias and LatencyAlibi; one key per cycle.
/// Back-pressure: issue_ready_o, a register, is 0 if the beats on their way would fill the output
/// queue (L + 5 beats), so that nothing in between ever waits.
/// Does not: read the words.
module flashd_bias_feed #(
  parameter int Profile = 0,
  parameter int Lanes = 4,
  // Derived: not to be set.
  parameter int SlopeBits = 40,
  parameter int BiasBits = flashd_spec_pkg::BiasRangeLog2 + 1 + flashd_spec_pkg::score_frac(Profile)
) (
  input  logic                            clk_i,
  input  logic                            rst_ni,
  input  logic                            bias_en_i,
  input  logic                            alibi_en_i,
  input  logic [1:0]                      format_i,     // 0 FP32, 1 BF16, 2 FP16
  output logic                            busy_o,
  // A key.
  input  logic                            issue_i,
  output logic                            issue_ready_o,
  input  logic                            upper_i,      // 16-bit element in the upper half
  input  logic [Lanes-1:0]                sees_i,
  input  logic [Lanes-1:0][32:0]          distance_i,   // signed: query + diagonal - key
  input  logic [Lanes-1:0][SlopeBits-1:0] slope_i,      // negative, drop, mantissa
  input  logic [Lanes-1:0][31:0]          word_i,       // one cycle later
  // Engine.
  output logic                            b_valid_o,
  input  logic                            b_ready_i,
  output logic [Lanes-1:0][BiasBits-1:0]  b_value_o,
  output logic [Lanes-1:0]                b_mask_o,
  output logic [Lanes-1:0]                b_nan_o
);

  localparam int LatencyBias = flashd_spec_pkg::LatencyBias;
  localparam int LatencyAlibi = flashd_spec_pkg::LatencyAlibi;
  localparam int Latency = (LatencyBias > LatencyAlibi) ? LatencyBias : LatencyAlibi;
  localparam int Depth = Latency + 5;
  localparam int CreditBits = $clog2(Depth + 1);

  if (SlopeBits != 40) begin : gen_bad_slope
    $error("flashd_bias_feed: a slope has 40 bits.");
  end

  // Beats between issue and engine.
  logic [CreditBits-1:0] credit_q;
  logic pop, push, room, unused_busy;
  assign pop = b_valid_o && b_ready_i;
  assign issue_ready_o = credit_q != '0;
  assign busy_o = credit_q != CreditBits'(Depth);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) credit_q <= CreditBits'(Depth);
    else credit_q <= credit_q + CreditBits'(pop) - CreditBits'(issue_i);
  end

  flashd_delay_valid #(
    .Cycles(1 + Latency)
  ) u_valid (
    .clk_i,
    .rst_ni,
    .en_i   (1'b1),
    .valid_i(issue_i),
    .valid_o(push),
    .busy_o (unused_busy)
  );

  // The words come one cycle after their key.
  logic upper_q;
  logic [Lanes-1:0] sees_q;
  logic [Lanes-1:0][32:0] distance_q;
  logic [Lanes-1:0][SlopeBits-1:0] slope_q;
  always_ff @(posedge clk_i) begin
    upper_q    <= upper_i;
    sees_q     <= sees_i;
    distance_q <= distance_i;
    slope_q    <= alibi_en_i ? slope_i : '0;
  end

  logic [Lanes-1:0] sees;
  flashd_delay #(
    .Bits  (Lanes),
    .Cycles(Latency)
  ) u_sees (
    .clk_i,
    .en_i  (1'b1),
    .data_i(sees_q),
    .data_o(sees)
  );

  localparam logic signed [BiasBits:0] Limit = {2'b00, {(BiasBits - 1) {1'b1}}};

  logic [Lanes-1:0][BiasBits-1:0] value;
  logic [Lanes-1:0] mask, nan;

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic [31:0] bits;
    logic signed [BiasBits-1:0] bias_early, bias, alibi_early, alibi;
    logic mask_early, nan_early, bias_mask, bias_nan;
    logic signed [BiasBits:0] sum;

    always_comb begin
      bits = word_i[l];
      if (format_i != 2'd0) bits = {16'b0, upper_q ? word_i[l][31:16] : word_i[l][15:0]};
      if (!bias_en_i) bits = '0;
    end

    flashd_bias_convert #(
      .Profile(Profile)
    ) u_convert (
      .clk_i,
      .bits_i  (bits),
      .format_i(format_i),
      .value_o (bias_early),
      .mask_o  (mask_early),
      .nan_o   (nan_early)
    );
    flashd_delay #(
      .Bits  (BiasBits + 2),
      .Cycles(Latency - LatencyBias)
    ) u_bias (
      .clk_i,
      .en_i  (1'b1),
      .data_i({bias_early, mask_early, nan_early}),
      .data_o({bias, bias_mask, bias_nan})
    );
    flashd_alibi #(
      .Profile(Profile)
    ) u_alibi (
      .clk_i,
      .distance_i($signed(distance_q[l])),
      .mantissa_i(slope_q[l][31:0]),
      .drop_i    (slope_q[l][38:32]),
      .negative_i(slope_q[l][39]),
      .value_o   (alibi_early)
    );
    flashd_delay #(
      .Bits  (BiasBits),
      .Cycles(Latency - LatencyAlibi)
    ) u_slope (
      .clk_i,
      .en_i  (1'b1),
      .data_i(alibi_early),
      .data_o(alibi)
    );

    assign sum = bias + alibi;
    always_comb begin
      value[l] = sum[BiasBits-1:0];
      if (sum > Limit) value[l] = Limit[BiasBits-1:0];
      if (sum < -Limit) value[l] = -Limit[BiasBits-1:0];
      if (!sees[l]) value[l] = '0;
    end
    assign mask[l] = !sees[l] || bias_mask;
    assign nan[l] = sees[l] && bias_nan;
  end

  flashd_fifo #(
    .Bits (Lanes * (BiasBits + 2)),
    .Depth(Depth)
  ) u_queue (
    .clk_i,
    .rst_ni,
    .valid_i(push),
    .ready_o(room),
    .data_i ({value, mask, nan}),
    .valid_o(b_valid_o),
    .ready_i(b_ready_i),
    .data_o ({b_value_o, b_mask_o, b_nan_o})
  );

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) disable iff (!rst_ni) issue_i |-> issue_ready_o)
  else $error("flashd_bias_feed: a key without room");
  assert property (@(posedge clk_i) disable iff (!rst_ni) push |-> room)
  else $error("flashd_bias_feed: a beat found its queue full");
`else
  logic unused;
  assign unused = room;
`endif

endmodule
