// SPDX-License-Identifier: Apache-2.0
/// Memory of 32-bit words with two ports, each of which reads or writes bytes of a word in a cycle.
///
/// Latency: a word written in one cycle can be read from the next on; a port's rdata_o holds the
/// word that was read one cycle after en_i with all strobes 0, until its next read.
/// Back-pressure: none.
/// The two ports must not use the same word in one cycle unless both read: block RAM gives
/// anything then, and so does simulation.
/// Does not: reset its contents.
module flashd_dual_ram #(
  parameter int Words = 1024,
  // Derived: not to be set.
  parameter int AddrBits = $clog2(Words)
) (
  input  logic                clk_i,
  input  logic                a_en_i,
  input  logic [3:0]          a_we_i,     // 0: read
  input  logic [AddrBits-1:0] a_addr_i,
  input  logic [31:0]         a_wdata_i,
  output logic [31:0]         a_rdata_o,
  input  logic                b_en_i,
  input  logic [3:0]          b_we_i,
  input  logic [AddrBits-1:0] b_addr_i,
  input  logic [31:0]         b_wdata_i,
  output logic [31:0]         b_rdata_o
);

  // One memory per byte, so that a write of bytes needs no read.
  for (genvar i = 0; i < 4; i++) begin : gen_byte
    (* ram_style = "block" *) logic [7:0] mem_q[Words];
    logic [7:0] a_q, b_q;

    // The 'x of a collision is what lets block RAM do without a bypass.
    always @(posedge clk_i) begin
      if (a_en_i && a_we_i[i]) mem_q[a_addr_i] <= a_wdata_i[8*i+:8];
      if (a_en_i && a_we_i == '0) begin
        a_q <= (b_en_i && b_we_i[i] && a_addr_i == b_addr_i) ? 'x : mem_q[a_addr_i];
      end
    end
    always @(posedge clk_i) begin
      if (b_en_i && b_we_i[i]) mem_q[b_addr_i] <= b_wdata_i[8*i+:8];
      if (b_en_i && b_we_i == '0) begin
        b_q <= (a_en_i && a_we_i[i] && a_addr_i == b_addr_i) ? 'x : mem_q[b_addr_i];
      end
    end

    assign a_rdata_o[8*i+:8] = a_q;
    assign b_rdata_o[8*i+:8] = b_q;
  end

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i)
                   !(a_en_i && b_en_i && a_addr_i == b_addr_i && (a_we_i != '0 || b_we_i != '0)))
  else $error("flashd_dual_ram: both ports use one word");
`endif

endmodule
