// SPDX-License-Identifier: Apache-2.0
/// First-in first-out queue in block RAM.
///
/// Latency: two cycles from push to valid_o of an empty queue. Back-pressure: a word pushed while
/// count_o is Depth is lost; data_o and valid_o are stable until pop_i.
/// Does not: tell of lost words; the user compares count_o.
module flashd_ram_fifo #(
  parameter int Bits = 8,
  parameter int Depth = 64,
  // Derived: not to be set.
  parameter int CountBits = $clog2(Depth + 1)  // 0 to Depth words
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 push_i,
  input  logic [Bits-1:0]      data_i,
  output logic                 valid_o,
  input  logic                 pop_i,   // ignored while valid_o is 0
  output logic [Bits-1:0]      data_o,
  output logic [CountBits-1:0] count_o
);

  localparam int PtrBits = $clog2(Depth);

  if (Depth < 4 || (1 << PtrBits) != Depth) begin : gen_bad_depth
    $error("flashd_ram_fifo: Depth must be a power of two, at least 4.");
  end

  // Words in memory, the one at the output not among them.
  logic [CountBits-1:0] stored_q;
  logic [PtrBits-1:0] wptr_q, rptr_q;
  logic valid_q, push, read;

  assign count_o = stored_q + CountBits'(valid_q);
  assign push = push_i && (count_o != CountBits'(Depth));
  assign read = (stored_q != '0) && (!valid_q || pop_i);
  assign valid_o = valid_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      stored_q <= '0;
      wptr_q   <= '0;
      rptr_q   <= '0;
      valid_q  <= 1'b0;
    end else begin
      if (push) wptr_q <= wptr_q + PtrBits'(1);
      if (read) rptr_q <= rptr_q + PtrBits'(1);
      stored_q <= stored_q + CountBits'(push) - CountBits'(read);
      if (read) valid_q <= 1'b1;
      else if (pop_i) valid_q <= 1'b0;
    end
  end

  flashd_ram #(
    .Bits (Bits),
    .Depth(Depth)
  ) u_ram (
    .clk_i,
    .we_i   (push),
    .waddr_i(wptr_q),
    .wdata_i(data_i),
    .re_i   (read),
    .raddr_i(rptr_q),
    .rdata_o(data_o)
  );

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) disable iff (!rst_ni) count_o <= CountBits'(Depth))
  else $error("flashd_ram_fifo: more than Depth words");
  assert property (@(posedge clk_i) disable iff (!rst_ni) !(push && read && wptr_q == rptr_q))
  else $error("flashd_ram_fifo: a word is read in the cycle in which it is written");
`endif

endmodule
