// SPDX-License-Identifier: Apache-2.0
/// Bias unit behind a read master, for the unit bench: the constants of a sequence as plain ports.
///
/// Latency: none of its own. Back-pressure: as its parts. Does not: synthesise.
module bias_harness
  import flashd_device_pkg::*;
#(
  parameter int Profile = 0,
  parameter int AxiBits = 128,
  parameter int Lanes = 4,
  parameter int Contexts = 2,
  parameter int Tile = 16,
  parameter int BiasBits = flashd_spec_pkg::BiasRangeLog2 + 1 + flashd_spec_pkg::score_frac(Profile)
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  input  logic                           start_i,
  output logic                           busy_o,
  input  logic                           causal_i,
  input  logic                           window_i,
  input  logic                           bias_i,
  input  logic [1:0]                     bias_format_i,
  input  logic                           alibi_i,
  input  logic [15:0]                    heads_kv_i,
  input  logic [15:0]                    group_i,
  input  logic [31:0]                    queries_i,
  input  logic [31:0]                    kv_len_i,
  input  logic [31:0]                    diagonal_i,
  input  logic [31:0]                    window_left_i,
  input  logic [31:0]                    window_right_i,
  input  addr_t                          bias_base_i,
  input  addr_t                          alibi_base_i,
  input  stride_t                        bias_head_i,
  input  stride_t                        bias_token_i,
  output logic                           b_valid_o,
  input  logic                           b_ready_i,
  output logic [Lanes-1:0][BiasBits-1:0] b_value_o,
  output logic [Lanes-1:0]               b_mask_o,
  output logic [Lanes-1:0]               b_nan_o,
  // Master.
  output logic                           drained_o,
  output logic                           ar_valid_o,
  input  logic                           ar_ready_i,
  output addr_t                          ar_addr_o,
  output logic [7:0]                     ar_len_o,
  input  logic                           r_valid_i,
  input  logic [AxiBits-1:0]             r_data_i,
  input  logic                           r_last_i
);

  sequence_t seq;
  always_comb begin
    seq = '0;
    seq.causal = causal_i;
    seq.window = window_i;
    seq.bias = bias_i;
    seq.bias_format = bias_format_i;
    seq.alibi = alibi_i;
    seq.heads_kv = heads_kv_i;
    seq.group = group_i;
    seq.queries = queries_i;
    seq.kv_len = kv_len_i;
    seq.diagonal = diagonal_i;
    seq.window_left = window_left_i;
    seq.window_right = window_right_i;
    seq.bias_base = bias_base_i;
    seq.alibi_base = alibi_base_i;
    seq.bias_head = bias_head_i;
    seq.bias_token = bias_token_i;
  end

  logic [ReadClients-1:0] req_valid, req_ready, beat_valid;
  addr_t [ReadClients-1:0] req_addr;
  logic [ReadClients-1:0][SegmentBits-1:0] req_beats;
  addr_t addr;
  logic [SegmentBits-1:0] beats;
  logic [AxiBits-1:0] beat_data;
  logic beat_last;

  assign req_addr = {ReadClients{addr}};
  assign req_beats = {ReadClients{beats}};

  flashd_bias_unit #(
    .Profile (Profile),
    .AxiBits (AxiBits),
    .Lanes   (Lanes),
    .Contexts(Contexts),
    .Tile    (Tile)
  ) u_bias (
    .clk_i,
    .rst_ni,
    .start_i,
    .seq_i       (seq),
    .busy_o,
    .req_valid_o (req_valid[ReadBias]),
    .req_ready_i (req_ready[ReadBias]),
    .req_addr_o  (addr),
    .req_beats_o (beats),
    .beat_valid_i(beat_valid[ReadBias]),
    .beat_data_i (beat_data),
    .beat_last_i (beat_last),
    .b_valid_o,
    .b_ready_i,
    .b_value_o,
    .b_mask_o,
    .b_nan_o
  );
  for (genvar c = 0; c < ReadClients; c++) begin : gen_idle
    if (c != int'(ReadBias)) begin : gen_other
      assign req_valid[c] = 1'b0;
    end
  end

  flashd_read_master #(
    .AxiBits(AxiBits)
  ) u_master (
    .clk_i,
    .rst_ni,
    .abort_i     (1'b0),
    .drained_o,
    .req_valid_i (req_valid),
    .req_ready_o (req_ready),
    .req_addr_i  (req_addr),
    .req_beats_i (req_beats),
    .beat_valid_o(beat_valid),
    .beat_data_o (beat_data),
    .beat_last_o (beat_last),
    .error_o     (),
    .error_dec_o (),
    .error_addr_o(),
    .tap_burst_o (),
    .tap_beat_o  (),
    .ar_valid_o,
    .ar_ready_i,
    .ar_addr_o,
    .ar_len_o,
    .ar_size_o   (),
    .ar_burst_o  (),
    .r_valid_i,
    .r_ready_o   (),
    .r_data_i,
    .r_resp_i    (2'b00),
    .r_last_i
  );

  logic unused;
  assign unused = ^{req_ready, beat_valid};

endmodule
