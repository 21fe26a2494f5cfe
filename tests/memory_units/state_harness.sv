// SPDX-License-Identifier: Apache-2.0
/// State reader behind a read master, for the unit bench: the constants of a sequence as plain
/// ports.
///
/// Latency: none of its own. Back-pressure: as its parts. Does not: synthesise.
module state_harness
  import flashd_device_pkg::*;
#(
  parameter int AxiBits = 128,
  parameter int Lanes = 4,
  parameter int Contexts = 2,
  parameter int Merge = 1,
  parameter int MaxHeadDim = 64
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic                              start_i,
  output logic                              busy_o,
  input  logic                              state_in_i,
  input  logic [8:0]                        dv_i,
  input  logic [15:0]                       heads_kv_i,
  input  logic [15:0]                       group_i,
  input  logic [31:0]                       queries_i,
  input  addr_t                             state_i,
  input  stride_t                           state_head_i,
  output logic                              si_valid_o,
  input  logic                              si_ready_i,
  output logic [Lanes-1:0][Merge-1:0][31:0] si_data_o,
  output logic                              ri_valid_o,
  input  logic                              ri_ready_i,
  output logic [Lanes-1:0][18:0]            ri_exponent_o,
  output logic [Lanes-1:0][31:0]            ri_mantissa_o,
  output logic [Lanes-1:0][5:0]             ri_flags_o,
  // Master.
  output logic                              drained_o,
  output logic                              ar_valid_o,
  input  logic                              ar_ready_i,
  output addr_t                             ar_addr_o,
  output logic [7:0]                        ar_len_o,
  input  logic                              r_valid_i,
  input  logic [AxiBits-1:0]                r_data_i,
  input  logic                              r_last_i
);

  sequence_t seq;
  always_comb begin
    seq = '0;
    seq.state_in = state_in_i;
    seq.dv = dv_i;
    seq.heads_kv = heads_kv_i;
    seq.group = group_i;
    seq.queries = queries_i;
    seq.state_in_base = state_i;
    seq.state_head = state_head_i;
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

  flashd_state_reader #(
    .AxiBits   (AxiBits),
    .Lanes     (Lanes),
    .Contexts  (Contexts),
    .Merge     (Merge),
    .MaxHeadDim(MaxHeadDim)
  ) u_reader (
    .clk_i,
    .rst_ni,
    .start_i,
    .seq_i        (seq),
    .busy_o,
    .req_valid_o  (req_valid[ReadState]),
    .req_ready_i  (req_ready[ReadState]),
    .req_addr_o   (addr),
    .req_beats_o  (beats),
    .beat_valid_i (beat_valid[ReadState]),
    .beat_data_i  (beat_data),
    .beat_last_i  (beat_last),
    .si_valid_o,
    .si_ready_i,
    .si_data_o,
    .ri_valid_o,
    .ri_ready_i,
    .ri_exponent_o,
    .ri_mantissa_o,
    .ri_flags_o
  );
  for (genvar c = 0; c < ReadClients; c++) begin : gen_idle
    if (c != int'(ReadState)) begin : gen_other
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
