// SPDX-License-Identifier: Apache-2.0
/// Scores that wait while the running sum is shifted or divided: a queue with a way past it.
///
/// A word that comes while the queue is empty shows at once in `data_o`; if it is not popped in
/// that cycle it is stored. With Memory 1 words stand in flashd_ram, whose read register is the
/// head. `ready_o` counts words from `accept_i` on, which comes up to Depth cycles before `push_i`,
/// so that the words on their way have room. Latency: none when empty. Back-pressure: `pop_i` takes
/// `data_o`; `ready_o`. Does not: keep the order of anything but pushes.
module flashd_running_sum_queue #(
  parameter int Bits = 32,
  parameter int Depth = 5,
  parameter bit Memory = 1'b0
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  input  logic            accept_i,
  output logic            ready_o,
  input  logic            push_i,
  input  logic [Bits-1:0] data_i,
  output logic            valid_o,
  output logic [Bits-1:0] data_o,
  input  logic            pop_i
);

  localparam int AddrBits = $clog2(Depth);

  if (Depth < 2) begin : gen_bad_depth
    $error("flashd_running_sum_queue: Depth must be at least 2.");
  end

  /// The place after `a`.
  function automatic logic [AddrBits-1:0] after(logic [AddrBits-1:0] a);
    return (a == AddrBits'(Depth - 1)) ? '0 : a + AddrBits'(1);
  endfunction

  localparam int CountBits = $clog2(Depth + 1);
  logic [CountBits-1:0] room_q;    // accepted and not yet popped
  logic [CountBits-1:0] count_q;   // stored
  logic [AddrBits-1:0] write_q, read_q;
  logic empty, store, take;

  assign ready_o = (room_q != CountBits'(Depth)) || pop_i;
  assign empty = count_q == '0;
  assign valid_o = push_i || !empty;
  assign store = push_i && !(empty && pop_i);
  assign take = pop_i && !empty;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      room_q <= '0;
      count_q <= '0;
      write_q <= '0;
      read_q <= '0;
    end else begin
      room_q <= room_q + CountBits'(accept_i) - CountBits'(pop_i);
      count_q <= count_q + CountBits'(store) - CountBits'(take);
      if (store) write_q <= after(write_q);
      if (take) read_q <= after(read_q);
    end
  end

  if (Memory) begin : gen_memory
    // The word after the head is fetched when the head is popped; one that is stored while it would
    // become the head goes past the memory.
    logic [Bits-1:0] rdata, late_q;
    logic late_d, late_q_valid, read;
    logic [AddrBits-1:0] next;

    assign next = after(read_q);
    assign late_d = store && (empty || (take && (count_q == CountBits'(1))));
    assign read = take && (count_q != CountBits'(1));
    flashd_ram #(.Bits(Bits), .Depth(Depth)) u_ram (
      .clk_i,
      .we_i(store),
      .waddr_i(write_q),
      .wdata_i(data_i),
      .re_i(read),
      .raddr_i(next),
      .rdata_o(rdata)
    );
    always_ff @(posedge clk_i) begin
      if (late_d) late_q <= data_i;
    end
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) late_q_valid <= 1'b0;
      else if (late_d || take) late_q_valid <= late_d;
    end
    assign data_o = empty ? data_i : (late_q_valid ? late_q : rdata);
  end else begin : gen_flops
    logic [Depth-1:0][Bits-1:0] word_q;
    logic [Depth-1:0][Bits-1:0] picked;
    for (genvar i = 0; i < Depth; i++) begin : gen_word
      always_ff @(posedge clk_i) begin
        if (store && (write_q == AddrBits'(i))) word_q[i] <= data_i;
      end
      assign picked[i] = word_q[i] & {Bits{!empty && (read_q == AddrBits'(i))}};
    end
    always_comb begin
      data_o = data_i & {Bits{empty}};
      for (int i = 0; i < Depth; i++) data_o |= picked[i];
    end
  end

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) disable iff (!rst_ni) accept_i |-> ready_o)
  else $error("flashd_running_sum_queue: a key was accepted without room.");
  assert property (@(posedge clk_i) disable iff (!rst_ni) pop_i |-> valid_o)
  else $error("flashd_running_sum_queue: popped while empty.");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      store |-> count_q != CountBits'(Depth))
  else $error("flashd_running_sum_queue: stored while full.");
`endif

endmodule
