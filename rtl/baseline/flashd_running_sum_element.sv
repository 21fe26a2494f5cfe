// SPDX-License-Identifier: Apache-2.0
/// One output element of the running sum: o <- kept o + p v (rivals::running_sum).
///
/// First cycle: the significand product and its shift are registered (`multiply_i`). Second cycle:
/// the product is brought to the sums' grid and added to what `keep_i`, `halve_i`, `load_i` choose
/// (at most one is high; none: zero), if `add_i`. An operation needs no product of its own if one
/// of p = 0 came before it.
/// o is a number in two halves; the carry out of the lower one waits in a register and is added one
/// `add_i` later, so that only half an adder lies in the loop: an addition of zero completes o.
/// `o_o` is {carry, o}, `load_data_i` takes the same form.
/// Latency: two cycles from v to o. Back-pressure: none.
/// Does not: know of keys; |o| < 2^(VE+2) is the caller's promise.
module flashd_running_sum_element #(
  parameter int Profile = 0,
  // Fraction bits of the sums.
  localparam int B = (Profile == 0) ? 26 : 24,
  // |o| < 4, a sign; the carry.
  localparam int OBits = B + 3,
  localparam int Bits = OBits + 1
) (
  input  logic            clk_i,
  input  logic            multiply_i,
  input  logic [10:0]     p_sig_i,    // 0, or the highest bit set
  input  logic [12:0]     p_triple_i, // three times p_sig_i
  input  logic [4:0]      p_shift_i,
  input  logic            p_half_i,   // one more
  input  logic [13:0]     v_i,        // neg, sig[7:0], dist[4:0]
  input  logic            add_i,
  input  logic            keep_i,
  input  logic            halve_i,
  input  logic            load_i,
  input  logic [Bits-1:0] load_data_i,
  output logic [Bits-1:0] o_o
);

  if (Profile != 0 && Profile != 1) begin : gen_bad_profile
    $error("flashd_running_sum_element: Profile must be 0 (fine) or 1 (lean).");
  end

  localparam int ProductBits = 19;
  // p v < 4 on the sums' grid and a guard bit: B + 3 bits; p v has 17 fraction bits.
  localparam int GuardBits = B + 3;
  // The upper half's unit, 2^-12 at most, is below the room that |o| <= 2 (2 - 2^-7) leaves: it
  // holds its share of o even while a carry into it waits.
  localparam int Low = OBits / 2;

  // First cycle.
  logic                   v_neg;
  logic [7:0]             v_sig;
  logic [4:0]             v_dist;
  logic [ProductBits-1:0] product_d, product_q;
  logic [5:0]             shift_d, shift_q;
  logic                   neg_q;
  logic                   unused_carry;

  assign {v_neg, v_sig, v_dist} = v_i;
  flashd_digit_multiply #(.Multiplicand(11), .Multiplier(8)) u_multiply (
    .multiplicand_i(p_sig_i),
    .triple_i(p_triple_i),
    .multiplier_i(v_sig),
    .product_o(product_d)
  );
  assign {shift_d, unused_carry} = {1'b0, p_shift_i, 1'b1} + {1'b0, v_dist, p_half_i};

  always_ff @(posedge clk_i) begin
    if (multiply_i) begin
      product_q <= product_d;
      shift_q <= shift_d;
      neg_q <= v_neg && p_sig_i[10];
    end
  end

  // Second cycle: the small shifts first, while the number is still short.
  logic [GuardBits-1:0] wide;
  logic [GuardBits-1:0] near;
  logic [GuardBits-1:0] shifted;
  logic [OBits-1:0]     addend;
  logic                 round;

  assign wide = {product_q, {(GuardBits - ProductBits) {1'b0}}};
  assign near = wide >> shift_q[3:0];
  assign shifted = (near & {GuardBits{!shift_q[4] && !shift_q[5]}}) |
      ((near >> 16) & {GuardBits{shift_q[4] && !shift_q[5]}});
  // A one's complement and the guard bit as a carry: halves away from zero.
  assign addend = {1'b0, shifted[GuardBits-1:1]} ^ {OBits{neg_q}};
  assign round = shifted[0] ^ neg_q;

  logic [OBits-1:0] o_q, o_d, half, kept;
  logic             carry_q, carry_d, carry;
  logic [1:0]       unused_low;

  // A carry that waits is part of the bit above it; what it leaves there when that bit moves down
  // is a carry again. The lowest bit keeps a lost one.
  assign half = {o_q[OBits-1], o_q[OBits-1:Low+1], o_q[Low] ^ carry_q, o_q[Low-1:2],
                 o_q[1] | o_q[0]};
  assign kept = (o_q & {OBits{keep_i}}) | (half & {OBits{halve_i}}) |
      (load_data_i[OBits-1:0] & {OBits{load_i}});
  assign carry = (carry_q && (keep_i || (halve_i && o_q[Low]))) || (load_data_i[OBits] && load_i);

  assign {carry_d, o_d[Low-1:0], unused_low[0]} =
      {1'b0, kept[Low-1:0], 1'b1} + {1'b0, addend[Low-1:0], round};
  assign {o_d[OBits-1:Low], unused_low[1]} =
      {kept[OBits-1:Low], 1'b1} + {addend[OBits-1:Low], carry};

  always_ff @(posedge clk_i) begin
    if (add_i) begin
      o_q <= o_d;
      carry_q <= carry_d;
    end
  end

  assign o_o = {carry_q, o_q};

endmodule
