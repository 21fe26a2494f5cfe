// SPDX-License-Identifier: Apache-2.0
/// Tells, for every tile of a job whose rows fill one context, whether its values are needed.
///
/// They are not if every row that sees a key of the tile has a row sum S so large that w stays
/// below 2^-32 (a skipped tile: docs/contract.md). S >= 2^M, with M the largest R - 1 of the row's
/// earlier tiles or the exponent of the state it came with; the tile's sum is below
/// 2^(R + log2 Tile). Two octaves of distance to 2^-32 cover the rounding of w. The verdict depends
/// on scores alone, not on how far the output phase has come.
/// Latency: valid_o two cycles after found_i. Back-pressure: none, one tile per cycle.
/// Does not: know the values; from its first NaN score on, a row needs every tile that it sees.
module flashd_skip_check #(
  parameter int Lanes = 4,
  parameter int Tile = 64
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    en_i,
  // Findings of a tile.
  input  logic                    found_i,
  input  logic                    first_i,          // rows start here: forget what they had
  input  logic [Lanes-1:0]        seen_i,
  input  logic [Lanes-1:0][18:0]  reference_i,
  input  logic [Lanes-1:0][2:0]   flags_i,          // [0]: NaN score
  // Row states, before the rows' first tile.
  input  logic                    load_i,
  input  logic [Lanes-1:0][18:0]  load_exponent_i,
  input  logic [Lanes-1:0][5:0]   load_flags_i,     // [0]: the row has keys, [1]: NaN score
  output logic                    valid_o,
  output logic                    skip_o,
  output logic                    idle_o
);

  // R + log2 Tile <= M - Margin: w < 2^-34 before its rounding.
  localparam int Margin = 2 - flashd_spec_pkg::WMinLog2;
  localparam logic signed [19:0] Distance = 20'($clog2(Tile) + Margin);

  logic found_q, first_q;
  logic [Lanes-1:0] seen_q, nan_q, bad_d, bad_q, known_q, needed;
  logic [Lanes-1:0][18:0] reference_q, least_q;  // least_q: M

  always_comb begin
    for (int l = 0; l < Lanes; l++) begin
      // |R|, |M| < 2^18: no overflow in 20 bits.
      bad_d[l] = (seen_q[l] && nan_q[l]) || (bad_q[l] && !first_q);
      needed[l] = seen_q[l] && (bad_d[l] || first_q || !known_q[l] ||
          (20'($signed(reference_q[l])) + Distance > 20'($signed(least_q[l]))));
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      found_q <= 1'b0;
      valid_o <= 1'b0;
    end else begin
      found_q <= found_i && en_i;
      valid_o <= found_q;
    end
  end

  always_ff @(posedge clk_i) begin
    first_q <= first_i;
    seen_q <= seen_i;
    reference_q <= reference_i;
    for (int l = 0; l < Lanes; l++) nan_q[l] <= flags_i[l][0];
    skip_o <= needed == '0;
    for (int l = 0; l < Lanes; l++) begin
      if (load_i) begin
        known_q[l] <= load_flags_i[l][0];
        bad_q[l]   <= load_flags_i[l][1];
        least_q[l] <= load_exponent_i[l];
      end else if (found_q) begin
        bad_q[l] <= bad_d[l];
        known_q[l] <= seen_q[l] || (known_q[l] && !first_q);
        if (seen_q[l] && (first_q || !known_q[l] ||
                          ($signed(reference_q[l]) > $signed(least_q[l])))) begin
          least_q[l] <= reference_q[l] - 19'd1;
        end
      end
    end
  end

  assign idle_o = !found_q && !valid_o;

endmodule
