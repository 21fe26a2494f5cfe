// SPDX-License-Identifier: Apache-2.0
/// On-chip memory of jobs: an AXI4 slave of 64 bits for the device's master, 32 bits for the core.
///
/// AXI: INCR bursts of whole beats, in order, Outstanding of reads and of writes; a beat of either
/// per cycle, in turn where both wait. A burst that begins outside [Base, Base + Bytes) ends in
/// DECERR, one of another kind or beat size in SLVERR; neither touches the memory.
/// Core: an access is taken when core_ready_o is 1; a read's word is there in the next cycle. Its
/// address is relative to Base. It waits while the device uses the same 64 bits and one of them
/// writes, so that block RAM without a defined collision will do.
/// Latency: a read burst's first beat is there five cycles after its address; a write's response
/// two cycles after its last beat, or five after its address. Back-pressure: on all channels, as
/// the queues fill.
/// rst_ni is the device's reset: it forgets bursts, and the beat of the cycle before, not contents.
/// Does not: wrap, keep bursts inside 4 KiB (the master must), order reads behind writes, or let a
/// write pass a read whose beat nobody takes: the master takes what it asked for, sooner or later,
/// whatever its writes do (flashd_top always does).
module flashd_job_memory #(
  parameter int Bytes = 262144,
  parameter logic [63:0] Base = 64'h8000_0000,
  parameter int Outstanding = 4,
  // Derived: not to be set.
  parameter int WordBits = $clog2(Bytes / 4)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  // AXI4 slave.
  input  logic                awvalid_i,
  output logic                awready_o,
  input  logic [0:0]          awid_i,
  input  logic [63:0]         awaddr_i,
  input  logic [7:0]          awlen_i,
  input  logic [2:0]          awsize_i,
  input  logic [1:0]          awburst_i,
  input  logic                wvalid_i,
  output logic                wready_o,
  input  logic [63:0]         wdata_i,
  input  logic [7:0]          wstrb_i,
  input  logic                wlast_i,
  output logic                bvalid_o,
  input  logic                bready_i,
  output logic [0:0]          bid_o,
  output logic [1:0]          bresp_o,
  input  logic                arvalid_i,
  output logic                arready_o,
  input  logic [0:0]          arid_i,
  input  logic [63:0]         araddr_i,
  input  logic [7:0]          arlen_i,
  input  logic [2:0]          arsize_i,
  input  logic [1:0]          arburst_i,
  output logic                rvalid_o,
  input  logic                rready_i,
  output logic [0:0]          rid_o,
  output logic [63:0]         rdata_o,
  output logic [1:0]          rresp_o,
  output logic                rlast_o,
  // Core.
  input  logic                core_valid_i,
  output logic                core_ready_o,
  input  logic [3:0]          core_we_i,    // 0: read
  input  logic [WordBits-1:0] core_addr_i,  // of a word
  input  logic [31:0]         core_wdata_i,
  output logic [31:0]         core_rdata_o
);

  localparam int BeatBits = WordBits - 1;  // address of 64 bits
  localparam logic [1:0] Okay = 2'b00, SlvErr = 2'b10, DecErr = 2'b11;

  if (Bytes < 4096 || Bytes != (8 << BeatBits)) begin : gen_bad_bytes
    $error("flashd_job_memory: Bytes must be a power of two, at least 4096.");
  end
  if (Base % 64'(Bytes) != 64'd0) begin : gen_bad_base
    $error("flashd_job_memory: Base must be a multiple of Bytes.");
  end

  typedef struct packed {
    logic [0:0]          id;
    logic [1:0]          resp;
    logic [7:0]          len;
    logic [BeatBits-1:0] first;
  } burst_t;
  localparam int BurstWidth = $bits(burst_t);

  function automatic burst_t burst(input logic [0:0] id, input logic [63:3] addr,
                                   input logic [7:0] len, input logic [2:0] size,
                                   input logic [1:0] kind);
    burst_t b;
    b.id = id;
    b.len = len;
    b.first = addr[3+:BeatBits];
    b.resp = Okay;
    if (size != 3'd3 || kind != 2'b01) b.resp = SlvErr;
    if (addr[63:3+BeatBits] != Base[63:3+BeatBits]) b.resp = DecErr;
    return b;
  endfunction

  // Bursts that were taken, and of the one at hand the beat that comes next: in registers, because
  // the memory is large. `first` counts up to that beat, `len` down to the beats behind it.
  burst_t read_next, write_next, read_q, write_q;
  logic read_waits, read_fetch, read_pop, write_waits, write_fetch, write_pop;
  logic read_valid_q, write_valid_q;
  logic b_room, b_push;
  logic rvalid_q, rlast_q;
  logic [0:0] rid_q;
  logic [1:0] rresp_q;

  flashd_fifo #(
    .Bits (BurstWidth),
    .Depth(Outstanding)
  ) u_read_bursts (
    .clk_i,
    .rst_ni,
    .valid_i(arvalid_i),
    .ready_o(arready_o),
    .data_i (burst(arid_i, araddr_i[63:3], arlen_i, arsize_i, arburst_i)),
    .valid_o(read_waits),
    .ready_i(read_fetch),
    .data_o (read_next)
  );

  flashd_fifo #(
    .Bits (BurstWidth),
    .Depth(Outstanding)
  ) u_write_bursts (
    .clk_i,
    .rst_ni,
    .valid_i(awvalid_i),
    .ready_o(awready_o),
    .data_i (burst(awid_i, awaddr_i[63:3], awlen_i, awsize_i, awburst_i)),
    .valid_o(write_waits),
    .ready_i(write_fetch),
    .data_o (write_next)
  );

  flashd_fifo #(
    .Bits (3),
    .Depth(Outstanding)
  ) u_responses (
    .clk_i,
    .rst_ni,
    .valid_i(b_push),
    .ready_o(b_room),
    .data_i ({write_q.id, write_q.resp}),
    .valid_o(bvalid_o),
    .ready_i(bready_i),
    .data_o ({bid_o, bresp_o})
  );

  // One beat a cycle, in turn where both wait, to the registers at the door of the memory.
  typedef struct packed {
    logic                write;
    logic                last;
    logic [0:0]          id;
    logic [1:0]          resp;
    logic [7:0]          we;
    logic [BeatBits-1:0] addr;
    logic [63:0]         wdata;
  } access_t;
  access_t door_q;
  logic want_read, want_write, take_read, take_write, wrote_q;
  logic door_valid_q, door_moves, dev_en;

  assign door_moves = door_q.write || !door_valid_q || !rvalid_q || rready_i;
  assign want_read = read_valid_q && door_moves;
  assign want_write = write_valid_q && wvalid_i && b_room && door_moves;
  assign take_write = want_write && !(want_read && wrote_q);
  assign take_read = want_read && !take_write;
  assign wready_o = write_valid_q && b_room && door_moves && !(want_read && wrote_q);
  assign read_pop = take_read && (read_q.len == '0);
  assign write_pop = take_write && (write_q.len == '0);
  assign read_fetch = !read_valid_q || read_pop;
  assign write_fetch = !write_valid_q || write_pop;
  assign b_push = write_pop;

  // A write without strobes is none, and must not be a read either: the word read stays.
  assign dev_en = door_valid_q && door_moves && door_q.resp == Okay;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      read_valid_q  <= 1'b0;
      write_valid_q <= 1'b0;
      wrote_q       <= 1'b0;
      door_valid_q  <= 1'b0;
      rvalid_q      <= 1'b0;
      rlast_q       <= 1'b0;
      rid_q         <= '0;
      rresp_q       <= '0;
    end else begin
      if (read_fetch) read_valid_q <= read_waits;
      if (write_fetch) write_valid_q <= write_waits;
      if (take_read || take_write) wrote_q <= take_write;
      if (door_moves) door_valid_q <= take_read || take_write;
      if (door_valid_q && door_moves && !door_q.write) begin
        rvalid_q <= 1'b1;
        rlast_q  <= door_q.last;
        rid_q    <= door_q.id;
        rresp_q  <= door_q.resp;
      end else if (rready_i) begin
        rvalid_q <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (door_moves) begin
      door_q.write <= take_write;
      door_q.last  <= read_pop;
      door_q.id    <= read_q.id;
      door_q.resp  <= take_write ? write_q.resp : read_q.resp;
      door_q.we    <= wstrb_i & {8{take_write}};
      door_q.addr  <= take_write ? write_q.first : read_q.first;
      door_q.wdata <= wdata_i;
    end
    if (read_fetch) begin
      read_q <= read_next;
    end else if (take_read) begin
      read_q.first <= read_q.first + BeatBits'(1);
      read_q.len <= read_q.len - 8'd1;
    end
    if (write_fetch) begin
      write_q <= write_next;
    end else if (take_write) begin
      write_q.first <= write_q.first + BeatBits'(1);
      write_q.len <= write_q.len - 8'd1;
    end
  end

  // Two memories of 32 bits; the core uses the one of its address' lowest bit.
  logic [63:0] dev_rdata;
  logic [1:0][31:0] core_rdata;
  logic core_high_q, core_take;

  // Also where the device's access waits for its beat before to leave.
  assign core_ready_o = !(door_valid_q && door_q.addr == core_addr_i[WordBits-1:1] &&
                          (door_q.we != '0 || core_we_i != '0));
  assign core_take = core_valid_i && core_ready_o;

  for (genvar i = 0; i < 2; i++) begin : gen_half
    flashd_dual_ram #(
      .Words(Bytes / 8)
    ) u_ram (
      .clk_i,
      .a_en_i   (dev_en && !(door_q.write && door_q.we[4*i+:4] == '0)),
      .a_we_i   (door_q.we[4*i+:4]),
      .a_addr_i (door_q.addr),
      .a_wdata_i(door_q.wdata[32*i+:32]),
      .a_rdata_o(dev_rdata[32*i+:32]),
      .b_en_i   (core_take && core_addr_i[0] == 1'(i)),
      .b_we_i   (core_we_i),
      .b_addr_i (core_addr_i[WordBits-1:1]),
      .b_wdata_i(core_wdata_i),
      .b_rdata_o(core_rdata[i])
    );
  end

  always_ff @(posedge clk_i) if (core_take) core_high_q <= core_addr_i[0];

  assign core_rdata_o = core_rdata[core_high_q];
  assign rvalid_o = rvalid_q;
  assign rid_o = rid_q;
  assign rlast_o = rlast_q;
  assign rresp_o = rresp_q;
  assign rdata_o = (rresp_q == Okay) ? dev_rdata : '0;

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) disable iff (!rst_ni) !take_write || wlast_i == write_pop)
  else $error("flashd_job_memory: WLAST is not at the burst's last beat");
  flashd_stream_check #(
    .Bits(68)
  ) u_check (
    .clk_i,
    .rst_ni,
    .valid_i(rvalid_o),
    .ready_i(rready_i),
    .data_i ({rid_o, rdata_o, rresp_o, rlast_o})
  );
`endif

endmodule
