// SPDX-License-Identifier: Apache-2.0
/// The FLASH-D attention accelerator as a bus device: docs/system.md.
///
/// AXI4 master (one read and one write ID, INCR bursts, several outstanding) for descriptors,
/// queries, keys, values, biases, row states and outputs; AXI4-Lite slave of the registers of
/// spec/flashd.rdl; a level interrupt. Resets asynchronously, starts synchronously; rst_ni is
/// released in step with clk_i.
/// Latency: that of the units. Back-pressure: RREADY and BREADY are 1; all other channels may
/// wait at any time.
/// Does not: cross clocks, reorder, use locked or cached accesses, or translate addresses.
module flashd_top
  import flashd_device_pkg::*;
#(
  parameter int Profile = 0,
  parameter int Sig = 11,
  parameter int Width = 64,
  parameter int Lanes = 4,
  parameter int Contexts = 16,
  parameter int Tile = 64,
  parameter int MaxHeadDim = 256,
  parameter int AxiBits = 128,
  parameter int SoftCap = 1,
  // Derived: not to be set.
  parameter int Strobes = AxiBits / 8,
  parameter int RegisterBits = flashd_regs_pkg::FLASHD_REGS_MIN_ADDR_WIDTH
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  output logic                    irq_o,
  // AXI4-Lite slave: registers.
  input  logic                    s_axil_awvalid,
  output logic                    s_axil_awready,
  input  logic [RegisterBits-1:0] s_axil_awaddr,
  input  logic [2:0]              s_axil_awprot,
  input  logic                    s_axil_wvalid,
  output logic                    s_axil_wready,
  input  logic [31:0]             s_axil_wdata,
  input  logic [3:0]              s_axil_wstrb,
  output logic                    s_axil_bvalid,
  input  logic                    s_axil_bready,
  output logic [1:0]              s_axil_bresp,
  input  logic                    s_axil_arvalid,
  output logic                    s_axil_arready,
  input  logic [RegisterBits-1:0] s_axil_araddr,
  input  logic [2:0]              s_axil_arprot,
  output logic                    s_axil_rvalid,
  input  logic                    s_axil_rready,
  output logic [31:0]             s_axil_rdata,
  output logic [1:0]              s_axil_rresp,
  // AXI4 master: memory.
  output logic                    m_axi_awvalid,
  input  logic                    m_axi_awready,
  output logic [0:0]              m_axi_awid,
  output logic [63:0]             m_axi_awaddr,
  output logic [7:0]              m_axi_awlen,
  output logic [2:0]              m_axi_awsize,
  output logic [1:0]              m_axi_awburst,
  output logic                    m_axi_awlock,
  output logic [3:0]              m_axi_awcache,
  output logic [2:0]              m_axi_awprot,
  output logic [3:0]              m_axi_awqos,
  output logic                    m_axi_wvalid,
  input  logic                    m_axi_wready,
  output logic [AxiBits-1:0]      m_axi_wdata,
  output logic [Strobes-1:0]      m_axi_wstrb,
  output logic                    m_axi_wlast,
  input  logic                    m_axi_bvalid,
  output logic                    m_axi_bready,
  input  logic [0:0]              m_axi_bid,
  input  logic [1:0]              m_axi_bresp,
  output logic                    m_axi_arvalid,
  input  logic                    m_axi_arready,
  output logic [0:0]              m_axi_arid,
  output logic [63:0]             m_axi_araddr,
  output logic [7:0]              m_axi_arlen,
  output logic [2:0]              m_axi_arsize,
  output logic [1:0]              m_axi_arburst,
  output logic                    m_axi_arlock,
  output logic [3:0]              m_axi_arcache,
  output logic [2:0]              m_axi_arprot,
  output logic [3:0]              m_axi_arqos,
  input  logic                    m_axi_rvalid,
  output logic                    m_axi_rready,
  input  logic [0:0]              m_axi_rid,
  input  logic [AxiBits-1:0]      m_axi_rdata,
  input  logic [1:0]              m_axi_rresp,
  input  logic                    m_axi_rlast
);

  localparam int LaneBits = $clog2(Lanes + 1);
  localparam int CountBits = $clog2(Strobes + 1);  // bytes of a beat

  if (AxiBits != 64 && AxiBits != 128 && AxiBits != 256 && AxiBits != 512) begin : gen_bad_axi
    $error("flashd_top: AxiBits must be 64, 128, 256 or 512.");
  end
  if (AxiBits > 16 * Width) begin : gen_wide_axi
    $error("flashd_top: AxiBits must be at most 16 Width.");
  end
  if (SoftCap != 0 && SoftCap != 1) begin : gen_bad_soft_cap
    $error("flashd_top: SoftCap must be 0 or 1.");
  end

  // Clients of the masters.
  logic [ReadClients-1:0] read_valid, read_ready, beat_valid;
  addr_t [ReadClients-1:0] read_addr;
  logic [ReadClients-1:0][SegmentBits-1:0] read_beats;
  logic [AxiBits-1:0] beat_data;
  logic beat_last;
  logic [1:0] write_valid, write_ready, data_valid, data_ready;
  addr_t [1:0] write_addr;
  logic [1:0][SegmentBits-1:0] write_beats;
  logic [1:0][AxiBits-1:0] data;
  logic [1:0][Strobes-1:0] strb;

  // Their state and faults.
  logic [31:0] timeout;
  logic bus_hung, abort, read_drained, write_drained, write_idle;
  logic read_error, read_dec, write_error, write_dec;
  addr_t read_error_addr, write_error_addr;

  // The core, and the sequence that it runs.
  logic core_rst_n, start, units_busy, page_fault, scale_negative;
  sequence_t seq;
  logic [21:0] scale_mantissa;
  logic signed [11:0] job_exponent;
  logic [63:0] soft_cap;
  addr_t page_addr;

  // What happens in this cycle.
  logic read_burst, read_beat, write_burst, tiles, tiles_skipped, unread;
  logic [CountBits-1:0] write_bytes;
  logic [2:0] score_wait, output_wait;
  logic [LaneBits-1:0] keys_scored, keys_skipped, saturations, rows, rows_nan, rows_empty;

  flashd_control #(
    .Profile   (Profile),
    .Sig       (Sig),
    .Width     (Width),
    .Lanes     (Lanes),
    .Contexts  (Contexts),
    .Tile      (Tile),
    .MaxHeadDim(MaxHeadDim),
    .SoftCap   (SoftCap),
    .AxiBits   (AxiBits)
  ) u_control (
    .clk_i,
    .rst_ni,
    .irq_o,
    .s_axil_awvalid_i  (s_axil_awvalid),
    .s_axil_awready_o  (s_axil_awready),
    .s_axil_awaddr_i   (s_axil_awaddr),
    .s_axil_awprot_i   (s_axil_awprot),
    .s_axil_wvalid_i   (s_axil_wvalid),
    .s_axil_wready_o   (s_axil_wready),
    .s_axil_wdata_i    (s_axil_wdata),
    .s_axil_wstrb_i    (s_axil_wstrb),
    .s_axil_bvalid_o   (s_axil_bvalid),
    .s_axil_bready_i   (s_axil_bready),
    .s_axil_bresp_o    (s_axil_bresp),
    .s_axil_arvalid_i  (s_axil_arvalid),
    .s_axil_arready_o  (s_axil_arready),
    .s_axil_araddr_i   (s_axil_araddr),
    .s_axil_arprot_i   (s_axil_arprot),
    .s_axil_rvalid_o   (s_axil_rvalid),
    .s_axil_rready_i   (s_axil_rready),
    .s_axil_rdata_o    (s_axil_rdata),
    .s_axil_rresp_o    (s_axil_rresp),
    .req_valid_o       (read_valid[ReadControl]),
    .req_ready_i       (read_ready[ReadControl]),
    .req_addr_o        (read_addr[ReadControl]),
    .req_beats_o       (read_beats[ReadControl]),
    .beat_valid_i      (beat_valid[ReadControl]),
    .beat_last_i       (beat_last),
    .beat_data_i       (beat_data),
    .write_valid_o     (write_valid[1]),
    .write_ready_i     (write_ready[1]),
    .write_addr_o      (write_addr[1]),
    .write_beats_o     (write_beats[1]),
    .data_valid_o      (data_valid[1]),
    .data_ready_i      (data_ready[1]),
    .data_o            (data[1]),
    .strb_o            (strb[1]),
    .timeout_o         (timeout),
    .bus_hung_i        (bus_hung),
    .abort_o           (abort),
    .read_drained_i    (read_drained),
    .write_drained_i   (write_drained),
    .write_idle_i      (write_idle),
    .read_error_i      (read_error),
    .read_dec_i        (read_dec),
    .read_addr_i       (read_error_addr),
    .write_error_i     (write_error),
    .write_dec_i       (write_dec),
    .write_error_addr_i(write_error_addr),
    .page_fault_i      (page_fault),
    .page_addr_i       (page_addr),
    .core_rst_no       (core_rst_n),
    .start_o           (start),
    .seq_o             (seq),
    .scale_negative_o  (scale_negative),
    .scale_mantissa_o  (scale_mantissa),
    .job_exponent_o    (job_exponent),
    .soft_cap_o        (soft_cap),
    .units_busy_i      (units_busy),
    .read_burst_i      (read_burst),
    .read_beat_i       (read_beat),
    .write_burst_i     (write_burst),
    .write_bytes_i     (write_bytes),
    .score_wait_i      (score_wait),
    .output_wait_i     (output_wait),
    .keys_scored_i     (keys_scored),
    .keys_skipped_i    (keys_skipped),
    .saturations_i     (saturations),
    .tiles_i           (tiles),
    .tiles_skipped_i   (tiles_skipped),
    .unread_i          (unread),
    .rows_i            (rows),
    .rows_nan_i        (rows_nan),
    .rows_empty_i      (rows_empty)
  );

  flashd_axi_master #(
    .AxiBits(AxiBits)
  ) u_axi (
    .clk_i,
    .rst_ni,
    .timeout_i         (timeout),
    .bus_hung_o        (bus_hung),
    .abort_i           (abort),
    .read_drained_o    (read_drained),
    .write_drained_o   (write_drained),
    .write_idle_o      (write_idle),
    .req_valid_i       (read_valid),
    .req_ready_o       (read_ready),
    .req_addr_i        (read_addr),
    .req_beats_i       (read_beats),
    .beat_valid_o      (beat_valid),
    .beat_data_o       (beat_data),
    .beat_last_o       (beat_last),
    .read_error_o      (read_error),
    .read_dec_o        (read_dec),
    .read_addr_o       (read_error_addr),
    .write_valid_i     (write_valid),
    .write_ready_o     (write_ready),
    .write_addr_i      (write_addr),
    .write_beats_i     (write_beats),
    .data_valid_i      (data_valid),
    .data_ready_o      (data_ready),
    .data_i            (data),
    .strb_i            (strb),
    .write_error_o     (write_error),
    .write_dec_o       (write_dec),
    .write_error_addr_o(write_error_addr),
    .read_burst_o      (read_burst),
    .read_beat_o       (read_beat),
    .write_burst_o     (write_burst),
    .write_bytes_o     (write_bytes),
    .m_axi_awvalid_o   (m_axi_awvalid),
    .m_axi_awready_i   (m_axi_awready),
    .m_axi_awid_o      (m_axi_awid),
    .m_axi_awaddr_o    (m_axi_awaddr),
    .m_axi_awlen_o     (m_axi_awlen),
    .m_axi_awsize_o    (m_axi_awsize),
    .m_axi_awburst_o   (m_axi_awburst),
    .m_axi_awlock_o    (m_axi_awlock),
    .m_axi_awcache_o   (m_axi_awcache),
    .m_axi_awprot_o    (m_axi_awprot),
    .m_axi_awqos_o     (m_axi_awqos),
    .m_axi_wvalid_o    (m_axi_wvalid),
    .m_axi_wready_i    (m_axi_wready),
    .m_axi_wdata_o     (m_axi_wdata),
    .m_axi_wstrb_o     (m_axi_wstrb),
    .m_axi_wlast_o     (m_axi_wlast),
    .m_axi_bvalid_i    (m_axi_bvalid),
    .m_axi_bready_o    (m_axi_bready),
    .m_axi_bid_i       (m_axi_bid),
    .m_axi_bresp_i     (m_axi_bresp),
    .m_axi_arvalid_o   (m_axi_arvalid),
    .m_axi_arready_i   (m_axi_arready),
    .m_axi_arid_o      (m_axi_arid),
    .m_axi_araddr_o    (m_axi_araddr),
    .m_axi_arlen_o     (m_axi_arlen),
    .m_axi_arsize_o    (m_axi_arsize),
    .m_axi_arburst_o   (m_axi_arburst),
    .m_axi_arlock_o    (m_axi_arlock),
    .m_axi_arcache_o   (m_axi_arcache),
    .m_axi_arprot_o    (m_axi_arprot),
    .m_axi_arqos_o     (m_axi_arqos),
    .m_axi_rvalid_i    (m_axi_rvalid),
    .m_axi_rready_o    (m_axi_rready),
    .m_axi_rid_i       (m_axi_rid),
    .m_axi_rdata_i     (m_axi_rdata),
    .m_axi_rresp_i     (m_axi_rresp),
    .m_axi_rlast_i     (m_axi_rlast)
  );

  flashd_core #(
    .Profile   (Profile),
    .Sig       (Sig),
    .Width     (Width),
    .Lanes     (Lanes),
    .Contexts  (Contexts),
    .Tile      (Tile),
    .MaxHeadDim(MaxHeadDim),
    .AxiBits   (AxiBits),
    .SoftCap   (SoftCap)
  ) u_core (
    .clk_i,
    .rst_ni             (core_rst_n),
    .start_i            (start),
    .seq_i              (seq),
    .scale_negative_i   (scale_negative),
    .scale_mantissa_i   (scale_mantissa),
    .job_exponent_i     (job_exponent),
    .soft_cap_i         (soft_cap),
    .busy_o             (units_busy),
    .page_fault_o       (page_fault),
    .page_addr_o        (page_addr),
    .req_valid_o        (read_valid[ReadClients-1:1]),
    .req_ready_i        (read_ready[ReadClients-1:1]),
    .req_addr_o         (read_addr[ReadClients-1:1]),
    .req_beats_o        (read_beats[ReadClients-1:1]),
    .beat_valid_i       (beat_valid[ReadClients-1:1]),
    .beat_data_i        (beat_data),
    .beat_last_i        (beat_last),
    .write_valid_o      (write_valid[0]),
    .write_ready_i      (write_ready[0]),
    .write_addr_o       (write_addr[0]),
    .write_beats_o      (write_beats[0]),
    .data_valid_o       (data_valid[0]),
    .data_ready_i       (data_ready[0]),
    .data_o             (data[0]),
    .strb_o             (strb[0]),
    .tap_score_wait_o   (score_wait),
    .tap_output_wait_o  (output_wait),
    .tap_keys_scored_o  (keys_scored),
    .tap_keys_skipped_o (keys_skipped),
    .tap_saturations_o  (saturations),
    .tap_tiles_o        (tiles),
    .tap_tiles_skipped_o(tiles_skipped),
    .tap_unread_o       (unread),
    .tap_rows_o         (rows),
    .tap_rows_nan_o     (rows_nan),
    .tap_rows_empty_o   (rows_empty)
  );

endmodule
