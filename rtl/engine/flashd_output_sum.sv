// SPDX-License-Identifier: Apache-2.0
/// One channel's tile sum T: what flashd_output_group makes of a tile's keys, Keys at a time, added
/// up, and the last finished T.
///
/// With `restart_i` the sum begins anew; `missing_i` is then the number of steps, of Tile / Keys,
/// that this tile will not have. `done_i` comes with the last step: the sum goes to `t_o`, where it
/// stays until the next one, and nowhere else.
/// Every addend is raised by 2^(tile_frac + 1), Tile of them by half of 2^TBits, which is the
/// highest bit of T; a missing step counts as if it had brought zeros.
/// Latency: one cycle from the last step to `t_o`. Back-pressure: without `add_i` all stays.
/// Does not: know when a tile ends.
module flashd_output_sum #(
  parameter int Profile = 0,
  parameter int Tile = 16,
  parameter int Keys = 16,
  localparam int GroupBits = flashd_spec_pkg::tile_frac(Profile) + 2 + $clog2(Keys),
  // |p v / 2^E| < 2, at most Tile addends, a sign: |T| < Tile 2^(tile_frac + 1).
  localparam int TBits = flashd_spec_pkg::tile_frac(Profile) + 2 + $clog2(Tile),
  localparam int MissingBits = (Tile > Keys) ? $clog2(Tile / Keys) : 1
) (
  input  logic                   clk_i,
  input  logic                   add_i,
  input  logic                   restart_i,
  input  logic                   done_i,
  input  logic [MissingBits-1:0] missing_i,
  input  logic [GroupBits-1:0]   sum_i,
  input  logic [GroupBits-1:0]   carry_i,
  input  logic [1:0]             left_i,
  output logic [TBits-1:0]       t_o
);

  logic [TBits-1:0] kept, sum_d, upper;
  logic [GroupBits-1:0] odd, major;

  if (Tile > Keys) begin : gen_steps
    logic [TBits-1:0] sum_q;
    logic [TBits-1:0] base;
    // A step raises by Keys 2^(tile_frac + 1) = 2^(GroupBits - 1).
    assign base = TBits'(missing_i) << (GroupBits - 1);
    assign kept = (sum_q & {TBits{!restart_i}}) | (base & {TBits{restart_i}});
    always_ff @(posedge clk_i) begin
      if (add_i && !done_i) sum_q <= sum_d;
    end
  end else begin : gen_step
    logic unused;
    assign unused = restart_i ^ (^missing_i);
    assign kept = '0;
  end

  // A row of full adders; its carries' lowest place is free for one of the two that are left.
  assign odd = kept[GroupBits-1:0] ^ sum_i ^ carry_i;
  assign major = (sum_i & carry_i) | (kept[GroupBits-1:0] & (sum_i ^ carry_i));
  if (Tile > Keys) begin : gen_upper
    assign upper = {kept[TBits-1:GroupBits], odd};
  end else begin : gen_none
    assign upper = odd;
  end
  flashd_ripple_add #(.Bits(TBits), .RippleBits((TBits + 1) / 2)) u_add (
    .a_i(upper),
    .b_i(TBits'({major, left_i[0]})),
    .carry_i(left_i[1]),
    .sum_o(sum_d)
  );

  always_ff @(posedge clk_i) begin
    if (add_i && done_i) t_o <= {!sum_d[TBits-1], sum_d[TBits-2:0]};
  end

endmodule
