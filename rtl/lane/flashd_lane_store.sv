// SPDX-License-Identifier: Apache-2.0
/// Words of a lane with one write and one read port: a memory (flashd_ram), or flip-flops.
///
/// Latency: a word written in one cycle can be read from the next on; `rdata_o` holds the word of
/// `raddr_i` one cycle after `re_i`, until the next `re_i`.
/// Back-pressure: none.
/// Does not: give the new word when it is read in the cycle of its write.
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
  input  logic [AddrBits-1:0] raddr_i,
  output logic [Bits-1:0]     rdata_o
);

  if (Memory) begin : gen_memory
    flashd_ram #(.Bits(Bits), .Depth(Depth)) u_ram (
      .clk_i,
      .we_i,
      .waddr_i,
      .wdata_i,
      .re_i,
      .raddr_i,
      .rdata_o
    );
  end else begin : gen_registers
    logic [Depth-1:0][Bits-1:0] word_q;
    for (genvar i = 0; i < Depth; i++) begin : gen_word
      always_ff @(posedge clk_i) begin
        if (we_i && (waddr_i == AddrBits'(i))) word_q[i] <= wdata_i;
      end
    end
    always_ff @(posedge clk_i) begin
      if (re_i) rdata_o <= word_q[raddr_i];
    end
  end

endmodule
