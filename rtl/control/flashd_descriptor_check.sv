// SPDX-License-Identifier: Apache-2.0
/// Checks every field of a descriptor, and of a sequence record; the first bad one gives the code.
///
/// Order: as the fault codes of the spec. What an option that is off would need is not looked at.
/// An address must be a multiple of 64 below 2^48; addr_o is the first bad one, else 0.
/// Latency: none, combinational. Back-pressure: none.
/// Does not: look at strides (any is allowed), or at what lies behind an address.
module flashd_descriptor_check
  import flashd_device_pkg::*;
  import flashd_device_spec_pkg::*;
#(
  parameter int Sig = 11,
  parameter int Lanes = 4,
  parameter int MaxHeadDim = 256,
  parameter int SoftCap = 1
) (
  input  descriptor_record_t desc_i,
  output fault_e             fault_o,           // of the descriptor
  output logic [63:0]        addr_o,
  output logic               status_good_o,     // a status record can be written
  input  sequence_record_t   record_i,
  output logic               record_bad_o
);

  localparam logic [15:0] Lines = 16'(DescriptorWords / 16);
  localparam logic [15:0] MaxDim = 16'(MaxHeadDim);
  // Largest biased exponent that is finite.
  localparam logic [7:0] MaxBf16 = 8'd254, MaxFp16 = 8'd30;

  if (SoftCap != 0 && SoftCap != 1) begin : gen_bad_soft_cap
    $error("flashd_descriptor_check: SoftCap must be 0 or 1.");
  end

  localparam int TopBits = 64 - AddrBits;

  function automatic logic bad_address(input logic [TopBits-1:0] top,
                                       input logic [LineBits-1:0] low);
    return top != '0 || low != '0;
  endfunction

  logic [31:0] flags;
  assign flags = desc_i.flags;

  // Options.
  logic bad_flags, bad_format, bad_dim, bad_heads, bad_sizes, bad_window, bad_scale, bad_cap;
  logic bad_page, bad_skip;
  assign bad_flags = (flags & ~FlagsKnown) != '0 || desc_i.reserved_0 != '0 ||
      desc_i.reserved_1 != '0 || desc_i.reserved_2 != '0 || desc_i.reserved_3 != '0 ||
      (SoftCap == 0 && flags[FlagSoftCap]);
  assign bad_format = (Sig == 8 && flags[FlagFp16]) ||
      (flags[FlagOutputHigh] && flags[FlagOutputLow]) ||
      (flags[FlagBias] && flags[FlagBiasHigh] && flags[FlagBiasLow]);
  assign bad_dim = desc_i.d == '0 || desc_i.d > MaxDim || desc_i.dv == '0 || desc_i.dv > MaxDim;
  assign bad_heads = desc_i.heads_kv == '0 || desc_i.group == '0;
  assign bad_sizes = desc_i.batch == '0 || desc_i.batch[31] || desc_i.queries[31] ||
      desc_i.keys[31];
  assign bad_window = flags[FlagWindow] &&
      (desc_i.window_left[31] || desc_i.window_right[31]);
  // A scale of 0 has no leading one.
  assign bad_scale = desc_i.scale_mantissa != '0 &&
      !desc_i.scale_mantissa[$bits(desc_i.scale_mantissa)-1];

  // Soft-cap word: enabled, a shift in range, an inverse with its leading one, nothing else.
  localparam logic [63:0] CapFields =
      ((64'd1 << flashd_spec_pkg::SoftCapInverseBits) - 64'd1) <<
          flashd_spec_pkg::SoftCapInverseLow |
      ((64'd1 << flashd_spec_pkg::SoftCapShiftBits) - 64'd1) << flashd_spec_pkg::SoftCapShiftLow |
      ((64'd1 << flashd_spec_pkg::SoftCapCapBits) - 64'd1) << flashd_spec_pkg::SoftCapCapLow |
      64'd1 << flashd_spec_pkg::SoftCapEnableLow;
  localparam int MaxShift = 18;
  logic [63:0] cap;
  assign cap = desc_i.soft_cap;
  assign bad_cap = flags[FlagSoftCap] && ((cap & ~CapFields) != '0 ||
      !cap[flashd_spec_pkg::SoftCapEnableLow] ||
      !cap[flashd_spec_pkg::SoftCapInverseLow + flashd_spec_pkg::SoftCapInverseBits - 1] ||
      32'(cap[flashd_spec_pkg::SoftCapShiftLow+:flashd_spec_pkg::SoftCapShiftBits]) > MaxShift);

  assign bad_page = flags[FlagPaged] &&
      (desc_i.page_size_log2 < 8'd4 || desc_i.page_size_log2 > 8'd10);

  // skip_v: queries x group rows, at most Lanes (8 or less): a group for each number of queries.
  logic few_rows;
  always_comb begin
    few_rows = desc_i.queries == '0;
    for (int i = 1; i <= Lanes; i++) begin
      few_rows |= desc_i.queries == 32'(i) && desc_i.group <= 16'(Lanes / i);
    end
  end
  assign bad_skip = flags[FlagSkipV] && !few_rows;

  // Addresses, in the order of their words.
  localparam int Addresses = 12;
  logic [Addresses-1:0][63:0] addr;
  logic [Addresses-1:0] need;
  logic bad_addr;
  assign addr = {desc_i.status, desc_i.state_out, desc_i.state_in, desc_i.page_table,
                 desc_i.sequences, desc_i.alibi, desc_i.bias, desc_i.lse, desc_i.o, desc_i.v,
                 desc_i.k, desc_i.q};
  assign need = {1'b1, flags[FlagStateOut], flags[FlagStateIn], flags[FlagPaged], 1'b1,
                 flags[FlagAlibi], flags[FlagBias], flags[FlagWriteLse], flags[FlagWriteO], 3'b111};
  assign status_good_o = !bad_address(desc_i.status[63:AddrBits], desc_i.status[LineBits-1:0]);

  logic [63:0] first_bad;
  always_comb begin
    bad_addr = 1'b0;
    first_bad = '0;
    for (int i = Addresses - 1; i >= 0; i--) begin
      if (need[i] && bad_address(addr[i][63:AddrBits], addr[i][LineBits-1:0])) begin
        bad_addr = 1'b1;
        first_bad = addr[i];
      end
    end
  end

  always_comb begin
    fault_o = FaultNone;
    if (desc_i.version != DescriptorVersion || desc_i.lines != Lines) begin
      fault_o = FaultDescriptorVersion;
    end else if (bad_flags) fault_o = FaultDescriptorFlags;
    else if (bad_format) fault_o = FaultFormat;
    else if (bad_dim) fault_o = FaultHeadDim;
    else if (bad_heads) fault_o = FaultHeads;
    else if (bad_sizes) fault_o = FaultSize;
    else if (bad_addr) fault_o = FaultAddress;
    else if (bad_window) fault_o = FaultWindow;
    else if (bad_scale) fault_o = FaultScale;
    else if (bad_cap) fault_o = FaultSoftCap;
    else if (bad_page) fault_o = FaultPageSize;
    else if (bad_skip) fault_o = FaultSkipV;
  end
  assign addr_o = first_bad;

  assign record_bad_o = record_i.kv_len > desc_i.keys || record_i.v_exponent == '0 ||
      record_i.v_exponent > (flags[FlagFp16] ? MaxFp16 : MaxBf16);

  logic unused;
  assign unused = ^{desc_i, record_i};

endmodule
