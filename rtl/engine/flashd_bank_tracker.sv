// SPDX-License-Identifier: Apache-2.0
/// Knows when a tile bank may be overwritten: after its tile is closed (no more contexts will use
/// it) and every use that was opened has ended.
///
/// Latency: release_o one cycle after the last event. Back-pressure: none; at most Contexts uses.
/// Does not: order the banks.
module flashd_bank_tracker #(
  parameter int Banks = 2,
  parameter int BankBits = 1,
  parameter int Uses = 16
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                open_i,
  input  logic [BankBits-1:0] open_bank_i,
  input  logic                end_i,
  input  logic [BankBits-1:0] end_bank_i,
  input  logic                close_i,
  input  logic [BankBits-1:0] close_bank_i,
  output logic [Banks-1:0]    release_o,
  output logic [Banks-1:0]    closed_o,     // the bank's next tile must not open yet
  output logic                idle_o
);

  localparam int CountBits = $clog2(Uses + 1);

  logic [Banks-1:0][CountBits-1:0] count_q;
  logic [Banks-1:0] closed_q, used;

  for (genvar b = 0; b < Banks; b++) begin : gen_bank
    logic open, done;
    assign open = open_i && (open_bank_i == BankBits'(b));
    assign done = end_i && (end_bank_i == BankBits'(b));
    assign used[b] = count_q[b] != '0;
    assign release_o[b] = closed_q[b] && !used[b];
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        count_q[b]  <= '0;
        closed_q[b] <= 1'b0;
      end else begin
        count_q[b] <= count_q[b] + CountBits'(open) - CountBits'(done);
        if (close_i && (close_bank_i == BankBits'(b))) closed_q[b] <= 1'b1;
        else if (release_o[b]) closed_q[b] <= 1'b0;
      end
    end
  end

  assign closed_o = closed_q;
  assign idle_o = (used == '0) && (closed_q == '0);

`ifdef FLASHD_ASSERT
  for (genvar b = 0; b < Banks; b++) begin : gen_assert
    assert property (@(posedge clk_i) disable iff (!rst_ni)
        (end_i && (end_bank_i == BankBits'(b))) |-> (count_q[b] != '0))
    else $error("flashd_bank_tracker: a use ended that was not opened");
  end
`endif

endmodule
