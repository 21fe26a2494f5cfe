// SPDX-License-Identifier: Apache-2.0
/// Queues of what leaves the engine: outputs, raw outputs and row heads.
///
/// Latency: one cycle. Back-pressure: en_o falls while one of the queues is full, and what fills
/// them stands still at once; raw outputs are queued only with state_out_en_i.
/// Does not: keep the three streams in step with each other.
module flashd_output_queue #(
  parameter int Lanes = 4,
  parameter int Merge = 1
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic                              state_out_en_i,
  output logic                              en_o,
  input  logic                              out_valid_i,
  input  logic                              out_last_i,
  input  logic [Lanes-1:0]                  out_rows_i,
  input  logic [Lanes-1:0][Merge-1:0][31:0] out_data_i,
  input  logic [Lanes-1:0][Merge-1:0][31:0] out_raw_i,
  input  logic                              row_valid_i,
  input  logic [Lanes-1:0]                  row_rows_i,
  input  logic [Lanes-1:0][31:0]            row_lse_i,
  input  logic [Lanes-1:0][18:0]            row_exponent_i,
  input  logic [Lanes-1:0][31:0]            row_mantissa_i,
  input  logic [Lanes-1:0][5:0]             row_flags_i,
  output logic                              o_valid_o,
  input  logic                              o_ready_i,
  output logic [Lanes-1:0][Merge-1:0][31:0] o_data_o,
  output logic [Lanes-1:0]                  o_rows_o,
  output logic                              o_last_o,
  output logic                              so_valid_o,
  input  logic                              so_ready_i,
  output logic [Lanes-1:0][Merge-1:0][31:0] so_data_o,
  output logic                              ro_valid_o,
  input  logic                              ro_ready_i,
  output logic [Lanes-1:0][31:0]            ro_lse_o,
  output logic [Lanes-1:0][18:0]            ro_exponent_o,
  output logic [Lanes-1:0][31:0]            ro_mantissa_o,
  output logic [Lanes-1:0][5:0]             ro_flags_o,
  output logic [Lanes-1:0]                  ro_rows_o
);

  logic o_room, so_room, ro_room;
  assign en_o = o_room && so_room && ro_room;

  flashd_fifo #(
    .Bits (1 + Lanes + Lanes * Merge * 32),
    .Depth(4)
  ) u_o_queue (
    .clk_i,
    .rst_ni,
    .valid_i(out_valid_i),
    .ready_o(o_room),
    .data_i ({out_last_i, out_rows_i, out_data_i}),
    .valid_o(o_valid_o),
    .ready_i(o_ready_i),
    .data_o ({o_last_o, o_rows_o, o_data_o})
  );
  flashd_fifo #(
    .Bits (Lanes * Merge * 32),
    .Depth(4)
  ) u_so_queue (
    .clk_i,
    .rst_ni,
    .valid_i(out_valid_i && state_out_en_i),
    .ready_o(so_room),
    .data_i (out_raw_i),
    .valid_o(so_valid_o),
    .ready_i(so_ready_i),
    .data_o (so_data_o)
  );
  flashd_fifo #(
    .Bits (Lanes * (1 + 32 + 19 + 32 + 6)),
    .Depth(2)
  ) u_ro_queue (
    .clk_i,
    .rst_ni,
    .valid_i(row_valid_i),
    .ready_o(ro_room),
    .data_i ({row_rows_i, row_lse_i, row_exponent_i, row_mantissa_i, row_flags_i}),
    .valid_o(ro_valid_o),
    .ready_i(ro_ready_i),
    .data_o ({ro_rows_o, ro_lse_o, ro_exponent_o, ro_mantissa_o, ro_flags_o})
  );

endmodule
