// SPDX-License-Identifier: Apache-2.0
// Generated from spec/device.yaml by spec/generate.py; mend with: ./flashd spec
/// What passes between host and device in memory: records, flags, codes, counters.
package flashd_device_spec_pkg;

  parameter logic [15:0] DescriptorVersion = 16'd1;
  parameter int AlibiBytes = 8;
  parameter int DescriptorWords = 64;
  parameter int SequenceWords = 16;
  parameter int StatusWords = 4;

  // Bits of descriptor_record_t.flags.
  parameter int FlagCausal = 0;
  parameter int FlagWindow = 1;
  parameter int FlagFp16 = 2;
  parameter int FlagOutputLow = 3;
  parameter int FlagOutputHigh = 4;
  parameter int FlagWriteO = 5;
  parameter int FlagWriteLse = 6;
  parameter int FlagBias = 7;
  parameter int FlagBiasLow = 8;
  parameter int FlagBiasHigh = 9;
  parameter int FlagAlibi = 10;
  parameter int FlagSoftCap = 11;
  parameter int FlagPaged = 12;
  parameter int FlagStateIn = 13;
  parameter int FlagStateOut = 14;
  parameter int FlagSkipV = 15;
  parameter int FlagInterrupt = 16;
  parameter logic [31:0] FlagsKnown = 32'h0001ffff;

  // Records, word 0 in the low bits.
  typedef struct packed {
    logic [127:0] reserved_3;  // bit 0 of word 60
    logic [31:0] state_batch;  // bit 0 of word 59
    logic [31:0] state_head;  // bit 0 of word 58
    logic [31:0] page_batch;  // bit 0 of word 57
    logic [31:0] bias_batch;  // bit 0 of word 56
    logic [31:0] bias_token;  // bit 0 of word 55
    logic [31:0] bias_head;  // bit 0 of word 54
    logic [31:0] lse_batch;  // bit 0 of word 53
    logic [31:0] lse_head;  // bit 0 of word 52
    logic [31:0] o_batch;  // bit 0 of word 51
    logic [31:0] o_token;  // bit 0 of word 50
    logic [31:0] o_head;  // bit 0 of word 49
    logic [31:0] v_batch;  // bit 0 of word 48
    logic [31:0] v_token;  // bit 0 of word 47
    logic [31:0] v_head;  // bit 0 of word 46
    logic [31:0] k_batch;  // bit 0 of word 45
    logic [31:0] k_token;  // bit 0 of word 44
    logic [31:0] k_head;  // bit 0 of word 43
    logic [31:0] q_batch;  // bit 0 of word 42
    logic [31:0] q_token;  // bit 0 of word 41
    logic [31:0] q_head;  // bit 0 of word 40
    logic [63:0] status;  // bit 0 of word 38
    logic [63:0] state_out;  // bit 0 of word 36
    logic [63:0] state_in;  // bit 0 of word 34
    logic [63:0] page_table;  // bit 0 of word 32
    logic [63:0] sequences;  // bit 0 of word 30
    logic [63:0] alibi;  // bit 0 of word 28
    logic [63:0] bias;  // bit 0 of word 26
    logic [63:0] lse;  // bit 0 of word 24
    logic [63:0] o;  // bit 0 of word 22
    logic [63:0] v;  // bit 0 of word 20
    logic [63:0] k;  // bit 0 of word 18
    logic [63:0] q;  // bit 0 of word 16
    logic [31:0] pages;  // bit 0 of word 15
    logic [23:0] reserved_2;  // bit 8 of word 14
    logic [7:0] page_size_log2;  // bit 0 of word 14
    logic [63:0] soft_cap;  // bit 0 of word 12
    logic [19:0] reserved_1;  // bit 12 of word 11
    logic signed [11:0] job_exponent;  // bit 0 of word 11
    logic scale_negative;  // bit 31 of word 10
    logic [8:0] reserved_0;  // bit 22 of word 10
    logic [21:0] scale_mantissa;  // bit 0 of word 10
    logic [31:0] window_right;  // bit 0 of word 9
    logic [31:0] window_left;  // bit 0 of word 8
    logic [31:0] keys;  // bit 0 of word 7
    logic [31:0] queries;  // bit 0 of word 6
    logic [31:0] batch;  // bit 0 of word 5
    logic [15:0] group;  // bit 16 of word 4
    logic [15:0] heads_kv;  // bit 0 of word 4
    logic [15:0] dv;  // bit 16 of word 3
    logic [15:0] d;  // bit 0 of word 3
    logic [31:0] tag;  // bit 0 of word 2
    logic [31:0] flags;  // bit 0 of word 1
    logic [15:0] lines;  // bit 16 of word 0
    logic [15:0] version;  // bit 0 of word 0
  } descriptor_record_t;

  typedef struct packed {
    logic [439:0] reserved_0;  // bit 8 of word 2
    logic [7:0] v_exponent;  // bit 0 of word 2
    logic signed [31:0] diagonal;  // bit 0 of word 1
    logic [31:0] kv_len;  // bit 0 of word 0
  } sequence_record_t;

  typedef struct packed {
    logic [63:0] address;  // bit 0 of word 2
    logic [31:0] tag;  // bit 0 of word 1
    logic [15:0] reserved_0;  // bit 16 of word 0
    logic [7:0] fault;  // bit 8 of word 0
    logic [7:0] state;  // bit 0 of word 0
  } status_record_t;

  typedef enum logic [7:0] {
    FaultNone = 8'd0,
    FaultDescriptorVersion = 8'd1,
    FaultDescriptorFlags = 8'd2,
    FaultFormat = 8'd3,
    FaultHeadDim = 8'd4,
    FaultHeads = 8'd5,
    FaultSize = 8'd6,
    FaultAddress = 8'd7,
    FaultWindow = 8'd8,
    FaultScale = 8'd9,
    FaultSoftCap = 8'd10,
    FaultPageSize = 8'd11,
    FaultSkipV = 8'd12,
    FaultSequence = 8'd13,
    FaultUnmappedPage = 8'd14,
    FaultReadSlverr = 8'd15,
    FaultReadDecerr = 8'd16,
    FaultWriteSlverr = 8'd17,
    FaultWriteDecerr = 8'd18,
    FaultBusHung = 8'd19,
    FaultRingOverrun = 8'd20
  } fault_e;

  typedef enum logic [7:0] {
    StatusPending = 8'd0,
    StatusDone = 8'd1,
    StatusFault = 8'd2
  } status_state_e;

  // Counters, in the order of the registers.
  parameter int Counters = 30;
  parameter int CounterCycles = 0;
  parameter int CounterBusy = 1;
  parameter int CounterJobs = 2;
  parameter int CounterFaults = 3;
  parameter int CounterScoreBusy = 4;
  parameter int CounterScoreWaitQuery = 5;
  parameter int CounterScoreWaitKey = 6;
  parameter int CounterScoreWaitState = 7;
  parameter int CounterScoreWaitBias = 8;
  parameter int CounterScoreWaitOutput = 9;
  parameter int CounterScoreIdle = 10;
  parameter int CounterOutputBusy = 11;
  parameter int CounterOutputWaitScore = 12;
  parameter int CounterOutputWaitValue = 13;
  parameter int CounterOutputWaitMerge = 14;
  parameter int CounterOutputWaitWrite = 15;
  parameter int CounterOutputIdle = 16;
  parameter int CounterBytesRead = 17;
  parameter int CounterBytesWritten = 18;
  parameter int CounterReadBursts = 19;
  parameter int CounterWriteBursts = 20;
  parameter int CounterKeysScored = 21;
  parameter int CounterKeysSkipped = 22;
  parameter int CounterTiles = 23;
  parameter int CounterTilesSkipped = 24;
  parameter int CounterTilesUnread = 25;
  parameter int CounterSaturations = 26;
  parameter int CounterRows = 27;
  parameter int CounterRowsNan = 28;
  parameter int CounterRowsEmpty = 29;

endpackage
