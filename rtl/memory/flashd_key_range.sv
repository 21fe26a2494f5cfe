// SPDX-License-Identifier: Apache-2.0
/// The keys that one query sees, [begin, end): visible_keys() of the golden model.
///
/// Query i sees key j < kv_len if j <= i + K (causal) and i + K - left <= j <= i + K + right
/// (window), K the diagonal; a query that sees none has begin = end = 0.
/// Latency: none, combinational. Back-pressure: none.
/// Does not: look at the bias.
module flashd_key_range (
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

  // Centre: -2^31 to 2^32 - 2; with the window -2^32 to 3 x 2^31.
  logic signed [34:0] centre, left, right, causal_end, first, last;

  assign centre = 35'(diagonal_i) + $signed({3'b0, query_i});
  assign causal_end = centre + 35'sd1;
  assign left = centre - $signed({3'b0, window_left_i});
  assign right = centre + $signed({3'b0, window_right_i}) + 35'sd1;

  always_comb begin
    first = '0;
    last = $signed({3'b0, kv_len_i});
    if (window_i && (left > first)) first = left;
    if (window_i && (right < last)) last = right;
    if (causal_i && (causal_end < last)) last = causal_end;
    begin_o = '0;
    end_o = '0;
    if (first < last) begin
      begin_o = first[31:0];
      end_o = last[31:0];
    end
  end

endmodule
