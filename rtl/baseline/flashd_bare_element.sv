// SPDX-License-Identifier: Apache-2.0
/// One output element of the bare lane: o <- kept o + p v, integers (rivals::bare).
///
/// First cycle: the significand product is registered (`multiply_i`). Second cycle: it is added
/// (`add_i`) to what `keep_i` or `load_i` choose (none: zero). o wraps around. The carry between
/// the halves of o waits in a register and is added one `add_i` later; an addition of zero, which
/// one of p = 0 prepares, completes o. `o_o` is {carry, o}. Latency: two cycles from v to o.
/// Back-pressure: none. Does not: align.
module flashd_bare_element #(
  parameter int Bits = 24
) (
  input  logic          clk_i,
  input  logic          multiply_i,
  input  logic [10:0]   p_i,
  input  logic [12:0]   p_triple_i,  // three times p_i
  input  logic [15:0]   v_i,
  input  logic          add_i,
  input  logic          keep_i,
  input  logic          load_i,
  input  logic [Bits:0] load_data_i,
  output logic [Bits:0] o_o
);

  if (Bits < 21) begin : gen_bad_bits
    $error("flashd_bare_element: Bits must be at least 21.");
  end

  localparam int Low = Bits / 2;

  logic [18:0] product_d, product_q;
  logic        neg_q;
  logic        unused_exponent;

  assign unused_exponent = ^v_i[14:7];
  flashd_digit_multiply #(.Multiplicand(11), .Multiplier(8)) u_multiply (
    .multiplicand_i(p_i),
    .triple_i(p_triple_i),
    .multiplier_i({1'b1, v_i[6:0]}),
    .product_o(product_d)
  );
  always_ff @(posedge clk_i) begin
    if (multiply_i) begin
      product_q <= product_d;
      neg_q <= v_i[15] && (p_i != '0);
    end
  end

  logic [Bits-1:0] addend, kept, o_q, o_d;
  logic            carry_q, carry_d, carry;
  logic [1:0]      unused_low;

  assign addend = {{(Bits - 19) {1'b0}}, product_q} ^ {Bits{neg_q}};
  assign kept = (o_q & {Bits{keep_i}}) | (load_data_i[Bits-1:0] & {Bits{load_i}});
  assign carry = (carry_q && keep_i) || (load_data_i[Bits] && load_i);
  assign {carry_d, o_d[Low-1:0], unused_low[0]} =
      {1'b0, kept[Low-1:0], 1'b1} + {1'b0, addend[Low-1:0], neg_q};
  assign {o_d[Bits-1:Low], unused_low[1]} = {kept[Bits-1:Low], 1'b1} + {addend[Bits-1:Low], carry};

  always_ff @(posedge clk_i) begin
    if (add_i) begin
      o_q <= o_d;
      carry_q <= carry_d;
    end
  end
  assign o_o = {carry_q, o_q};

endmodule
