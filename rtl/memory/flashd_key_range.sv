// SPDX-License-Identifier: Apache-2.0
/// The keys that one query sees, [begin, end): visible_keys() of the golden model.
///
/// Query i sees key j < kv_len if j <= i + K (causal) and i + K - left <= j <= i + K + right
/// (window), K the diagonal; a query that sees none has begin = end = 0.
/// Latency: none from the query, one cycle from the rest, constants of a sequence.
/// Back-pressure: none.
/// Does not: look at the bias.
module flashd_key_range (
  input  logic               clk_i,
  input  logic               causal_i,
  input  logic               window_i,
  input  logic        [31:0] kv_len_i,        // at most 2^31 - 1, like all but the diagonal
  input  logic signed [31:0] diagonal_i,
  input  logic        [31:0] window_left_i,
  input  logic        [31:0] window_right_i,
  input  logic        [31:0] query_i,
  output logic        [31:0] begin_o,
  output logic        [31:0] end_o
);

  // Centre: -2^31 to 2^32 - 2; with the window -2^32 to 3 x 2^31. A window ends no sooner than what
  // causality allows, and its first key lies before either: so nothing is compared with what was
  // chosen by a comparison, and each end is the query plus a constant.
  logic limited, some;
  logic signed [34:0] to_left_q, to_end_q, left, limit, len;

  assign limited = causal_i || window_i;
  assign len = $signed({3'b0, kv_len_i});
  always_ff @(posedge clk_i) begin
    to_left_q <= 35'(diagonal_i) - $signed({3'b0, window_left_i});
    to_end_q <= 35'(diagonal_i) + $signed({3'b0, window_right_i & {32{!causal_i}}});
  end
  assign left = to_left_q + $signed({3'b0, query_i});
  assign limit = to_end_q + $signed({3'b0, query_i}) + 35'sd1;
  assign some = (kv_len_i != '0) && (!window_i || (left < len)) && (!limited || (limit > 35'sd0));
  assign begin_o = left[31:0] & {32{some && window_i && !left[34]}};
  assign end_o = ((limited && (limit < len)) ? limit[31:0] : kv_len_i) & {32{some}};

endmodule
