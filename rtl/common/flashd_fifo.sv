// SPDX-License-Identifier: Apache-2.0
/// First-in first-out queue of registers; with Head the word at the front is in registers of its
/// own, so that what looks at it does not wait for the choice among Depth words.
///
/// Latency: one cycle from push to valid_o. Back-pressure: ready_o is low while full; data_o and
/// valid_o are stable until ready_i.
/// Does not: pass a word through in the cycle of its arrival.
module flashd_fifo #(
  parameter int Bits = 8,
  parameter int Depth = 4,
  parameter int Head = 0
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  input  logic            valid_i,
  output logic            ready_o,
  input  logic [Bits-1:0] data_i,
  output logic            valid_o,
  input  logic            ready_i,
  output logic [Bits-1:0] data_o
);

  localparam int PtrBits = (Depth > 1) ? $clog2(Depth) : 1;
  localparam int CountBits = $clog2(Depth + 1);  // 0 to Depth words

  logic [Bits-1:0] mem_q[Depth];
  logic [PtrBits-1:0] wptr_q, rptr_q;
  logic [CountBits-1:0] count_q;
  logic push, pop;

  assign ready_o = count_q != CountBits'(Depth);
  assign valid_o = count_q != '0;
  assign push = valid_i && ready_o;
  assign pop = valid_o && ready_i;

  function automatic logic [PtrBits-1:0] next(input logic [PtrBits-1:0] ptr);
    return (ptr == PtrBits'(Depth - 1)) ? '0 : ptr + PtrBits'(1);
  endfunction

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wptr_q  <= '0;
      rptr_q  <= '0;
      count_q <= '0;
    end else begin
      if (push) wptr_q <= next(wptr_q);
      if (pop) rptr_q <= next(rptr_q);
      count_q <= count_q + CountBits'(push) - CountBits'(pop);
    end
  end

  always_ff @(posedge clk_i) begin
    if (push) mem_q[wptr_q] <= data_i;
  end

  if (Head != 0) begin : gen_head
    logic [Bits-1:0] head_q;
    always_ff @(posedge clk_i) begin
      if (push && (count_q == CountBits'(pop))) head_q <= data_i;
      else if (pop) head_q <= mem_q[next(rptr_q)];
    end
    assign data_o = head_q;
  end else begin : gen_memory
    assign data_o = mem_q[rptr_q];
  end

`ifdef FLASHD_ASSERT
  flashd_stream_check #(
    .Bits(Bits)
  ) u_check (
    .clk_i,
    .rst_ni,
    .valid_i(valid_o),
    .ready_i(ready_i),
    .data_i (data_o)
  );
  assert property (@(posedge clk_i) disable iff (!rst_ni) count_q <= CountBits'(Depth))
  else $error("flashd_fifo: more than Depth words");
`endif

endmodule
