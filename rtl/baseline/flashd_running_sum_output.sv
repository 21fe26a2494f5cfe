// SPDX-License-Identifier: Apache-2.0
/// The end of a row: r = 1 / l, then o r element by element, as BF16 (rivals::running_sum).
///
/// A serial division gives one bit of r a cycle; meanwhile two additions of zero (`flush_o`) bring
/// the waiting carries of o home. Then `next_o` is high D times: `o_i` is an element in the first
/// of these cycles and the following one in each of the next. `done_o` comes when the first
/// operation of another row, three cycles behind its score, will find o read.
/// Latency: 18 cycles from `finish_i` to the first `next_o`, three more to `o_valid_o`.
/// Back-pressure: none; l is held by the caller until `done_o`.
/// Does not: give numbers below 2^-126: they become 0.
module flashd_running_sum_output #(
  parameter int Profile = 0,
  parameter int D = 16,
  localparam int B = (Profile == 0) ? 26 : 24
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic [7:0]           v_exp_i,   // VE + 127
  input  logic                 finish_i,
  input  logic                 seen_i,
  input  logic [B:0]           l_i,
  input  logic signed [B+2:0]  o_i,
  output logic                 flush_o,
  output logic                 next_o,
  output logic [$clog2(D)-1:0] index_o,
  output logic                 done_o,
  output logic                 o_valid_o,
  output logic [15:0]          o_o
);

  localparam int Bits = 17;      // of r, and of o that meet it
  localparam int Size = B + 2;   // |o| < 4
  localparam int IndexBits = $clog2(D);

  // Division of 2^(B + Bits) - 1: the first B ones are the remainder, then a one per bit of r.
  logic [4:0]           step_q;
  logic                 divide_q, read_q;
  logic [IndexBits-1:0] index_q;
  logic [B:0]           rest_q, rest_d;
  logic [B+1:0]         twice;
  logic [B+1:0]         less;
  logic [Bits-1:0]      r_q;
  logic                 empty_q;
  logic                 unused_less;

  assign twice = {rest_q, 1'b1};
  assign less = twice - {1'b0, l_i};
  assign rest_d = less[B+1] ? twice[B:0] : less[B:0];
  assign unused_less = less[B];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      divide_q <= 1'b0;
      read_q <= 1'b0;
      step_q <= '0;
      index_q <= '0;
    end else begin
      if (finish_i) divide_q <= 1'b1;
      else if (step_q == 5'(Bits - 1)) divide_q <= 1'b0;
      step_q <= divide_q ? step_q + 5'd1 : '0;
      if (step_q == 5'(Bits - 1)) read_q <= 1'b1;
      else if (&index_q) read_q <= 1'b0;
      if (read_q) index_q <= index_q + IndexBits'(1);
    end
  end
  always_ff @(posedge clk_i) begin
    if (finish_i || divide_q) rest_q <= finish_i ? {1'b0, {B{1'b1}}} : rest_d;
    if (divide_q) r_q <= {r_q[Bits-2:0], !less[B+1]};
    if (finish_i) empty_q <= !seen_i;
  end

  // The last key is added in the cycle after `finish_i`.
  assign flush_o = divide_q && (step_q == '0);
  assign next_o = read_q;
  assign index_o = index_q;
  assign done_o = read_q && (index_q == IndexBits'(D - 4));

  // First stage: the magnitude, its highest bits.
  localparam int ShiftBits = 5;
  logic [Size-1:0]      magnitude;
  logic [Bits-1:0]      normal;
  logic [Size-Bits-1:0] unused_normal;
  logic [ShiftBits-1:0] top;
  logic [31:0]          word;
  logic [Bits-1:0]      size_q;
  logic [ShiftBits-1:0] zeros_q;
  logic                 neg_q, zero_q, valid_q;

  assign magnitude = o_i[Size-1:0] ^ {Size{o_i[Size]}};
  assign word = {magnitude, {(32 - Size) {1'b0}}};
  flashd_leading_one #(.Log2(ShiftBits)) u_leading_one (.word_i(word), .position_o(top));
  assign {normal, unused_normal} = magnitude << ~top;

  always_ff @(posedge clk_i) begin
    if (read_q) begin
      size_q <= normal;
      zeros_q <= ~top;
      neg_q <= o_i[Size];
      zero_q <= empty_q || (magnitude == '0);
    end
  end

  // Second stage: times r; ten bits and whether there are more.
  logic [2*Bits:0]      product;
  logic [9:0]           high_q;
  logic                 sticky_q, neg2_q, zero2_q, valid2_q;
  logic [ShiftBits-1:0] zeros2_q;
  logic                 unused_sign;

  flashd_multiply #(.Bits(Bits + 1), .Multiplier(Bits)) u_multiply (
    .multiplicand_i({1'b0, size_q}),
    .multiplier_i(r_q),
    .product_o(product)
  );
  assign unused_sign = product[2*Bits];

  always_ff @(posedge clk_i) begin
    if (valid_q) begin
      high_q <= product[2*Bits-1-:10];
      sticky_q <= product[2*Bits-11:0] != '0;
      neg2_q <= neg_q;
      zero2_q <= zero_q;
      zeros2_q <= zeros_q;
    end
  end

  // Third stage: |o / l| = high 2^(VE - zeros - 8), high in [2^8, 2^10): to eight bits, ties to
  // even.
  logic               up;
  logic [6:0]         fraction;
  logic               half, rest;
  logic signed [9:0]  field;     // |field| < 2^9
  logic [15:0]        packed_sum;
  logic               infinite, none;
  logic               unused_field;

  assign up = high_q[9];
  assign fraction = up ? high_q[8:2] : high_q[7:1];
  assign half = up ? high_q[1] : high_q[0];
  assign rest = sticky_q || (up && high_q[0]);
  assign field = {2'b00, v_exp_i} + {9'b0, up} - {{(10 - ShiftBits) {1'b0}}, zeros2_q};
  assign packed_sum = {field[8:0], fraction} + {15'b0, half && (rest || fraction[0])};
  assign none = zero2_q || field[9] || (field[8:0] == '0);
  assign infinite = packed_sum[15] || (&packed_sum[14:7]);
  assign unused_field = field[9];

  always_ff @(posedge clk_i) begin
    if (valid2_q) begin
      o_o[15] <= neg2_q && !none;
      o_o[14:7] <= (packed_sum[14:7] | {8{infinite}}) & {8{!none}};
      o_o[6:0] <= packed_sum[6:0] & {7{!none && !infinite}};
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {valid_q, valid2_q, o_valid_o} <= '0;
    else {valid_q, valid2_q, o_valid_o} <= {read_q, valid_q, valid2_q};
  end

endmodule
