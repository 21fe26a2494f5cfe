// SPDX-License-Identifier: Apache-2.0
/// Memory of the core's code, data and stack: 32-bit words, one port, initialised from a file.
///
/// Latency: rdata_o holds a word one cycle after en_i with all strobes 0, until the next read.
/// Back-pressure: none.
/// Does not: come back to the file's contents at a reset.
module flashd_firmware_memory #(
  parameter int Words = 8192,
  parameter string HexFile = "",  // words for $readmemh; "": nothing is loaded
  // Derived: not to be set.
  parameter int AddrBits = $clog2(Words)
) (
  input  logic                clk_i,
  input  logic                en_i,
  input  logic [3:0]          we_i,     // 0: read
  input  logic [AddrBits-1:0] addr_i,
  input  logic [31:0]         wdata_i,
  output logic [31:0]         rdata_o
);

  (* ram_style = "block" *) logic [31:0] mem_q[Words];
  logic [31:0] rdata_q;

  initial begin
    if (HexFile != "") $readmemh(HexFile, mem_q);
  end

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      for (int i = 0; i < 4; i++) if (we_i[i]) mem_q[addr_i][8*i+:8] <= wdata_i[8*i+:8];
      if (we_i == '0) rdata_q <= mem_q[addr_i];
    end
  end

  assign rdata_o = rdata_q;

endmodule
