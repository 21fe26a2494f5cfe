// SPDX-License-Identifier: Apache-2.0
/// Words of a lane with one write and one read port: a memory (flashd_ram), or flip-flops.
///
/// Latency: a word written in one cycle can be read from the next on. The word of `raddr_next_i`
/// (with `re_i`) is on `rdata_o` in the next cycle, when `raddr_i` has to show the same address;
/// the memory uses the former, flip-flops the latter.
/// Back-pressure: none.
/// Does not: keep `rdata_o` of flip-flops when their word is written.
module flashd_lane_store #(
  parameter int Bits = 32,
  parameter int Depth = 16,
  parameter bit Memory = 1'b0,
  localparam int AddrBits = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                clk_i,
  input  logic                we_i,
  input  logic [AddrBits-1:0] waddr_i,
  input  logic [Bits-1:0]     wdata_i,
  input  logic                re_i,
  input  logic [AddrBits-1:0] raddr_next_i,
  input  logic [AddrBits-1:0] raddr_i,
  output logic [Bits-1:0]     rdata_o
);

  if (Memory) begin : gen_memory
    logic unused_raddr;
    assign unused_raddr = ^raddr_i;
    flashd_ram #(.Bits(Bits), .Depth(Depth)) u_ram (
      .clk_i,
      .we_i,
      .waddr_i,
      .wdata_i,
      .re_i,
      .raddr_i(raddr_next_i),
      .rdata_o
    );
  end else begin : gen_registers
    logic [Depth-1:0][Bits-1:0] word_q;
    logic                       unused_read;
    assign unused_read = ^{re_i, raddr_next_i};
    for (genvar i = 0; i < Depth; i++) begin : gen_word
      always_ff @(posedge clk_i) begin
        if (we_i && (waddr_i == AddrBits'(i))) word_q[i] <= wdata_i;
      end
    end
    assign rdata_o = word_q[raddr_i];
  end

endmodule
