// SPDX-License-Identifier: Apache-2.0
/// Adder. With FLASHD_CELLS, the ASIC flow's macro, its low RippleBits bits ripple and a synthesis
/// tool may make the others fast; without, it is a `+`.
///
/// For adders with time to spare: a rippling bit is one full adder of a library, a bit of a fast
/// adder takes about half as much again. With 26 bits, 13 of them rippling, one sum takes about
/// 1.2 ns in Nangate45.
/// Latency: none, combinational. Back-pressure: none.
/// Does not: give a carry out.
module flashd_ripple_add #(
  parameter int Bits = 26,
  parameter int RippleBits = 13
) (
  input  logic [Bits-1:0] a_i,
  input  logic [Bits-1:0] b_i,
  input  logic            carry_i,
  output logic [Bits-1:0] sum_o
);

  if (RippleBits < 1 || RippleBits >= Bits) begin : gen_bad_bits
    $error("flashd_ripple_add: RippleBits must be 1 to Bits - 1.");
  end

`ifdef FLASHD_CELLS
  always_comb begin
    logic carry;
    logic unused_low;
    carry = carry_i;
    for (int i = 0; i < RippleBits; i++) begin
      sum_o[i] = a_i[i] ^ b_i[i] ^ carry;
      carry = (a_i[i] & b_i[i]) | (carry & (a_i[i] ^ b_i[i]));
    end
    {sum_o[Bits-1:RippleBits], unused_low} =
        {a_i[Bits-1:RippleBits], 1'b1} + {b_i[Bits-1:RippleBits], carry};
  end
`else
  logic unused_low;
  assign {sum_o, unused_low} = {a_i, 1'b1} + {b_i, carry_i};
`endif

endmodule
