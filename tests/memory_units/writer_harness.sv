// SPDX-License-Identifier: Apache-2.0
/// Output writer and write master together, for the unit bench: the constants of a sequence as
/// plain ports, the status client of the master free for the bench.
///
/// Latency: none of its own. Back-pressure: as its parts. Does not: synthesise.
module writer_harness
  import flashd_device_pkg::*;
#(
  parameter int AxiBits = 128,
  parameter int Lanes = 4,
  parameter int Contexts = 2,
  parameter int Merge = 1,
  parameter int MaxHeadDim = 64,
  parameter int Strobes = AxiBits / 8
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic                              start_i,
  output logic                              busy_o,
  input  logic                              fp16_i,
  input  logic [1:0]                        format_i,
  input  logic                              write_o_i,
  input  logic                              write_lse_i,
  input  logic                              state_out_i,
  input  logic [8:0]                        dv_i,
  input  logic [15:0]                       heads_kv_i,
  input  logic [15:0]                       group_i,
  input  logic [31:0]                       queries_i,
  input  logic [7:0]                        v_exponent_i,
  input  addr_t                             o_i,
  input  addr_t                             lse_i,
  input  addr_t                             state_i,
  input  stride_t                           o_head_i,
  input  stride_t                           o_token_i,
  input  stride_t                           lse_head_i,
  input  stride_t                           state_head_i,
  output logic                              out_room_o,
  input  logic                              out_take_i,
  input  logic                              beat_valid_i,
  input  logic [Lanes-1:0][Merge-1:0][31:0] o_data_i,
  input  logic                              o_last_i,
  input  logic [Lanes-1:0][Merge-1:0][31:0] so_data_i,
  input  logic                              ro_valid_i,
  input  logic [Lanes-1:0][31:0]            ro_lse_i,
  input  logic [Lanes-1:0][18:0]            ro_exponent_i,
  input  logic [Lanes-1:0][31:0]            ro_mantissa_i,
  input  logic [Lanes-1:0][5:0]             ro_flags_i,
  input  logic [Lanes-1:0]                  ro_rows_i,
  output logic [3:0]                        tap_rows_o,
  output logic [3:0]                        tap_rows_nan_o,
  output logic [3:0]                        tap_rows_empty_o,
  // Status client.
  input  logic                              req_valid_i,
  output logic                              req_ready_o,
  input  addr_t                             req_addr_i,
  input  logic [SegmentBits-1:0]            req_beats_i,
  input  logic                              data_valid_i,
  output logic                              data_ready_o,
  input  logic [AxiBits-1:0]                data_i,
  input  logic [Strobes-1:0]                strb_i,
  // Master.
  input  logic                              abort_i,
  output logic                              drained_o,
  output logic                              idle_o,
  output logic                              aw_valid_o,
  input  logic                              aw_ready_i,
  output addr_t                             aw_addr_o,
  output logic [7:0]                        aw_len_o,
  output logic                              w_valid_o,
  input  logic                              w_ready_i,
  output logic [AxiBits-1:0]                w_data_o,
  output logic [Strobes-1:0]                w_strb_o,
  output logic                              w_last_o,
  input  logic                              b_valid_i,
  output logic                              b_ready_o,
  input  logic [1:0]                        b_resp_i,
  output logic                              error_o,
  output logic                              error_dec_o,
  output addr_t                             error_addr_o,
  output logic                              tap_burst_o,
  output logic [6:0]                        tap_bytes_o
);

  sequence_t seq;
  always_comb begin
    seq = '0;
    seq.fp16 = fp16_i;
    seq.format = format_i;
    seq.write_o = write_o_i;
    seq.write_lse = write_lse_i;
    seq.state_out = state_out_i;
    seq.dv = dv_i;
    seq.heads_kv = heads_kv_i;
    seq.group = group_i;
    seq.queries = queries_i;
    seq.v_exponent = v_exponent_i;
    seq.o = o_i;
    seq.lse = lse_i;
    seq.state_out_base = state_i;
    seq.o_head = o_head_i;
    seq.o_token = o_token_i;
    seq.lse_head = lse_head_i;
    seq.state_head = state_head_i;
  end

  logic req_valid, req_ready, data_valid, data_ready;
  addr_t req_addr;
  logic [SegmentBits-1:0] req_beats;
  logic [AxiBits-1:0] data;
  logic [Strobes-1:0] strb;
  logic [$clog2(Lanes+1)-1:0] rows, rows_nan, rows_empty;
  logic [$clog2(Strobes+1)-1:0] bytes;

  assign tap_rows_o = 4'(rows);
  assign tap_rows_nan_o = 4'(rows_nan);
  assign tap_rows_empty_o = 4'(rows_empty);
  assign tap_bytes_o = 7'(bytes);

  flashd_output_writer #(
    .AxiBits   (AxiBits),
    .Lanes     (Lanes),
    .Contexts  (Contexts),
    .Merge     (Merge),
    .MaxHeadDim(MaxHeadDim)
  ) u_writer (
    .clk_i,
    .rst_ni,
    .start_i,
    .seq_i           (seq),
    .busy_o,
    .out_room_o,
    .out_take_i,
    .o_valid_i       (beat_valid_i),
    .o_data_i,
    .o_last_i,
    .so_valid_i      (beat_valid_i && state_out_i),
    .so_data_i,
    .ro_valid_i,
    .ro_lse_i,
    .ro_exponent_i,
    .ro_mantissa_i,
    .ro_flags_i,
    .ro_rows_i,
    .req_valid_o     (req_valid),
    .req_ready_i     (req_ready),
    .req_addr_o      (req_addr),
    .req_beats_o     (req_beats),
    .data_valid_o    (data_valid),
    .data_ready_i    (data_ready),
    .data_o          (data),
    .strb_o          (strb),
    .tap_rows_o      (rows),
    .tap_rows_nan_o  (rows_nan),
    .tap_rows_empty_o(rows_empty)
  );

  flashd_write_master #(
    .AxiBits(AxiBits)
  ) u_master (
    .clk_i,
    .rst_ni,
    .abort_i,
    .drained_o,
    .idle_o,
    .req_valid_i ({req_valid_i, req_valid}),
    .req_ready_o ({req_ready_o, req_ready}),
    .req_addr_i  ({req_addr_i, req_addr}),
    .req_beats_i ({req_beats_i, req_beats}),
    .data_valid_i({data_valid_i, data_valid}),
    .data_ready_o({data_ready_o, data_ready}),
    .data_i      ({data_i, data}),
    .strb_i      ({strb_i, strb}),
    .aw_valid_o,
    .aw_ready_i,
    .aw_addr_o,
    .aw_len_o,
    .w_valid_o,
    .w_ready_i,
    .w_data_o,
    .w_strb_o,
    .w_last_o,
    .b_valid_i,
    .b_ready_o,
    .b_resp_i,
    .error_o,
    .error_dec_o,
    .error_addr_o,
    .tap_burst_o,
    .tap_bytes_o (bytes)
  );

endmodule
