// SPDX-License-Identifier: Apache-2.0
/// Runs jobs: descriptor, checks, one sequence after another, status record, interrupt; and ends
/// them early: fault, soft reset, hung bus.
///
/// Latency: work_i in cycle t asks for the descriptor in t + 1; one cycle to check it, and one to
/// check each sequence record; start_o in the next; units_busy_i low and write_idle_i high end a
/// sequence. A fault in cycle t gives abort_o in t + 1, until both masters are drained and for the
/// 4 cycles in which core_rst_no is low. The status record follows; the fault registers, the
/// interrupt and the ring's head change in the cycle after its response.
/// Back-pressure: waits for the masters. A job without queries starts nothing.
/// Does not: recover a hung bus; only rst_ni does.
/// The first fault of a job counts; of one cycle, a read's before a write's before a page's.
module flashd_sequencer
  import flashd_device_pkg::*;
  import flashd_device_spec_pkg::*;
#(
  parameter int AxiBits = 128,
  parameter int Sig = 11,
  parameter int Lanes = 4,
  parameter int MaxHeadDim = 256,
  parameter int SoftCap = 1,
  // Derived: not to be set.
  parameter int Strobes = AxiBits / 8
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  // Ring and commands.
  input  logic                   work_i,
  input  addr_t                  ring_addr_i,
  input  logic                   ring_bad_i,
  input  logic                   overrun_i,
  output logic                   advance_o,
  output logic                   ring_clear_o,
  input  logic                   soft_reset_i,
  input  logic                   hung_i,
  // Read client.
  output logic                   req_valid_o,
  input  logic                   req_ready_i,
  output addr_t                  req_addr_o,
  output logic [SegmentBits-1:0] req_beats_o,
  input  logic                   beat_valid_i,
  input  logic                   beat_last_i,
  input  logic [AxiBits-1:0]     beat_data_i,
  // Write client: the status record.
  output logic                   write_valid_o,
  input  logic                   write_ready_i,
  output addr_t                  write_addr_o,
  output logic [SegmentBits-1:0] write_beats_o,
  output logic                   data_valid_o,
  input  logic                   data_ready_i,
  output logic [AxiBits-1:0]     data_o,
  output logic [Strobes-1:0]     strb_o,
  // Faults of the masters and the page table.
  input  logic                   read_error_i,
  input  logic                   read_dec_i,
  input  addr_t                  read_addr_i,
  input  logic                   write_error_i,
  input  logic                   write_dec_i,
  input  addr_t                  write_error_addr_i,
  input  logic                   page_fault_i,
  input  addr_t                  page_addr_i,
  // Masters.
  output logic                   abort_o,
  input  logic                   read_drained_i,
  input  logic                   write_drained_i,
  input  logic                   write_idle_i,
  // Units.
  output logic                   core_rst_no,
  output logic                   start_o,
  output sequence_t              seq_o,
  output logic                   scale_negative_o,
  output logic [21:0]            scale_mantissa_o,
  output logic signed [11:0]     job_exponent_o,
  output logic [63:0]            soft_cap_o,     // word of the spec
  input  logic                   units_busy_i,   // any unit, or the engine
  // What the host sees.
  output logic                   idle_o,
  output logic                   busy_o,         // a job is in progress
  output logic                   hung_o,
  output logic                   irq_done_o,     // one cycle each
  output logic                   irq_fault_o,
  output logic                   irq_hung_o,
  output logic                   job_done_o,
  output logic                   job_fault_o,
  output logic [7:0]             fault_code_o,
  output logic [31:0]            fault_tag_o,
  output logic [63:0]            fault_addr_o
);

  localparam int DescriptorBits = 32 * DescriptorWords;
  localparam int DescriptorBeats = DescriptorBits / AxiBits;        // 4 to 32
  localparam int RecordBeats = 32 * SequenceWords / AxiBits;        // 1 to 8
  localparam int StatusBits = 32 * StatusWords;
  localparam int StatusBeats = (StatusBits + AxiBits - 1) / AxiBits;  // 2 or 1
  localparam int KeptBits = 128;                                    // of a sequence record
  localparam int ResetCycles = 4;

  if (AxiBits != 64 && AxiBits != 128 && AxiBits != 256 && AxiBits != 512) begin : gen_bad_axi
    $error("flashd_sequencer: AxiBits must be 64, 128, 256 or 512.");
  end

  typedef enum logic [3:0] {
    StIdle, StFetch, StCheck, StRecord, StRecordCheck, StStart, StRun, StNext, StStatus,
    StStatusWait, StEnd, StAbort, StReset, StHung
  } state_e;

  state_e state_q, state_d;
  descriptor_record_t desc_q;
  logic [KeptBits-1:0] record_q;
  sequence_record_t record;
  logic kept_q;                         // the record's kept part is complete
  logic asked_q, desc_known_q, job_q, soft_q, overrun_q, core_rst_nq;
  logic [31:0] batch_left_q;
  logic [1:0] reset_q;
  logic data_second_q;
  fault_e fault_q, fault, check_fault, verdict_q;
  logic [63:0] fault_addr_q, fault_addr, check_addr, fault_addr_shown, verdict_addr_q;
  logic fault_has_addr_q, fault_has_addr;
  logic status_good, record_bad, idle_fault, bus_fault, hang, report_overrun;

  // The descriptor, and the record of the sequence.
  flashd_descriptor_check #(
    .Sig       (Sig),
    .Lanes     (Lanes),
    .MaxHeadDim(MaxHeadDim),
    .SoftCap   (SoftCap)
  ) u_check (
    .desc_i       (desc_q),
    .fault_o      (check_fault),
    .addr_o       (check_addr),
    .status_good_o(status_good),
    .record_i     (record),
    .record_bad_o (record_bad)
  );

  assign record = sequence_record_t'({{(32 * SequenceWords - KeptBits){1'b0}}, record_q});

  always_ff @(posedge clk_i) begin
    if (state_q == StFetch && beat_valid_i) begin
      desc_q <= descriptor_record_t'({beat_data_i, desc_q[DescriptorBits-1:AxiBits]});
    end else if (state_q == StNext) begin
      desc_q.sequences <= desc_q.sequences + 64'(4 * SequenceWords);
      desc_q.q <= 64'(next_base(desc_q.q[AddrBits-1:0], desc_q.q_batch));
      if (!desc_q.flags[FlagPaged]) begin
        desc_q.k <= 64'(next_base(desc_q.k[AddrBits-1:0], desc_q.k_batch));
        desc_q.v <= 64'(next_base(desc_q.v[AddrBits-1:0], desc_q.v_batch));
      end
      desc_q.o <= 64'(next_base(desc_q.o[AddrBits-1:0], desc_q.o_batch));
      desc_q.lse <= 64'(next_base(desc_q.lse[AddrBits-1:0], desc_q.lse_batch));
      desc_q.bias <= 64'(next_base(desc_q.bias[AddrBits-1:0], desc_q.bias_batch));
      desc_q.page_table <= 64'(next_base(desc_q.page_table[AddrBits-1:0], desc_q.page_batch));
      desc_q.state_in <= 64'(next_base(desc_q.state_in[AddrBits-1:0], desc_q.state_batch));
      desc_q.state_out <= 64'(next_base(desc_q.state_out[AddrBits-1:0], desc_q.state_batch));
    end
  end

  function automatic addr_t next_base(input addr_t base, input stride_t stride);
    return base + AddrBits'({stride, {LineBits{1'b0}}});
  endfunction

  if (AxiBits >= KeptBits) begin : gen_whole
    always_ff @(posedge clk_i) begin
      if (state_q == StRecord && beat_valid_i && !kept_q) record_q <= beat_data_i[KeptBits-1:0];
    end
  end else begin : gen_parts
    always_ff @(posedge clk_i) begin
      if (state_q == StRecord && beat_valid_i && !kept_q) begin
        record_q <= {beat_data_i, record_q[KeptBits-1:AxiBits]};
      end
    end
  end

  logic kept_beat_q;                    // one beat of the record has come
  always_ff @(posedge clk_i) begin
    if (state_q != StRecord) begin
      kept_q <= 1'b0;
      kept_beat_q <= 1'b0;
    end else if (beat_valid_i) begin
      kept_beat_q <= 1'b1;
      kept_q <= kept_beat_q || AxiBits >= KeptBits;
    end
  end

  // Requests.
  assign req_valid_o = (state_q == StFetch || state_q == StRecord) && !asked_q;
  assign req_addr_o = (state_q == StFetch) ? ring_addr_i : desc_q.sequences[AddrBits-1:0];
  assign req_beats_o = (state_q == StFetch) ? SegmentBits'(DescriptorBeats) :
      SegmentBits'(RecordBeats);

  assign write_valid_o = (state_q == StStatus) && !asked_q;
  assign write_addr_o = desc_q.status[AddrBits-1:0];
  assign write_beats_o = SegmentBits'(StatusBeats);

  status_record_t status;
  always_comb begin
    status = '0;
    status.state = (fault_q == FaultNone) ? StatusDone : StatusFault;
    status.fault = fault_q;
    status.tag = desc_q.tag;
    status.address = fault_addr_shown;
  end
  assign data_valid_o = (state_q == StStatus) && asked_q;
  if (AxiBits >= StatusBits) begin : gen_status_beat
    assign data_o = AxiBits'(status);
    assign strb_o = Strobes'((1 << (StatusBits / 8)) - 1);
  end else begin : gen_status_beats
    assign data_o = data_second_q ? status[StatusBits-1:AxiBits] : status[AxiBits-1:0];
    assign strb_o = '1;
  end

  // Faults: what happens in this cycle.
  always_comb begin
    fault = FaultNone;
    fault_addr = '0;
    fault_has_addr = 1'b1;
    if (verdict_q != FaultNone) begin
      fault = verdict_q;
      fault_addr = verdict_addr_q;
      fault_has_addr = verdict_q == FaultAddress;
    end else if (read_error_i) begin
      fault = read_dec_i ? FaultReadDecerr : FaultReadSlverr;
      fault_addr = 64'(read_addr_i);
    end else if (write_error_i) begin
      fault = write_dec_i ? FaultWriteDecerr : FaultWriteSlverr;
      fault_addr = 64'(write_error_addr_i);
    end else if (page_fault_i) begin
      fault = FaultUnmappedPage;
      fault_addr = 64'(page_addr_i);
    end else if (idle_fault) begin
      fault = FaultAddress;
      fault_addr = 64'(ring_addr_i);
    end else if (state_q == StRecordCheck && record_bad) begin
      fault = FaultSequence;
      fault_addr = desc_q.sequences;
    end
  end
  assign bus_fault = read_error_i || write_error_i || page_fault_i;
  assign idle_fault = (state_q == StIdle) && work_i && ring_bad_i;

  // Control.
  always_comb begin
    state_d = state_q;
    unique case (state_q)
      StIdle: begin
        if (overrun_q) state_d = StIdle;
        else if (work_i) state_d = ring_bad_i ? StEnd : StFetch;
      end
      StFetch: if (beat_valid_i && beat_last_i) state_d = StCheck;
      StCheck: state_d = (check_fault != FaultNone) ? StAbort : StRecord;
      StRecord: if (beat_valid_i && beat_last_i) state_d = StRecordCheck;
      StRecordCheck: begin
        if (record_bad) state_d = StAbort;
        else state_d = (desc_q.queries == '0) ? StNext : StStart;
      end
      StStart: state_d = StRun;
      StRun: if (!units_busy_i && write_idle_i) state_d = StNext;
      StNext: state_d = (batch_left_q == 32'd1) ? StStatus : StRecord;
      StStatus: begin
        if (data_valid_o && data_ready_i && (data_second_q || StatusBeats == 1)) begin
          state_d = StStatusWait;
        end
      end
      StStatusWait: if (write_idle_i) state_d = StEnd;
      StEnd: state_d = StIdle;
      StAbort: if (read_drained_i && write_drained_i) state_d = StReset;
      StReset: begin
        if (reset_q == 2'(ResetCycles - 1)) begin
          if (soft_q) state_d = StIdle;
          else state_d = (desc_known_q && status_good) ? StStatus : StEnd;
        end
      end
      StHung: state_d = StHung;
      default: state_d = StIdle;
    endcase
    if (bus_fault && state_q inside {StFetch, StCheck, StRecord, StRecordCheck, StStart, StRun,
                                     StNext}) begin
      state_d = StAbort;
    end
    if (soft_q && !(state_q inside {StAbort, StReset, StEnd})) state_d = StAbort;
    if (hung_i || state_q == StHung) state_d = StHung;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q       <= StIdle;
      core_rst_nq   <= 1'b0;
      asked_q       <= 1'b0;
      desc_known_q  <= 1'b0;
      job_q         <= 1'b0;
      soft_q        <= 1'b0;
      overrun_q     <= 1'b0;
      reset_q       <= '0;
      data_second_q <= 1'b0;
      fault_q       <= FaultNone;
      verdict_q     <= FaultNone;
      batch_left_q  <= '0;
    end else begin
      state_q <= state_d;
      core_rst_nq <= !(state_d inside {StReset, StHung});
      asked_q <= (state_d == state_q) && (asked_q || (req_valid_o && req_ready_i) ||
                 (write_valid_o && write_ready_i));
      data_second_q <= (state_q == StStatus) &&
          (data_second_q || (data_valid_o && data_ready_i));
      reset_q <= (state_q == StReset) ? reset_q + 2'd1 : '0;
      overrun_q <= (overrun_i || (overrun_q && !report_overrun)) && !ring_clear_o;
      soft_q <= (soft_q || soft_reset_i) && !ring_clear_o && state_q != StHung;
      if (state_q == StIdle) job_q <= work_i && !overrun_q && !soft_q;
      else if (state_d inside {StIdle, StHung}) job_q <= 1'b0;
      // A descriptor of another version has its fields elsewhere: neither tag nor status address.
      if (state_q == StIdle) desc_known_q <= 1'b0;
      else if (state_q == StCheck) desc_known_q <= check_fault != FaultDescriptorVersion;
      verdict_q <= (state_q == StCheck && !bus_fault) ? check_fault : FaultNone;
      if (state_q == StCheck) batch_left_q <= desc_q.batch;
      else if (state_q == StNext) batch_left_q <= batch_left_q - 32'd1;
      if (state_q == StIdle && !work_i) fault_q <= FaultNone;
      else if (state_q == StIdle) fault_q <= fault;
      else if (fault_q == FaultNone) fault_q <= fault;
    end
  end

  // What the descriptor's check found is written down a cycle later: nothing reads it before.
  always_ff @(posedge clk_i) verdict_addr_q <= check_addr;

  always_ff @(posedge clk_i) begin
    if (state_q == StIdle || fault_q == FaultNone) begin
      fault_addr_q <= fault_addr;
      fault_has_addr_q <= fault_has_addr;
    end
  end
  assign fault_addr_shown = fault_addr_q & {64{fault_has_addr_q}};

  // What the host sees.
  assign hang = hung_i && state_q != StHung;
  assign report_overrun = overrun_q && state_q == StIdle && !soft_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fault_code_o <= '0;
      fault_tag_o  <= '0;
      fault_addr_o <= '0;
    end else if (hang) begin
      fault_code_o <= FaultBusHung;
      fault_tag_o  <= desc_known_q ? desc_q.tag : '0;
      fault_addr_o <= '0;
    end else if (report_overrun) begin
      fault_code_o <= FaultRingOverrun;
      fault_tag_o  <= '0;
      fault_addr_o <= '0;
    end else if (job_fault_o) begin
      fault_code_o <= fault_q;
      fault_tag_o  <= desc_known_q ? desc_q.tag : '0;
      fault_addr_o <= fault_addr_shown;
    end
  end

  assign job_done_o = state_q == StEnd && fault_q == FaultNone;
  assign job_fault_o = (state_q == StEnd && fault_q != FaultNone) || (hang && job_q);
  assign advance_o = state_q == StEnd;
  assign ring_clear_o = state_q == StReset && soft_q && reset_q == 2'(ResetCycles - 1);
  assign irq_done_o = job_done_o && desc_q.flags[FlagInterrupt];
  assign irq_fault_o = (state_q == StEnd && fault_q != FaultNone) || report_overrun;
  assign irq_hung_o = hang;

  assign abort_o = state_q inside {StAbort, StReset, StHung};
  assign core_rst_no = core_rst_nq;
  assign start_o = state_q == StStart;
  assign idle_o = state_q == StIdle && !soft_q && !soft_reset_i;
  assign busy_o = job_q;
  assign hung_o = state_q == StHung;
  assign scale_negative_o = desc_q.scale_negative;
  assign scale_mantissa_o = desc_q.scale_mantissa;
  assign job_exponent_o = desc_q.job_exponent;
  assign soft_cap_o = desc_q.soft_cap;

  flashd_sequence_constants u_constants (
    .desc_i  (desc_q),
    .record_i(record),
    .seq_o
  );

endmodule
