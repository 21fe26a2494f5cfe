// SPDX-License-Identifier: Apache-2.0
/// One registered level of the adder tree: groups of Radix (1, 2 or 4) signed values, each with a
/// carry still to be added. Every adder takes one of the carries, one per group is handed on.
///
/// Four values go through two rows of carry-save adders, whose lowest carry slots are free, and
/// one carry-propagate adder. Radix 1 is a plain register.
/// Latency: 1 cycle. Back-pressure: none.
/// Does not: saturate; the result has log2(Radix) more bits than the values.
module flashd_sum_level #(
  parameter int Inputs = 4,
  parameter int Bits = 28,
  parameter int Radix = 4,
  localparam int Outputs = Inputs / Radix,
  // A sum of Radix values of Bits bits plus Radix carries: |sum| <= Radix 2^(Bits-1).
  localparam int SumBits = Bits + $clog2(Radix)
) (
  input  logic                             clk_i,
  input  logic [Inputs-1:0][Bits-1:0]      value_i,
  input  logic [Inputs-1:0]                carry_i,
  output logic [Outputs-1:0][SumBits-1:0]  value_o,
  output logic [Outputs-1:0]               carry_o
);

  if ((Radix != 1 && Radix != 2 && Radix != 4) || Inputs % Radix != 0) begin : gen_bad_radix
    $error("flashd_sum_level: Radix must be 1, 2 or 4 and divide Inputs.");
  end

  logic [Outputs-1:0][SumBits-1:0] value_d;
  logic [Outputs-1:0]              carry_d;

  for (genvar o = 0; o < Outputs; o++) begin : gen_output
    logic [SumBits-1:0] a;
    logic [SumBits-1:0] b;
    logic               cin;

    if (Radix == 4) begin : gen_four
      logic [3:0][SumBits-1:0] x;
      logic [SumBits-1:0]      s;
      logic [SumBits-1:0]      c;
      logic [SumBits-1:0]      major;
      logic [SumBits-1:0]      major2;
      logic [1:0]              unused_top;
      for (genvar i = 0; i < 4; i++) begin : gen_extend
        assign x[i] = {{2{value_i[4*o+i][Bits-1]}}, value_i[4*o+i]};
      end
      assign s = x[0] ^ x[1] ^ x[2];
      assign major = (x[0] & x[1]) | (x[2] & (x[0] ^ x[1]));
      assign c = {major[SumBits-2:0], carry_i[4*o]};
      assign a = s ^ c ^ x[3];
      assign major2 = (s & c) | (x[3] & (s ^ c));
      assign b = {major2[SumBits-2:0], carry_i[4*o+1]};
      assign unused_top = {major[SumBits-1], major2[SumBits-1]};
      assign cin = carry_i[4*o+2];
      assign carry_d[o] = carry_i[4*o+3];
    end else if (Radix == 2) begin : gen_two
      assign a = {value_i[2*o][Bits-1], value_i[2*o]};
      assign b = {value_i[2*o+1][Bits-1], value_i[2*o+1]};
      assign cin = carry_i[2*o];
      assign carry_d[o] = carry_i[2*o+1];
    end else begin : gen_one
      assign a = value_i[o];
      assign b = '0;
      assign cin = 1'b0;
      assign carry_d[o] = carry_i[o];
    end

    // The carry-in of an adder: one bit below the lowest.
    logic unused_low;
    assign {value_d[o], unused_low} = {a, 1'b1} + {b, cin};
  end

  always_ff @(posedge clk_i) begin
    value_o <= value_d;
    carry_o <= carry_d;
  end

endmodule
