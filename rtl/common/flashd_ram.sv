// SPDX-License-Identifier: Apache-2.0
/// Memory with one write and one read port.
///
/// Latency: a word written in one cycle can be read from the next on; rdata_o holds the word of
/// raddr_i one cycle after re_i, until the next re_i.
/// Back-pressure: none.
/// A macro or block RAM in its place: one clock, whole words, no reset, no output register beyond
/// the one here. A read of the address that is written in the same cycle may give anything, but
/// must leave the written word intact; with re_i low the output stays. Depth need not be a power
/// of two.
/// Does not: reset its contents, or give a defined word before the first read.
module flashd_ram #(
  parameter int Bits = 32,
  parameter int Depth = 16,
  parameter int AddrBits = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                clk_i,
  input  logic                we_i,
  input  logic [AddrBits-1:0] waddr_i,
  input  logic [Bits-1:0]     wdata_i,
  input  logic                re_i,
  input  logic [AddrBits-1:0] raddr_i,
  output logic [Bits-1:0]     rdata_o
);

  logic [Bits-1:0] mem_q[Depth];
  logic [Bits-1:0] rdata_q;

  // The 'x of a collision is what lets block RAM do without a bypass; simulation makes it noise.
  always_ff @(posedge clk_i) begin
    if (we_i) mem_q[waddr_i] <= wdata_i;
    if (re_i) rdata_q <= (we_i && (waddr_i == raddr_i)) ? 'x : mem_q[raddr_i];
  end

  assign rdata_o = rdata_q;

endmodule
