// SPDX-License-Identifier: Apache-2.0
/// The descriptor ring: free-running head and tail, slot = index mod 2^size.
///
/// work_o: the ring is enabled, not stopped, and the host handed over a job that has not ended;
/// addr_o is its descriptor. An overrun (more jobs handed over than slots) stops the ring until
/// clear_i; a job in progress goes on to its end.
/// Latency: work_o and addr_o follow the inputs and registers in the same cycle; advance_i and an
/// overrun count from the next cycle on.
/// Back-pressure: none. Does not: fetch, or notice an overrun that wraps 2^32.
module flashd_ring
  import flashd_device_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        enable_i,
  input  logic [63:0] base_i,
  input  logic [4:0]  log2_i,       // more than 16 counts as 16
  input  logic [31:0] tail_i,
  input  logic        advance_i,    // the job at the head has ended
  input  logic        clear_i,      // head to 0, run again; the host's tail is cleared with it
  output logic [31:0] head_o,
  output logic        work_o,
  output addr_t       addr_o,
  output logic        base_bad_o,   // misaligned, or beyond the device's addresses
  output logic        overrun_o,    // one cycle
  output logic        stopped_o
);

  localparam int MaxLog2 = 16;
  localparam int DescriptorLog2 = 8;  // 256 bytes

  logic [31:0] head_q, waiting;
  logic [4:0] log2;
  logic [MaxLog2-1:0] slot;
  logic stopped_q, overrun;
  logic [MaxLog2:0] slots;
  logic [31:0] unused_room;           // slots less those waiting

  assign log2 = (log2_i > 5'(MaxLog2)) ? 5'(MaxLog2) : log2_i;
  assign waiting = tail_i - head_q;
  assign slots = (MaxLog2 + 1)'(1) << log2;
  assign {overrun, unused_room} = 33'(slots) - {1'b0, waiting};
  assign slot = head_q[MaxLog2-1:0] & MaxLog2'((17'd1 << log2) - 17'd1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      head_q    <= '0;
      stopped_q <= 1'b0;
    end else if (clear_i) begin
      head_q    <= '0;
      stopped_q <= 1'b0;
    end else begin
      if (advance_i) head_q <= head_q + 32'd1;
      if (overrun) stopped_q <= 1'b1;
    end
  end

  assign head_o = head_q;
  assign work_o = enable_i && !stopped_q && !overrun && waiting != '0;
  assign addr_o = base_i[AddrBits-1:0] + AddrBits'({slot, {DescriptorLog2{1'b0}}});
  assign base_bad_o = base_i[63:AddrBits] != '0 || base_i[LineBits-1:0] != '0;
  assign overrun_o = overrun && !stopped_q && !clear_i;
  assign stopped_o = stopped_q;

endmodule
