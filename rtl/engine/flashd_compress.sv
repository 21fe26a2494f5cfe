// SPDX-License-Identifier: Apache-2.0
/// Carry-save tree: Inputs numbers and as many carries of weight 1 become two numbers and two
/// carries with the same sum modulo 2^Bits. With FLASHD_CELLS, the ASIC flow's macro, it is rows of
/// full adders; without, the numbers are added up, the second one is zero: an FPGA's carry chains
/// and simulators are better at that.
///
/// A row of full adders turns three numbers into two; its carry row has its lowest place free and
/// takes one of the carries there, so they cost nothing. Latency: none, combinational.
/// Back-pressure: none. Does not: propagate carries; negative numbers come as two's complement of
/// Bits bits, or raised by a constant that the caller takes off.
module flashd_compress #(
  parameter int Inputs = 16,
  parameter int Bits = 32
) (
  input  logic [Inputs-1:0][Bits-1:0] value_i,
  input  logic [Inputs-1:0]           carry_i,
  output logic [Bits-1:0]             sum_o,
  output logic [Bits-1:0]             carry_o,
  output logic [1:0]                  left_o
);

  if (Inputs < 2) begin : gen_bad_inputs
    $error("flashd_compress: Inputs must be at least 2.");
  end

  assign left_o = carry_i[Inputs-1-:2];

`ifdef FLASHD_CELLS
  /// Numbers after `level` levels.
  function automatic int numbers(int level);
    int n;
    n = Inputs;
    for (int i = 0; i < level; i++) n = n - n / 3;
    return n;
  endfunction

  /// Levels until two numbers are left.
  function automatic int levels();
    int n;
    n = 0;
    while (numbers(n) > 2) n++;
    return n;
  endfunction

  localparam int Levels = levels();

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
    sum_o = x[0];
    carry_o = x[1];
  end
`else
  always_comb begin
    sum_o = '0;
    for (int i = 0; i < Inputs; i++) sum_o += value_i[i];
    for (int i = 0; i < Inputs - 2; i++) sum_o += Bits'(carry_i[i]);
  end
  assign carry_o = '0;
`endif

endmodule
