// SPDX-License-Identifier: Apache-2.0
/// Carry-save tree: Inputs numbers and as many carries of weight 1 become Outputs numbers and as
/// many carries with the same sum modulo 2^Bits. With FLASHD_CELLS, the ASIC flow's macro, it is
/// rows of full adders; without, a tree of carry-propagate adders: an FPGA's carry chains and
/// simulators are better at that.
///
/// A row of full adders turns three numbers into two; its carry row has its lowest place free and
/// takes one of the carries there, so they cost nothing. Latency: none, combinational.
/// Back-pressure: none. Does not: propagate carries; negative numbers come as two's complement of
/// Bits bits, or raised by a constant that the caller takes off.
module flashd_compress #(
  parameter int Inputs = 16,
  parameter int Bits = 32,
  parameter int Outputs = 2  // reached by whole levels: 16, 11, 8, 6, 4, 3, 2, for instance
) (
  input  logic [Inputs-1:0][Bits-1:0]  value_i,
  input  logic [Inputs-1:0]            carry_i,
  output logic [Outputs-1:0][Bits-1:0] value_o,
  output logic [Outputs-1:0]           left_o
);

  if (Outputs < 2 || Inputs < Outputs) begin : gen_bad_inputs
    $error("flashd_compress: Outputs must be at least 2, Inputs not fewer.");
  end

  assign left_o = carry_i[Inputs-1-:Outputs];

`ifdef FLASHD_CELLS
  /// Numbers after `level` levels.
  function automatic int numbers(int level);
    int n;
    n = Inputs;
    for (int i = 0; i < level; i++) n = n - n / 3;
    return n;
  endfunction

  /// Levels until no more than Outputs numbers are left.
  function automatic int levels();
    int n;
    n = 0;
    while (numbers(n) > Outputs) n++;
    return n;
  endfunction

  localparam int Levels = levels();

  if (numbers(Levels) != Outputs) begin : gen_bad_outputs
    $error("flashd_compress: no number of whole levels leads to Outputs.");
  end

  always_comb begin
    logic [Inputs-1:0][Bits-1:0] x;
    logic [Bits-2:0] major;
    logic [Bits-1:0] odd;
    x = value_i;
    for (int l = 0; l < Levels; l++) begin
      for (int t = 0; t < numbers(l) / 3; t++) begin
        odd = x[3*t] ^ x[3*t+1] ^ x[3*t+2];
        major = (Bits - 1)'((x[3*t] & x[3*t+1]) | (x[3*t+2] & (x[3*t] ^ x[3*t+1])));
        x[2*t] = odd;
        // Every row of adders before took one carry.
        x[2*t+1] = {major, carry_i[Inputs-numbers(l)+t]};
      end
      for (int r = numbers(l) - numbers(l) % 3; r < numbers(l); r++) begin
        x[r-numbers(l)/3] = x[r];
      end
    end
    value_o = x[Outputs-1:0];
  end
`else
  // Each adder takes the two numbers that were there first, and a carry: a balanced tree. The carry
  // stands in a place below both numbers that the sum gives up, so that no tool merges the adders:
  // Yosys would build one sum of many numbers of full adders in LUTs, carries and all.
  localparam int Adders = Inputs - Outputs;

  always_comb begin
    logic [Bits-1:0] number[Inputs+Adders];
    logic            unused_low;
    for (int i = 0; i < Inputs; i++) number[i] = value_i[i];
    for (int i = 0; i < Adders; i++) begin
      {number[Inputs+i], unused_low} = {number[2*i], 1'b1} + {number[2*i+1], carry_i[i]};
    end
    for (int i = 0; i < Outputs; i++) value_o[i] = number[2*Adders+i];
  end
`endif

endmodule
