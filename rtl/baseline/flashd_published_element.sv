// SPDX-License-Identifier: Apache-2.0
/// Output element of the published FLASH-D: o = o + w (v - o), every operation rounded to BF16.
///
/// The old o is the register's; with `load_i` (8 rows) that of the row's memory, with `fresh_i`
/// zero, so that w = 1 gives v itself. `enable_i` low keeps o: a skipped or masked key costs no
/// clock. An exponent field of 0 is zero, whatever the other bits. Latency: 1 cycle; the loop over
/// o is the lane's slowest path. Back-pressure: none. Does not: handle Inf or NaN.
module flashd_published_element #(
  parameter int Rows = 1
) (
  input  logic        clk_i,
  input  logic        enable_i,
  input  logic        fresh_i,
  input  logic        load_i,
  input  logic [10:0] weight_i,
  input  logic [15:0] value_i,
  input  logic [15:0] kept_i,  // of the row's memory
  output logic [15:0] o_o
);

  logic [15:0] old;
  logic [15:0] o_d;

  if (Rows > 1) begin : gen_rows
    assign old = (o_o & {16{!fresh_i && !load_i}}) | (kept_i & {16{!fresh_i && load_i}});
  end else begin : gen_row
    logic unused;
    assign unused = ^{load_i, kept_i};
    assign old = o_o & {16{!fresh_i}};
  end

  flashd_published_merge u_merge (.old_i(old), .value_i, .weight_i, .o_o(o_d));

  always_ff @(posedge clk_i) begin
    if (enable_i) o_o <= o_d;
  end

endmodule
