// SPDX-License-Identifier: Apache-2.0
// One job on flashd_top (tiny, fine, 64-bit bus) under Icarus Verilog: a query that sees one key, with
// scale 0. Expected are the bits of the golden model: the key's values and ln 1, each off by 2^-15,
// the error of the weight. Prints PASS, or FAILURE and what differs.
`timescale 1ns / 1ns
module bench;
  parameter [31:0] WantLse = 32'h37b17218;

  reg clk = 0, rst_n = 1;
  always #5 clk = !clk;

  reg aw_valid = 0, w_valid = 0, ar_valid = 0;
  reg [8:0] aw_addr, ar_addr;
  reg [31:0] w_data;
  wire aw_ready, w_ready, b_valid, ar_ready, r_valid, irq;
  wire [31:0] r_data;
  wire [1:0] b_resp, r_resp;
  wire m_awvalid, m_wvalid, m_wlast, m_bready, m_arvalid, m_rready;
  wire [63:0] m_awaddr, m_araddr, m_wdata;
  wire [7:0] m_awlen, m_arlen, m_wstrb;
  reg m_bvalid = 0, m_rvalid = 0, m_rlast = 0;
  reg [63:0] m_rdata;

  // Memory of 64 KB, one transaction of each kind at a time.
  reg [63:0] memory[0:8191];
  reg reading = 0, writing = 0;
  reg [12:0] read_at, write_at;
  reg [7:0] read_left;
  integer i, errors = 0, checks = 0;

  flashd_top dut (
    .clk_i(clk), .rst_ni(rst_n), .irq_o(irq),
    .s_axil_awvalid(aw_valid), .s_axil_awready(aw_ready), .s_axil_awaddr(aw_addr),
    .s_axil_awprot(3'd0), .s_axil_wvalid(w_valid), .s_axil_wready(w_ready),
    .s_axil_wdata(w_data), .s_axil_wstrb(4'hf), .s_axil_bvalid(b_valid), .s_axil_bready(1'b1),
    .s_axil_bresp(b_resp), .s_axil_arvalid(ar_valid), .s_axil_arready(ar_ready),
    .s_axil_araddr(ar_addr), .s_axil_arprot(3'd0), .s_axil_rvalid(r_valid),
    .s_axil_rready(1'b1), .s_axil_rdata(r_data), .s_axil_rresp(r_resp),
    .m_axi_awvalid(m_awvalid), .m_axi_awready(!writing && !m_bvalid), .m_axi_awid(),
    .m_axi_awaddr(m_awaddr), .m_axi_awlen(m_awlen), .m_axi_awsize(), .m_axi_awburst(),
    .m_axi_awlock(), .m_axi_awcache(), .m_axi_awprot(), .m_axi_awqos(),
    .m_axi_wvalid(m_wvalid), .m_axi_wready(writing), .m_axi_wdata(m_wdata),
    .m_axi_wstrb(m_wstrb), .m_axi_wlast(m_wlast), .m_axi_bvalid(m_bvalid),
    .m_axi_bready(m_bready), .m_axi_bid(1'b0), .m_axi_bresp(2'd0),
    .m_axi_arvalid(m_arvalid), .m_axi_arready(!reading), .m_axi_arid(),
    .m_axi_araddr(m_araddr), .m_axi_arlen(m_arlen), .m_axi_arsize(), .m_axi_arburst(),
    .m_axi_arlock(), .m_axi_arcache(), .m_axi_arprot(), .m_axi_arqos(),
    .m_axi_rvalid(m_rvalid), .m_axi_rready(m_rready), .m_axi_rid(1'b0),
    .m_axi_rdata(m_rdata), .m_axi_rresp(2'd0), .m_axi_rlast(m_rlast));

  always @(posedge clk) begin
    m_rvalid <= reading;
    m_rdata <= memory[read_at];
    m_rlast <= read_left == 0;
    if (!reading && m_arvalid) begin
      reading <= 1;
      read_at <= m_araddr[15:3];
      read_left <= m_arlen;
    end else if (reading) begin
      read_at <= read_at + 1;
      read_left <= read_left - 1;
      reading <= read_left != 0;
    end
    if (m_bvalid && m_bready) m_bvalid <= 0;
    if (!writing && !m_bvalid && m_awvalid) begin
      writing <= 1;
      write_at <= m_awaddr[15:3];
    end else if (writing && m_wvalid) begin
      for (i = 0; i < 8; i = i + 1) begin
        if (m_wstrb[i]) memory[write_at][8*i+:8] <= m_wdata[8*i+:8];
      end
      write_at <= write_at + 1;
      if (m_wlast) begin
        writing <= 0;
        m_bvalid <= 1;
      end
    end
  end

  task store(input [8:0] addr, input [31:0] value);
    begin
      @(negedge clk);
      aw_valid = 1; w_valid = 1; aw_addr = addr; w_data = value;
      @(negedge clk);
      aw_valid = 0; w_valid = 0;
      while (!b_valid) @(negedge clk);
      @(negedge clk);
    end
  endtask

  reg [31:0] loaded;
  task load(input [8:0] addr);
    begin
      @(negedge clk);
      ar_valid = 1; ar_addr = addr;
      @(negedge clk);
      ar_valid = 0;
      while (!r_valid) @(negedge clk);
      loaded = r_data;
      @(negedge clk);
    end
  endtask

  task expect_word(input [31:0] got, input [31:0] want, input [8*24-1:0] what);
    begin
      checks = checks + 1;
      if (got !== want) begin
        errors = errors + 1;
        $display("FAILURE %0s: %08x, expected %08x", what, got, want);
      end
    end
  endtask

  // Word i of a record at a byte address.
  task word(input [15:0] base, input integer index, input [31:0] value);
    memory[(base >> 3) + index / 2][32*(index%2)+:32] = value;
  endtask

  function [31:0] value_of(input integer e);  // 2^-e as float32 bits
    value_of = (127 - e) << 23;
  endfunction

  localparam Descriptor = 16'h0000, Record = 16'h0400, Q = 16'h0800, K = 16'h0c00, V = 16'h1000,
             O = 16'h1400, Lse = 16'h1800, Status = 16'h1c00;
  localparam Dim = 16;

  initial begin
    for (i = 0; i < 8192; i = i + 1) memory[i] = 0;
    word(Descriptor, 0, {16'd4, 16'd1});
    word(Descriptor, 1, 32'h00010060);          // write O and LSE, interrupt
    word(Descriptor, 2, 32'h00c0ffee);          // tag
    word(Descriptor, 3, {16'd16, 16'd16});      // d, dv
    word(Descriptor, 4, {16'd1, 16'd1});        // one head
    word(Descriptor, 5, 1);
    word(Descriptor, 6, 1);
    word(Descriptor, 7, 1);
    word(Descriptor, 16, Q);
    word(Descriptor, 18, K);
    word(Descriptor, 20, V);
    word(Descriptor, 22, O);
    word(Descriptor, 24, Lse);
    word(Descriptor, 30, Record);
    word(Descriptor, 38, Status);
    word(Descriptor, 44, 1);
    word(Descriptor, 47, 1);
    word(Record, 0, 1);                         // one key
    word(Record, 2, 127);                       // VE: values up to 2
    for (i = 0; i < Dim; i = i + 1) begin
      memory[(Q >> 3) + i / 4][16*(i%4)+:16] = 16'h3f80;
      memory[(K >> 3) + i / 4][16*(i%4)+:16] = 16'h4000;
      memory[(V >> 3) + i / 4][16*(i%4)+:16] = value_of(i) >> 16;
    end
    word(Lse, 0, 32'hffffffff);

    #1 rst_n = 0;
    repeat (4) @(negedge clk);
    rst_n = 1;
    repeat (2) @(negedge clk);
    load(9'h000);
    expect_word(loaded, 32'h464c5344, "ID");
    store(9'h030, Descriptor);
    store(9'h038, 2);
    store(9'h028, 7);
    store(9'h020, 1);
    store(9'h040, 1);
    i = 0;
    while (!irq && i < 5000) begin
      @(negedge clk);
      i = i + 1;
    end
    expect_word(irq, 1, "interrupt");
    load(9'h02c);
    expect_word(loaded, 1, "IRQ_STATUS");
    load(9'h03c);
    expect_word(loaded, 1, "RING_HEAD");
    load(9'h110);
    expect_word(loaded, 1, "COUNTER jobs");
    expect_word(memory[Status>>3][31:0], 1, "status");
    expect_word(memory[Status>>3][63:32], 32'h00c0ffee, "tag");
    expect_word(memory[Lse>>3][31:0], WantLse, "LSE");
    for (i = 0; i < Dim; i = i + 1) begin
      expect_word(memory[(O>>3)+i/2][32*(i%2)+:32], value_of(i) - 32'h200, "O");
    end
    if (errors == 0) $display("PASS %0d checks", checks);
    $finish;
  end
endmodule
