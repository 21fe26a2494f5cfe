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
  localparam int Numbers = (Keys < 6) ? Keys : 6,
  // |p v / 2^E| < 2, at most Tile addends, a sign: |T| < Tile 2^(tile_frac + 1).
  localparam int TBits = flashd_spec_pkg::tile_frac(Profile) + 2 + $clog2(Tile),
  localparam int MissingBits = (Tile > Keys) ? $clog2(Tile / Keys) : 1
) (
  input  logic                              clk_i,
  input  logic                              add_i,
  input  logic                              restart_i,
  input  logic                              done_i,
  input  logic [MissingBits-1:0]            missing_i,
  input  logic [Numbers-1:0][GroupBits-1:0] value_i,
  input  logic [Numbers-1:0]                left_i,
  output logic [TBits-1:0]                  t_o
);

  // What a group gives, and what came before; so one carry in Rows is free.
  localparam int Rows = Numbers + 1;

  logic [TBits-1:0]           sum_d;
  logic [Rows-1:0][TBits-1:0] row;
  logic [1:0][TBits-1:0]      half;
  logic [1:0]                 left;
  logic                       unused_left;

  for (genvar n = 0; n < Numbers; n++) begin : gen_row
    assign row[n] = TBits'(value_i[n]);
  end
  if (Tile > Keys) begin : gen_steps
    logic [TBits-1:0] sum_q;
    logic [TBits-1:0] base;
    // A step raises by Keys 2^(tile_frac + 1) = 2^(GroupBits - 1).
    assign base = TBits'(missing_i) << (GroupBits - 1);
    assign row[Numbers] = (sum_q & {TBits{!restart_i}}) | (base & {TBits{restart_i}});
    always_ff @(posedge clk_i) begin
      if (add_i && !done_i) sum_q <= sum_d;
    end
  end else begin : gen_step
    logic unused;
    assign unused = restart_i ^ (^missing_i);
    assign row[Numbers] = '0;
  end

  flashd_compress #(.Inputs(Rows), .Bits(TBits)) u_compress (
    .value_i(row),
    .carry_i({1'b0, left_i}),
    .value_o(half),
    .left_o(left)
  );
  assign unused_left = left[1];
  flashd_ripple_add #(.Bits(TBits), .RippleBits(2 * TBits / 5)) u_add (
    .a_i(half[0]),
    .b_i(half[1]),
    .carry_i(left[0]),
    .sum_o(sum_d)
  );

  always_ff @(posedge clk_i) begin
    if (add_i && done_i) t_o <= {!sum_d[TBits-1], sum_d[TBits-2:0]};
  end

endmodule
