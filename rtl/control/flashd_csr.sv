// SPDX-License-Identifier: Apache-2.0
/// The registers of spec/flashd.rdl: PeakRDL's block with plain ports.
///
/// Latency: that of PeakRDL's AXI4-Lite (a response two cycles after address and data); commands
/// are pulses in the cycle after the write is taken. A counter's low word holds its high word.
/// Back-pressure: up to two accesses are in flight, then the slave is not ready.
/// Does not: latch faults or counts; their units do.
module flashd_csr
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
  parameter int RegisterBits = flashd_regs_pkg::FLASHD_REGS_MIN_ADDR_WIDTH
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  // AXI4-Lite.
  input  logic                      s_axil_awvalid_i,
  output logic                      s_axil_awready_o,
  input  logic [RegisterBits-1:0]   s_axil_awaddr_i,
  input  logic [2:0]                s_axil_awprot_i,
  input  logic                      s_axil_wvalid_i,
  output logic                      s_axil_wready_o,
  input  logic [31:0]               s_axil_wdata_i,
  input  logic [3:0]                s_axil_wstrb_i,
  output logic                      s_axil_bvalid_o,
  input  logic                      s_axil_bready_i,
  output logic [1:0]                s_axil_bresp_o,
  input  logic                      s_axil_arvalid_i,
  output logic                      s_axil_arready_o,
  input  logic [RegisterBits-1:0]   s_axil_araddr_i,
  input  logic [2:0]                s_axil_arprot_i,
  output logic                      s_axil_rvalid_o,
  input  logic                      s_axil_rready_i,
  output logic [31:0]               s_axil_rdata_o,
  output logic [1:0]                s_axil_rresp_o,
  output logic                      irq_o,
  // Commands and settings.
  output logic                      enable_o,
  output logic                      soft_reset_o,      // one cycle
  output logic                      clear_counters_o,  // one cycle
  output logic [63:0]               ring_base_o,
  output logic [4:0]                ring_log2_o,
  output logic [31:0]               ring_tail_o,
  output logic [31:0]               timeout_o,
  // State.
  input  logic                      ring_clear_i,      // zeroes RING_TAIL
  input  logic [31:0]               ring_head_i,
  input  logic                      idle_i,
  input  logic                      busy_i,
  input  logic                      hung_i,
  input  logic                      ring_stopped_i,
  input  logic                      irq_done_i,        // one cycle each
  input  logic                      irq_fault_i,
  input  logic                      irq_hung_i,
  input  logic [7:0]                fault_code_i,
  input  logic [31:0]               fault_tag_i,
  input  logic [63:0]               fault_addr_i,
  input  logic [Counters-1:0][63:0] count_i
);

  flashd_regs_pkg::flashd_regs__in_t in;
  flashd_regs_pkg::flashd_regs__out_t out;

  always_comb begin
    in.VERSION.descriptor.next = DescriptorVersion;
    in.SPEC_HASH.value.next = flashd_spec_pkg::SpecHash;
    in.CAP0.profile.next = 4'(Profile);
    in.CAP0.sig.next = 4'(Sig);
    in.CAP0.soft_cap.next = 1'(SoftCap);
    in.CAP0.skip_v.next = 1'b1;
    in.CAP1.width.next = 16'(Width);
    in.CAP1.lanes.next = 8'(Lanes);
    in.CAP1.contexts.next = 8'(Contexts);
    in.CAP2.tile.next = 16'(Tile);
    in.CAP2.max_head_dim.next = 16'(MaxHeadDim);
    in.CAP3.axi_bits.next = 16'(AxiBits);
    in.CAP3.counters.next = 8'(Counters);
    in.CAP3.address_bits.next = 8'(flashd_device_pkg::AddrBits);
    in.STATUS.idle.next = idle_i;
    in.STATUS.busy.next = busy_i;
    in.STATUS.hung.next = hung_i;
    in.STATUS.ring_stopped.next = ring_stopped_i;
    in.IRQ_STATUS.done.hwset = irq_done_i;
    in.IRQ_STATUS.fault.hwset = irq_fault_i;
    in.IRQ_STATUS.hung.hwset = irq_hung_i;
    in.RING_HEAD.index.next = ring_head_i;
    in.RING_TAIL.index.hwclr = ring_clear_i;
    in.FAULT_CODE.code.next = fault_code_i;
    in.FAULT_TAG.tag.next = fault_tag_i;
    in.FAULT_ADDRESS.address.next = fault_addr_i;
    for (int i = 0; i < Counters; i++) in.COUNTER[i].value.next = count_i[i];
  end

  flashd_regs u_regs (
    .clk           (clk_i),
    .arst_n        (rst_ni),
    .s_axil_awready(s_axil_awready_o),
    .s_axil_awvalid(s_axil_awvalid_i),
    .s_axil_awaddr (s_axil_awaddr_i),
    .s_axil_awprot (s_axil_awprot_i),
    .s_axil_wready (s_axil_wready_o),
    .s_axil_wvalid (s_axil_wvalid_i),
    .s_axil_wdata  (s_axil_wdata_i),
    .s_axil_wstrb  (s_axil_wstrb_i),
    .s_axil_bready (s_axil_bready_i),
    .s_axil_bvalid (s_axil_bvalid_o),
    .s_axil_bresp  (s_axil_bresp_o),
    .s_axil_arready(s_axil_arready_o),
    .s_axil_arvalid(s_axil_arvalid_i),
    .s_axil_araddr (s_axil_araddr_i),
    .s_axil_arprot (s_axil_arprot_i),
    .s_axil_rready (s_axil_rready_i),
    .s_axil_rvalid (s_axil_rvalid_o),
    .s_axil_rdata  (s_axil_rdata_o),
    .s_axil_rresp  (s_axil_rresp_o),
    .hwif_in       (in),
    .hwif_out      (out)
  );

  assign enable_o = out.CONTROL.enable.value;
  assign soft_reset_o = out.CONTROL.soft_reset.value;
  assign clear_counters_o = out.CONTROL.clear_counters.value;
  assign ring_base_o = {out.RING_BASE.high.value, out.RING_BASE.low.value};
  assign ring_log2_o = out.RING_SIZE.log2.value;
  assign ring_tail_o = out.RING_TAIL.index.value;
  assign timeout_o = out.TIMEOUT.cycles.value;
  assign irq_o = (out.IRQ_STATUS.done.value && out.IRQ_ENABLE.done.value) ||
      (out.IRQ_STATUS.fault.value && out.IRQ_ENABLE.fault.value) ||
      (out.IRQ_STATUS.hung.value && out.IRQ_ENABLE.hung.value);

endmodule
