// SPDX-License-Identifier: Apache-2.0
/// Two banks of 32-bit words, written WriteWords and read ReadWords at a time.
///
/// Word i of a bank lies in column i % Columns, Columns the larger of the two; every column is one
/// memory. Indices count groups of WriteWords and of ReadWords words within a bank.
/// Latency: a word written in one cycle can be read from the next on; rdata_o holds the group of
/// rindex_i one cycle after re_i, until the next re_i.
/// Back-pressure: none. Does not: know which words are there.
module flashd_word_store #(
  parameter int WriteWords = 1,  // a power of two
  parameter int ReadWords = 4,   // a power of two
  parameter int Words = 256,     // of a bank
  // Derived: not to be set.
  parameter int Columns = (WriteWords > ReadWords) ? WriteWords : ReadWords,
  parameter int Rows = (Words + Columns - 1) / Columns,
  parameter int WriteBits = (Rows * Columns / WriteWords > 1) ?
      $clog2(Rows * Columns / WriteWords) : 1,
  parameter int ReadBits = (Rows * Columns / ReadWords > 1) ? $clog2(Rows * Columns / ReadWords) : 1
) (
  input  logic                        clk_i,
  input  logic [WriteWords-1:0]       we_i,      // per word of the group
  input  logic                        wbank_i,
  input  logic [WriteBits-1:0]        windex_i,
  input  logic [WriteWords-1:0][31:0] wdata_i,
  input  logic                        re_i,
  input  logic                        rbank_i,
  input  logic [ReadBits-1:0]         rindex_i,
  output logic [ReadWords-1:0][31:0]  rdata_o
);

  localparam int RowBits = (Rows > 1) ? $clog2(Rows) : 1;
  localparam int WriteGroups = Columns / WriteWords;  // of a row
  localparam int ReadGroups = Columns / ReadWords;

  if ((WriteWords & (WriteWords - 1)) != 0 || (ReadWords & (ReadWords - 1)) != 0) begin : gen_bad
    $error("flashd_word_store: WriteWords and ReadWords must be powers of two.");
  end

  logic [Columns-1:0][31:0] column;
  logic [RowBits-1:0] wrow, rrow;
  logic [WriteGroups-1:0] wgroup;  // one-hot

  if (WriteGroups > 1) begin : gen_write_groups
    localparam int GroupBits = $clog2(WriteGroups);
    assign wgroup = WriteGroups'(1) << windex_i[GroupBits-1:0];
    assign wrow = RowBits'(windex_i >> GroupBits);
  end else begin : gen_write_row
    assign wgroup = 1'b1;
    assign wrow = RowBits'(windex_i);
  end

  for (genvar c = 0; c < Columns; c++) begin : gen_column
    flashd_ram #(
      .Bits (32),
      .Depth(2 * Rows)
    ) u_ram (
      .clk_i,
      .we_i   (we_i[c%WriteWords] && wgroup[c/WriteWords]),
      .waddr_i(($clog2(2 * Rows))'({wrow, wbank_i})),
      .wdata_i(wdata_i[c%WriteWords]),
      .re_i,
      .raddr_i(($clog2(2 * Rows))'({rrow, rbank_i})),
      .rdata_o(column[c])
    );
  end

  if (ReadGroups > 1) begin : gen_read_groups
    localparam int GroupBits = $clog2(ReadGroups);
    logic [GroupBits-1:0] group_q;
    always_ff @(posedge clk_i) begin
      if (re_i) group_q <= rindex_i[GroupBits-1:0];
    end
    assign rrow = RowBits'(rindex_i >> GroupBits);
    assign rdata_o = column[32'(group_q)*ReadWords+:ReadWords];
  end else begin : gen_read_row
    assign rrow = RowBits'(rindex_i);
    assign rdata_o = column;
  end

endmodule
