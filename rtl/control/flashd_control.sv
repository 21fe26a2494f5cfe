// SPDX-License-Identifier: Apache-2.0
/// The host's side of the device: registers, ring of descriptors, sequencer, counters.
///
/// Latency: that of its units. Back-pressure: the registers' slave and the clients of the masters
/// may wait at any time.
/// Does not: move tensors (flashd_core), or drive AXI4 (flashd_axi_master). On rst_ni alone:
/// core_rst_no, which it gives, resets the core.
module flashd_control
  import flashd_device_pkg::*;
  import flashd_device_spec_pkg::*;
#(
  parameter int Profile = 0,
  parameter int Sig = 11,
  parameter int Width = 64,
  parameter int Lanes = 4,
  parameter int Contexts = 16,
  parameter int Tile = 64,
  parameter int MaxHeadDim = 256,
  parameter int SoftCap = 1,
  parameter int AxiBits = 128,
  // Derived: not to be set.
  parameter int Strobes = AxiBits / 8,
  parameter int CountBits = $clog2(Strobes + 1),       // bytes of a beat
  parameter int LaneBits = $clog2(Lanes + 1),
  parameter int RegisterBits = flashd_regs_pkg::FLASHD_REGS_MIN_ADDR_WIDTH
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  output logic                    irq_o,
  // AXI4-Lite slave.
  input  logic                    s_axil_awvalid_i,
  output logic                    s_axil_awready_o,
  input  logic [RegisterBits-1:0] s_axil_awaddr_i,
  input  logic [2:0]              s_axil_awprot_i,
  input  logic                    s_axil_wvalid_i,
  output logic                    s_axil_wready_o,
  input  logic [31:0]             s_axil_wdata_i,
  input  logic [3:0]              s_axil_wstrb_i,
  output logic                    s_axil_bvalid_o,
  input  logic                    s_axil_bready_i,
  output logic [1:0]              s_axil_bresp_o,
  input  logic                    s_axil_arvalid_i,
  output logic                    s_axil_arready_o,
  input  logic [RegisterBits-1:0] s_axil_araddr_i,
  input  logic [2:0]              s_axil_arprot_i,
  output logic                    s_axil_rvalid_o,
  input  logic                    s_axil_rready_i,
  output logic [31:0]             s_axil_rdata_o,
  output logic [1:0]              s_axil_rresp_o,
  // Read client: descriptors and sequence records.
  output logic                    req_valid_o,
  input  logic                    req_ready_i,
  output addr_t                   req_addr_o,
  output logic [SegmentBits-1:0]  req_beats_o,
  input  logic                    beat_valid_i,
  input  logic                    beat_last_i,
  input  logic [AxiBits-1:0]      beat_data_i,
  // Write client: status records.
  output logic                    write_valid_o,
  input  logic                    write_ready_i,
  output addr_t                   write_addr_o,
  output logic [SegmentBits-1:0]  write_beats_o,
  output logic                    data_valid_o,
  input  logic                    data_ready_i,
  output logic [AxiBits-1:0]      data_o,
  output logic [Strobes-1:0]      strb_o,
  // Masters.
  output logic [31:0]             timeout_o,
  input  logic                    bus_hung_i,
  output logic                    abort_o,
  input  logic                    read_drained_i,
  input  logic                    write_drained_i,
  input  logic                    write_idle_i,
  input  logic                    read_error_i,
  input  logic                    read_dec_i,
  input  addr_t                   read_addr_i,
  input  logic                    write_error_i,
  input  logic                    write_dec_i,
  input  addr_t                   write_error_addr_i,
  // Core.
  input  logic                    page_fault_i,
  input  addr_t                   page_addr_i,
  output logic                    core_rst_no,
  output logic                    start_o,
  output sequence_t               seq_o,
  output logic                    scale_negative_o,
  output logic [21:0]             scale_mantissa_o,
  output logic signed [11:0]      job_exponent_o,
  output logic [63:0]             soft_cap_o,
  input  logic                    units_busy_i,
  // What happens in this cycle, for the counters: of the masters, of the core.
  input  logic                    read_burst_i,
  input  logic                    read_beat_i,
  input  logic                    write_burst_i,
  input  logic [CountBits-1:0]    write_bytes_i,
  input  logic [2:0]              score_wait_i,
  input  logic [2:0]              output_wait_i,
  input  logic [LaneBits-1:0]     keys_scored_i,
  input  logic [LaneBits-1:0]     keys_skipped_i,
  input  logic [LaneBits-1:0]     saturations_i,
  input  logic                    tiles_i,
  input  logic                    tiles_skipped_i,
  input  logic                    unread_i,
  input  logic [LaneBits-1:0]     rows_i,
  input  logic [LaneBits-1:0]     rows_nan_i,
  input  logic [LaneBits-1:0]     rows_empty_i
);

  // The largest step of a counter: bytes of a beat, or lanes.
  localparam int StepBits = (CountBits > LaneBits) ? CountBits : LaneBits;

  logic enable, soft_reset, clear_counters, ring_clear, ring_work, ring_bad, ring_overrun;
  logic ring_stopped, advance, hung, idle, busy, irq_done, irq_fault, irq_hung;
  logic job_done, job_fault;
  logic [63:0] ring_base, fault_addr;
  logic [4:0] ring_log2;
  logic [31:0] ring_head, ring_tail, fault_tag;
  logic [7:0] fault_code;
  addr_t ring_addr;
  logic [Counters-1:0][63:0] count;
  logic [Counters-1:0][StepBits-1:0] step;

  flashd_csr #(
    .Profile   (Profile),
    .Sig       (Sig),
    .Width     (Width),
    .Lanes     (Lanes),
    .Contexts  (Contexts),
    .Tile      (Tile),
    .MaxHeadDim(MaxHeadDim),
    .SoftCap   (SoftCap),
    .AxiBits   (AxiBits)
  ) u_csr (
    .clk_i,
    .rst_ni,
    .s_axil_awvalid_i,
    .s_axil_awready_o,
    .s_axil_awaddr_i,
    .s_axil_awprot_i,
    .s_axil_wvalid_i,
    .s_axil_wready_o,
    .s_axil_wdata_i,
    .s_axil_wstrb_i,
    .s_axil_bvalid_o,
    .s_axil_bready_i,
    .s_axil_bresp_o,
    .s_axil_arvalid_i,
    .s_axil_arready_o,
    .s_axil_araddr_i,
    .s_axil_arprot_i,
    .s_axil_rvalid_o,
    .s_axil_rready_i,
    .s_axil_rdata_o,
    .s_axil_rresp_o,
    .irq_o,
    .enable_o        (enable),
    .soft_reset_o    (soft_reset),
    .clear_counters_o(clear_counters),
    .ring_base_o     (ring_base),
    .ring_log2_o     (ring_log2),
    .ring_tail_o     (ring_tail),
    .timeout_o,
    .ring_clear_i    (ring_clear),
    .ring_head_i     (ring_head),
    .idle_i          (idle),
    .busy_i          (busy),
    .hung_i          (hung),
    .ring_stopped_i  (ring_stopped),
    .irq_done_i      (irq_done),
    .irq_fault_i     (irq_fault),
    .irq_hung_i      (irq_hung),
    .fault_code_i    (fault_code),
    .fault_tag_i     (fault_tag),
    .fault_addr_i    (fault_addr),
    .count_i         (count)
  );

  flashd_ring u_ring (
    .clk_i,
    .rst_ni,
    .enable_i  (enable),
    .base_i    (ring_base),
    .log2_i    (ring_log2),
    .tail_i    (ring_tail),
    .advance_i (advance),
    .clear_i   (ring_clear),
    .head_o    (ring_head),
    .work_o    (ring_work),
    .addr_o    (ring_addr),
    .base_bad_o(ring_bad),
    .overrun_o (ring_overrun),
    .stopped_o (ring_stopped)
  );

  flashd_sequencer #(
    .AxiBits   (AxiBits),
    .Sig       (Sig),
    .Lanes     (Lanes),
    .MaxHeadDim(MaxHeadDim),
    .SoftCap   (SoftCap)
  ) u_sequencer (
    .clk_i,
    .rst_ni,
    .work_i            (ring_work),
    .ring_addr_i       (ring_addr),
    .ring_bad_i        (ring_bad),
    .overrun_i         (ring_overrun),
    .advance_o         (advance),
    .ring_clear_o      (ring_clear),
    .soft_reset_i      (soft_reset),
    .hung_i            (bus_hung_i),
    .req_valid_o,
    .req_ready_i,
    .req_addr_o,
    .req_beats_o,
    .beat_valid_i,
    .beat_last_i,
    .beat_data_i,
    .write_valid_o,
    .write_ready_i,
    .write_addr_o,
    .write_beats_o,
    .data_valid_o,
    .data_ready_i,
    .data_o,
    .strb_o,
    .read_error_i,
    .read_dec_i,
    .read_addr_i,
    .write_error_i,
    .write_dec_i,
    .write_error_addr_i,
    .page_fault_i,
    .page_addr_i,
    .abort_o,
    .read_drained_i,
    .write_drained_i,
    .write_idle_i,
    .core_rst_no,
    .start_o,
    .seq_o,
    .scale_negative_o,
    .scale_mantissa_o,
    .job_exponent_o,
    .soft_cap_o,
    .units_busy_i,
    .idle_o            (idle),
    .busy_o            (busy),
    .hung_o            (hung),
    .irq_done_o        (irq_done),
    .irq_fault_o       (irq_fault),
    .irq_hung_o        (irq_hung),
    .job_done_o        (job_done),
    .job_fault_o       (job_fault),
    .fault_code_o      (fault_code),
    .fault_tag_o       (fault_tag),
    .fault_addr_o      (fault_addr)
  );

  // Counters. In reset the arrays are idle.
  logic [2:0] score_class, output_class;
  assign score_class = core_rst_no ? score_wait_i : flashd_tap_pkg::ScoreIdle;
  assign output_class = core_rst_no ? output_wait_i : flashd_tap_pkg::OutputIdle;

  always_comb begin
    step = '0;
    step[CounterCycles] = StepBits'(busy || ring_work);
    step[CounterBusy] = StepBits'(busy);
    step[CounterJobs] = StepBits'(job_done);
    step[CounterFaults] = StepBits'(job_fault);
    for (int i = 0; i <= int'(flashd_tap_pkg::ScoreIdle); i++) begin
      step[CounterScoreBusy+i] = StepBits'(busy && score_class == 3'(i));
    end
    for (int i = 0; i <= int'(flashd_tap_pkg::OutputIdle); i++) begin
      step[CounterOutputBusy+i] = StepBits'(busy && output_class == 3'(i));
    end
    step[CounterBytesRead] = read_beat_i ? StepBits'(Strobes) : '0;
    step[CounterBytesWritten] = StepBits'(write_bytes_i);
    step[CounterReadBursts] = StepBits'(read_burst_i);
    step[CounterWriteBursts] = StepBits'(write_burst_i);
    step[CounterKeysScored] = StepBits'(keys_scored_i);
    step[CounterKeysSkipped] = StepBits'(keys_skipped_i);
    step[CounterTiles] = StepBits'(tiles_i);
    step[CounterTilesSkipped] = StepBits'(tiles_skipped_i);
    step[CounterTilesUnread] = StepBits'(unread_i);
    step[CounterSaturations] = StepBits'(saturations_i);
    step[CounterRows] = StepBits'(rows_i);
    step[CounterRowsNan] = StepBits'(rows_nan_i);
    step[CounterRowsEmpty] = StepBits'(rows_empty_i);
  end

  flashd_counters #(
    .StepBits(StepBits)
  ) u_counters (
    .clk_i,
    .rst_ni,
    .clear_i(clear_counters),
    .step_i (step),
    .count_o(count)
  );

endmodule
