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
/// Over 400 lines because it is wiring, one port to a line; the logic is in the units it connects.
module flashd_top
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

  localparam int Outstanding = 16;
  localparam int Merge = (Width + Tile - 1) / Tile;
  localparam int BeatBits = $clog2((MaxHeadDim + Width - 1) / Width + 1);
  localparam int KeyBits = $clog2(Tile + 1);
  localparam int ContextBits = $clog2(Contexts + 1);
  localparam int LaneBits = $clog2(Lanes + 1);
  localparam int BiasBits =
      flashd_spec_pkg::BiasRangeLog2 + 1 + flashd_spec_pkg::score_frac(Profile);
  localparam int KeyBanks = 2;
  localparam int ValueBanks = (Contexts < 4) ? 4 : 3;  // as in flashd_engine
  localparam int PageIndexBits = 27;                   // pages of 16 keys or more
  localparam int CountBits = $clog2(Strobes + 1);      // bytes of a beat
  // The largest step of a counter: bytes of a beat, or lanes.
  localparam int StepBits = (CountBits > LaneBits) ? CountBits : LaneBits;

  if (AxiBits != 64 && AxiBits != 128 && AxiBits != 256 && AxiBits != 512) begin : gen_bad_axi
    $error("flashd_top: AxiBits must be 64, 128, 256 or 512.");
  end
  if (AxiBits > 16 * Width) begin : gen_wide_axi
    $error("flashd_top: AxiBits must be at most 16 Width.");
  end
  if (SoftCap != 0 && SoftCap != 1) begin : gen_bad_soft_cap
    $error("flashd_top: SoftCap must be 0 or 1.");
  end

  // Registers, ring, sequencer.
  logic enable, soft_reset, clear_counters, ring_clear, ring_work, ring_bad, ring_overrun;
  logic ring_stopped, advance, hung, bus_hung, idle, busy, irq_done, irq_fault, irq_hung;
  logic job_done, job_fault;
  logic [63:0] ring_base, fault_addr;
  logic [4:0] ring_log2;
  logic [31:0] ring_head, ring_tail, timeout, fault_tag;
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
    .s_axil_awvalid_i(s_axil_awvalid),
    .s_axil_awready_o(s_axil_awready),
    .s_axil_awaddr_i (s_axil_awaddr),
    .s_axil_awprot_i (s_axil_awprot),
    .s_axil_wvalid_i (s_axil_wvalid),
    .s_axil_wready_o (s_axil_wready),
    .s_axil_wdata_i  (s_axil_wdata),
    .s_axil_wstrb_i  (s_axil_wstrb),
    .s_axil_bvalid_o (s_axil_bvalid),
    .s_axil_bready_i (s_axil_bready),
    .s_axil_bresp_o  (s_axil_bresp),
    .s_axil_arvalid_i(s_axil_arvalid),
    .s_axil_arready_o(s_axil_arready),
    .s_axil_araddr_i (s_axil_araddr),
    .s_axil_arprot_i (s_axil_arprot),
    .s_axil_rvalid_o (s_axil_rvalid),
    .s_axil_rready_i (s_axil_rready),
    .s_axil_rdata_o  (s_axil_rdata),
    .s_axil_rresp_o  (s_axil_rresp),
    .irq_o,
    .enable_o        (enable),
    .soft_reset_o    (soft_reset),
    .clear_counters_o(clear_counters),
    .ring_base_o     (ring_base),
    .ring_log2_o     (ring_log2),
    .ring_tail_o     (ring_tail),
    .timeout_o       (timeout),
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

  logic [ReadClients-1:0] read_valid, read_ready, beat_valid;
  addr_t [ReadClients-1:0] read_addr;
  logic [ReadClients-1:0][SegmentBits-1:0] read_beats;
  logic [AxiBits-1:0] beat_data;
  logic beat_last, read_error, read_dec, read_drained, read_burst, read_beat;
  addr_t read_error_addr, write_error_addr, page_addr;
  logic [1:0] write_valid, write_ready, data_valid, data_ready;
  addr_t [1:0] write_addr;
  logic [1:0][SegmentBits-1:0] write_beats;
  logic [1:0][AxiBits-1:0] data;
  logic [1:0][Strobes-1:0] strb;
  logic write_error, write_dec, write_drained, write_idle, write_burst;
  logic [CountBits-1:0] write_bytes;
  logic page_fault, abort, core_rst_n, start, units_busy;
  sequence_t seq;
  logic scale_negative;
  logic [21:0] scale_mantissa;
  logic signed [11:0] job_exponent;
  logic [63:0] soft_cap;

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
    .hung_i            (bus_hung),
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
    .read_error_i      (read_error),
    .read_dec_i        (read_dec),
    .read_addr_i       (read_error_addr),
    .write_error_i     (write_error),
    .write_dec_i       (write_dec),
    .write_error_addr_i(write_error_addr),
    .page_fault_i      (page_fault),
    .page_addr_i       (page_addr),
    .abort_o           (abort),
    .read_drained_i    (read_drained),
    .write_drained_i   (write_drained),
    .write_idle_i      (write_idle),
    .core_rst_no       (core_rst_n),
    .start_o           (start),
    .seq_o             (seq),
    .scale_negative_o  (scale_negative),
    .scale_mantissa_o  (scale_mantissa),
    .job_exponent_o    (job_exponent),
    .soft_cap_o        (soft_cap),
    .units_busy_i      (units_busy),
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

  // Masters: on rst_ni alone, so that they know what is outstanding.
  addr_t ar_addr, aw_addr;

  flashd_read_master #(
    .AxiBits    (AxiBits),
    .Outstanding(Outstanding)
  ) u_read_master (
    .clk_i,
    .rst_ni,
    .abort_i     (abort),
    .drained_o   (read_drained),
    .req_valid_i (read_valid),
    .req_ready_o (read_ready),
    .req_addr_i  (read_addr),
    .req_beats_i (read_beats),
    .beat_valid_o(beat_valid),
    .beat_data_o (beat_data),
    .beat_last_o (beat_last),
    .error_o     (read_error),
    .error_dec_o (read_dec),
    .error_addr_o(read_error_addr),
    .tap_burst_o (read_burst),
    .tap_beat_o  (read_beat),
    .ar_valid_o  (m_axi_arvalid),
    .ar_ready_i  (m_axi_arready),
    .ar_addr_o   (ar_addr),
    .ar_len_o    (m_axi_arlen),
    .ar_size_o   (m_axi_arsize),
    .ar_burst_o  (m_axi_arburst),
    .r_valid_i   (m_axi_rvalid),
    .r_ready_o   (m_axi_rready),
    .r_data_i    (m_axi_rdata),
    .r_resp_i    (m_axi_rresp),
    .r_last_i    (m_axi_rlast)
  );

  flashd_write_master #(
    .AxiBits(AxiBits)
  ) u_write_master (
    .clk_i,
    .rst_ni,
    .abort_i     (abort),
    .drained_o   (write_drained),
    .idle_o      (write_idle),
    .req_valid_i (write_valid),
    .req_ready_o (write_ready),
    .req_addr_i  (write_addr),
    .req_beats_i (write_beats),
    .data_valid_i(data_valid),
    .data_ready_o(data_ready),
    .data_i      (data),
    .strb_i      (strb),
    .aw_valid_o  (m_axi_awvalid),
    .aw_ready_i  (m_axi_awready),
    .aw_addr_o   (aw_addr),
    .aw_len_o    (m_axi_awlen),
    .w_valid_o   (m_axi_wvalid),
    .w_ready_i   (m_axi_wready),
    .w_data_o    (m_axi_wdata),
    .w_strb_o    (m_axi_wstrb),
    .w_last_o    (m_axi_wlast),
    .b_valid_i   (m_axi_bvalid),
    .b_ready_o   (m_axi_bready),
    .b_resp_i    (m_axi_bresp),
    .error_o     (write_error),
    .error_dec_o (write_dec),
    .error_addr_o(write_error_addr),
    .tap_burst_o (write_burst),
    .tap_bytes_o (write_bytes)
  );

  assign m_axi_araddr = 64'(ar_addr);
  assign m_axi_awaddr = 64'(aw_addr);
  assign m_axi_awsize = 3'($clog2(Strobes));
  assign m_axi_awburst = 2'b01;
  assign {m_axi_arid, m_axi_arlock, m_axi_arprot, m_axi_arqos} = '0;
  assign {m_axi_awid, m_axi_awlock, m_axi_awprot, m_axi_awqos} = '0;
  assign m_axi_arcache = 4'b0011;  // normal, not cached
  assign m_axi_awcache = 4'b0011;

  flashd_bus_watch u_watch (
    .clk_i,
    .rst_ni,
    .timeout_i  (timeout),
    .pending_i  (!read_drained || !write_drained),
    .handshake_i((m_axi_arvalid && m_axi_arready) || (m_axi_rvalid && m_axi_rready) ||
                 (m_axi_awvalid && m_axi_awready) || (m_axi_wvalid && m_axi_wready) ||
                 (m_axi_bvalid && m_axi_bready)),
    .hung_o     (bus_hung)
  );

  // Units around the engine.
  logic query_busy, walk_busy, key_busy, value_busy, bias_busy, state_busy, writer_busy;
  logic engine_idle;
  assign units_busy = query_busy || walk_busy || key_busy || value_busy || bias_busy ||
      state_busy || writer_busy || !engine_idle;

  logic q_beat, k_beat, v_beat;
  logic [Width-1:0][15:0] beat_elements;

  flashd_unpack #(
    .AxiBits(AxiBits),
    .Width  (Width)
  ) u_unpack (
    .clk_i,
    .rst_ni     (core_rst_n),
    .d_i        (seq.d),
    .dv_i       (seq.dv),
    .q_beat_i   (beat_valid[ReadQuery]),
    .k_beat_i   (beat_valid[ReadKey]),
    .v_beat_i   (beat_valid[ReadValue]),
    .beat_data_i(beat_data),
    .q_valid_o  (q_beat),
    .k_valid_o  (k_beat),
    .v_valid_o  (v_beat),
    .data_o     (beat_elements)
  );

  logic q_valid, q_ready, q_row_valid, q_last;
  logic [Width-1:0][15:0] q_data;
  logic [31:0] q_begin, q_end;

  flashd_query_loader #(
    .AxiBits   (AxiBits),
    .Width     (Width),
    .Lanes     (Lanes),
    .Contexts  (Contexts),
    .MaxHeadDim(MaxHeadDim)
  ) u_query_loader (
    .clk_i,
    .rst_ni       (core_rst_n),
    .start_i      (start),
    .seq_i        (seq),
    .busy_o       (query_busy),
    .req_valid_o  (read_valid[ReadQuery]),
    .req_ready_i  (read_ready[ReadQuery]),
    .req_addr_o   (read_addr[ReadQuery]),
    .req_beats_o  (read_beats[ReadQuery]),
    .beat_valid_i (q_beat),
    .beat_data_i  (beat_elements),
    .q_valid_o    (q_valid),
    .q_ready_i    (q_ready),
    .q_data_o     (q_data),
    .q_row_valid_o(q_row_valid),
    .q_begin_o    (q_begin),
    .q_end_o      (q_end),
    .q_last_o     (q_last)
  );

  logic tile_valid, tile_ready, tile_first, tile_last, run_valid, k_run_ready, v_run_ready;
  logic run_last, lookup_valid, lookup_done;
  logic [KeyBits-1:0] tile_keys, run_keys, run_tile_keys;
  logic [31:0] tile_base;
  logic [ContextBits-1:0] tile_contexts;
  logic [AddrBits-LineBits-1:0] run_k_line, run_v_line;
  logic [PageIndexBits-1:0] lookup_index, lookup_next;
  logic [30:0] lookup_page;

  flashd_tile_walk #(
    .Lanes   (Lanes),
    .Contexts(Contexts),
    .Tile    (Tile)
  ) u_tile_walk (
    .clk_i,
    .rst_ni         (core_rst_n),
    .start_i        (start),
    .seq_i          (seq),
    .busy_o         (walk_busy),
    .tile_valid_o   (tile_valid),
    .tile_ready_i   (tile_ready),
    .tile_keys_o    (tile_keys),
    .tile_base_o    (tile_base),
    .tile_first_o   (tile_first),
    .tile_last_o    (tile_last),
    .tile_contexts_o(tile_contexts),
    .run_valid_o    (run_valid),
    .k_run_ready_i  (k_run_ready),
    .v_run_ready_i  (v_run_ready),
    .run_k_line_o   (run_k_line),
    .run_v_line_o   (run_v_line),
    .run_keys_o     (run_keys),
    .run_tile_keys_o(run_tile_keys),
    .run_last_o     (run_last),
    .lookup_valid_o (lookup_valid),
    .lookup_index_o (lookup_index),
    .lookup_next_o  (lookup_next),
    .lookup_done_i  (lookup_done),
    .lookup_page_i  (lookup_page)
  );

  flashd_page_lookup #(
    .AxiBits  (AxiBits),
    .IndexBits(PageIndexBits)
  ) u_page_lookup (
    .clk_i,
    .rst_ni        (core_rst_n),
    .start_i       (start),
    .page_table_i  (seq.page_table),
    .pages_i       (seq.pages),
    .lookup_valid_i(lookup_valid),
    .lookup_index_i(lookup_index),
    .lookup_next_i (lookup_next),
    .done_o        (lookup_done),
    .page_o        (lookup_page),
    .fault_o       (page_fault),
    .fault_addr_o  (page_addr),
    .req_valid_o   (read_valid[ReadPage]),
    .req_ready_i   (read_ready[ReadPage]),
    .req_addr_o    (read_addr[ReadPage]),
    .req_beats_o   (read_beats[ReadPage]),
    .beat_valid_i  (beat_valid[ReadPage]),
    .beat_data_i   (beat_data)
  );

  logic [1:0] k_freed;
  logic [2:0] v_freed;
  logic vt_valid, vt_ready, skip_valid, skip, unread;
  logic [KeyBits-1:0] vt_keys;

  flashd_kv_fetch #(
    .Value  (0),
    .AxiBits(AxiBits),
    .Tile   (Tile),
    .Banks  (KeyBanks)
  ) u_key_fetch (
    .clk_i,
    .rst_ni         (core_rst_n),
    .dim_i          (seq.d),
    .token_i        (seq.k_token),
    .skip_v_i       (1'b0),
    .busy_o         (key_busy),
    .run_valid_i    (run_valid),
    .run_ready_o    (k_run_ready),
    .run_line_i     (run_k_line),
    .run_keys_i     (run_keys),
    .run_tile_keys_i(run_tile_keys),
    .run_last_i     (run_last),
    .freed_i        (k_freed),
    .vt_valid_o     (),
    .vt_ready_i     (1'b1),
    .vt_keys_o      (),
    .skip_valid_i   (1'b0),
    .skip_i         (1'b0),
    .tap_unread_o   (),
    .req_valid_o    (read_valid[ReadKey]),
    .req_ready_i    (read_ready[ReadKey]),
    .req_addr_o     (read_addr[ReadKey]),
    .req_beats_o    (read_beats[ReadKey])
  );
  flashd_kv_fetch #(
    .Value  (1),
    .AxiBits(AxiBits),
    .Tile   (Tile),
    .Banks  (ValueBanks)
  ) u_value_fetch (
    .clk_i,
    .rst_ni         (core_rst_n),
    .dim_i          (seq.dv),
    .token_i        (seq.v_token),
    .skip_v_i       (seq.skip_v),
    .busy_o         (value_busy),
    .run_valid_i    (run_valid),
    .run_ready_o    (v_run_ready),
    .run_line_i     (run_v_line),
    .run_keys_i     (run_keys),
    .run_tile_keys_i(run_tile_keys),
    .run_last_i     (run_last),
    .freed_i        (v_freed),
    .vt_valid_o     (vt_valid),
    .vt_ready_i     (vt_ready),
    .vt_keys_o      (vt_keys),
    .skip_valid_i   (skip_valid),
    .skip_i         (skip),
    .tap_unread_o   (unread),
    .req_valid_o    (read_valid[ReadValue]),
    .req_ready_i    (read_ready[ReadValue]),
    .req_addr_o     (read_addr[ReadValue]),
    .req_beats_o    (read_beats[ReadValue])
  );

  logic b_valid, b_ready;
  logic [Lanes-1:0][BiasBits-1:0] b_value;
  logic [Lanes-1:0] b_mask, b_nan;

  flashd_bias_unit #(
    .Profile (Profile),
    .AxiBits (AxiBits),
    .Lanes   (Lanes),
    .Contexts(Contexts),
    .Tile    (Tile)
  ) u_bias_unit (
    .clk_i,
    .rst_ni      (core_rst_n),
    .start_i     (start),
    .seq_i       (seq),
    .busy_o      (bias_busy),
    .req_valid_o (read_valid[ReadBias]),
    .req_ready_i (read_ready[ReadBias]),
    .req_addr_o  (read_addr[ReadBias]),
    .req_beats_o (read_beats[ReadBias]),
    .beat_valid_i(beat_valid[ReadBias]),
    .beat_data_i (beat_data),
    .beat_last_i (beat_last),
    .b_valid_o   (b_valid),
    .b_ready_i   (b_ready),
    .b_value_o   (b_value),
    .b_mask_o    (b_mask),
    .b_nan_o     (b_nan)
  );

  logic si_valid, si_ready, ri_valid, ri_ready;
  logic [Lanes-1:0][Merge-1:0][31:0] si_data;
  logic [Lanes-1:0][18:0] ri_exponent;
  logic [Lanes-1:0][31:0] ri_mantissa;
  logic [Lanes-1:0][5:0] ri_flags;

  flashd_state_reader #(
    .AxiBits   (AxiBits),
    .Lanes     (Lanes),
    .Contexts  (Contexts),
    .Merge     (Merge),
    .MaxHeadDim(MaxHeadDim)
  ) u_state_reader (
    .clk_i,
    .rst_ni       (core_rst_n),
    .start_i      (start),
    .seq_i        (seq),
    .busy_o       (state_busy),
    .req_valid_o  (read_valid[ReadState]),
    .req_ready_i  (read_ready[ReadState]),
    .req_addr_o   (read_addr[ReadState]),
    .req_beats_o  (read_beats[ReadState]),
    .beat_valid_i (beat_valid[ReadState]),
    .beat_data_i  (beat_data),
    .beat_last_i  (beat_last),
    .si_valid_o   (si_valid),
    .si_ready_i   (si_ready),
    .si_data_o    (si_data),
    .ri_valid_o   (ri_valid),
    .ri_ready_i   (ri_ready),
    .ri_exponent_o(ri_exponent),
    .ri_mantissa_o(ri_mantissa),
    .ri_flags_o   (ri_flags)
  );

  // The engine. ceil(log2 sqrt d) of d = 1 to 256 is 0 to 4, known long before the first product.
  logic [2:0] grid_extra, grid_extra_q;
  always_comb begin
    grid_extra = 3'd0;
    for (int i = 0; i < 4; i++) begin
      if (seq.d > 9'(1 << (2 * i))) grid_extra = 3'(i + 1);
    end
  end
  always_ff @(posedge clk_i) begin
    grid_extra_q <= grid_extra;
  end

  logic out_room, out_take, o_valid, o_last, so_valid, ro_valid, k_ready, v_ready;
  logic [Lanes-1:0][Merge-1:0][31:0] o_data, so_data;
  logic [Lanes-1:0][31:0] ro_lse, ro_mantissa;
  logic [Lanes-1:0][18:0] ro_exponent;
  logic [Lanes-1:0][5:0] ro_flags;
  logic [Lanes-1:0] ro_rows;
  logic score_beat, output_key, pair, pair_skipped;
  logic [2:0] score_wait, output_wait;
  logic [LaneBits-1:0] keys_scored, keys_skipped, saturations, rows, rows_nan, rows_empty;

  flashd_engine #(
    .Profile   (Profile),
    .Sig       (Sig),
    .Width     (Width),
    .Lanes     (Lanes),
    .Contexts  (Contexts),
    .Tile      (Tile),
    .MaxHeadDim(MaxHeadDim),
    .SoftCap   (SoftCap)
  ) u_engine (
    .clk_i,
    .rst_ni             (core_rst_n),
    .fp16_i             (seq.fp16),
    .q_beats_i          (BeatBits'((32'(seq.d) + Width - 1) / Width)),
    .dv_i               (seq.dv),
    .grid_extra_i       (grid_extra_q),
    .job_exponent_i     (job_exponent),
    .scale_negative_i   (scale_negative),
    .scale_mantissa_i   (scale_mantissa),
    .v_exponent_i       (seq.v_exponent),
    .format_i           (seq.format),
    // Without the unit the descriptor check refuses the flag; before the first job it is random.
    .soft_cap_en_i      (SoftCap != 0 && seq.soft_cap),
    .soft_cap_i         (soft_cap),
    .bias_en_i          (seq.bias || seq.alibi),
    .state_in_en_i      (seq.state_in),
    .state_out_en_i     (seq.state_out),
    .skip_v_en_i        (seq.skip_v),
    .q_valid_i          (q_valid),
    .q_ready_o          (q_ready),
    .q_data_i           (q_data),
    .q_row_valid_i      (q_row_valid),
    .q_begin_i          (q_begin),
    .q_end_i            (q_end),
    .q_last_i           (q_last),
    .tile_valid_i       (tile_valid),
    .tile_ready_o       (tile_ready),
    .tile_keys_i        (tile_keys),
    .tile_base_i        (tile_base),
    .tile_first_i       (tile_first),
    .tile_last_i        (tile_last),
    .tile_contexts_i    (tile_contexts),
    .vt_valid_i         (vt_valid),
    .vt_ready_o         (vt_ready),
    .vt_keys_i          (vt_keys),
    .k_valid_i          (k_beat),
    .k_ready_o          (k_ready),
    .k_data_i           (beat_elements),
    .v_valid_i          (v_beat),
    .v_ready_o          (v_ready),
    .v_data_i           (beat_elements),
    .k_freed_o          (k_freed),
    .v_freed_o          (v_freed),
    .skip_valid_o       (skip_valid),
    .skip_o             (skip),
    .b_valid_i          (b_valid),
    .b_ready_o          (b_ready),
    .b_value_i          (b_value),
    .b_mask_i           (b_mask),
    .b_nan_i            (b_nan),
    .si_valid_i         (si_valid),
    .si_ready_o         (si_ready),
    .si_data_i          (si_data),
    .ri_valid_i         (ri_valid),
    .ri_ready_o         (ri_ready),
    .ri_exponent_i      (ri_exponent),
    .ri_mantissa_i      (ri_mantissa),
    .ri_flags_i         (ri_flags),
    .out_room_i         (out_room),
    .out_take_o         (out_take),
    .o_valid_o          (o_valid),
    .o_ready_i          (1'b1),
    .o_data_o           (o_data),
    .o_rows_o           (),
    .o_last_o           (o_last),
    .so_valid_o         (so_valid),
    .so_ready_i         (1'b1),
    .so_data_o          (so_data),
    .ro_valid_o         (ro_valid),
    .ro_ready_i         (1'b1),
    .ro_lse_o           (ro_lse),
    .ro_exponent_o      (ro_exponent),
    .ro_mantissa_o      (ro_mantissa),
    .ro_flags_o         (ro_flags),
    .ro_rows_o          (ro_rows),
    .tap_score_beat_o   (score_beat),
    .tap_score_wait_o   (score_wait),
    .tap_output_step_o   (output_key),
    .tap_output_wait_o  (output_wait),
    .tap_keys_scored_o  (keys_scored),
    .tap_keys_skipped_o (keys_skipped),
    .tap_saturations_o  (saturations),
    .tap_tiles_o        (pair),
    .tap_tiles_skipped_o(pair_skipped),
    .idle_o             (engine_idle)
  );

  flashd_output_writer #(
    .AxiBits   (AxiBits),
    .Lanes     (Lanes),
    .Contexts  (Contexts),
    .Merge     (Merge),
    .MaxHeadDim(MaxHeadDim)
  ) u_output_writer (
    .clk_i,
    .rst_ni          (core_rst_n),
    .start_i         (start),
    .seq_i           (seq),
    .busy_o          (writer_busy),
    .out_room_o      (out_room),
    .out_take_i      (out_take),
    .o_valid_i       (o_valid),
    .o_data_i        (o_data),
    .o_last_i        (o_last),
    .so_valid_i      (so_valid),
    .so_data_i       (so_data),
    .ro_valid_i      (ro_valid),
    .ro_lse_i        (ro_lse),
    .ro_exponent_i   (ro_exponent),
    .ro_mantissa_i   (ro_mantissa),
    .ro_flags_i      (ro_flags),
    .ro_rows_i       (ro_rows),
    .req_valid_o     (write_valid[0]),
    .req_ready_i     (write_ready[0]),
    .req_addr_o      (write_addr[0]),
    .req_beats_o     (write_beats[0]),
    .data_valid_o    (data_valid[0]),
    .data_ready_i    (data_ready[0]),
    .data_o          (data[0]),
    .strb_o          (strb[0]),
    .tap_rows_o      (rows),
    .tap_rows_nan_o  (rows_nan),
    .tap_rows_empty_o(rows_empty)
  );

  // Counters. In reset the arrays are idle.
  logic [2:0] score_class, output_class;
  assign score_class = core_rst_n ? score_wait : flashd_tap_pkg::ScoreIdle;
  assign output_class = core_rst_n ? output_wait : flashd_tap_pkg::OutputIdle;

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
    step[CounterBytesRead] = read_beat ? StepBits'(Strobes) : '0;
    step[CounterBytesWritten] = StepBits'(write_bytes);
    step[CounterReadBursts] = StepBits'(read_burst);
    step[CounterWriteBursts] = StepBits'(write_burst);
    step[CounterKeysScored] = StepBits'(keys_scored);
    step[CounterKeysSkipped] = StepBits'(keys_skipped);
    step[CounterTiles] = StepBits'(pair);
    step[CounterTilesSkipped] = StepBits'(pair_skipped);
    step[CounterTilesUnread] = StepBits'(unread);
    step[CounterSaturations] = StepBits'(saturations);
    step[CounterRows] = StepBits'(rows);
    step[CounterRowsNan] = StepBits'(rows_nan);
    step[CounterRowsEmpty] = StepBits'(rows_empty);
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

`ifdef FLASHD_ASSERT
  flashd_axi_check #(
    .AddrBits   (64),
    .AxiBits    (AxiBits),
    .Outstanding(Outstanding)
  ) u_axi_check (
    .clk_i,
    .rst_ni,
    .ar_valid_i(m_axi_arvalid),
    .ar_ready_i(m_axi_arready),
    .ar_addr_i (m_axi_araddr),
    .ar_len_i  (m_axi_arlen),
    .ar_size_i (m_axi_arsize),
    .ar_burst_i(m_axi_arburst),
    .r_valid_i (m_axi_rvalid),
    .r_ready_i (m_axi_rready),
    .r_data_i  (m_axi_rdata),
    .r_resp_i  (m_axi_rresp),
    .r_last_i  (m_axi_rlast),
    .aw_valid_i(m_axi_awvalid),
    .aw_ready_i(m_axi_awready),
    .aw_addr_i (m_axi_awaddr),
    .aw_len_i  (m_axi_awlen),
    .aw_size_i (m_axi_awsize),
    .aw_burst_i(m_axi_awburst),
    .w_valid_i (m_axi_wvalid),
    .w_ready_i (m_axi_wready),
    .w_data_i  (m_axi_wdata),
    .w_strb_i  (m_axi_wstrb),
    .w_last_i  (m_axi_wlast),
    .b_valid_i (m_axi_bvalid),
    .b_ready_i (m_axi_bready),
    .b_resp_i  (m_axi_bresp)
  );
  assert property (@(posedge clk_i) disable iff (!core_rst_n) k_beat |-> k_ready)
  else $error("flashd_top: a beat of keys found no bank");
  assert property (@(posedge clk_i) disable iff (!core_rst_n) v_beat |-> v_ready)
  else $error("flashd_top: a beat of values found no bank");
  assert property (@(posedge clk_i) disable iff (!core_rst_n)
      (score_wait == flashd_tap_pkg::ScoreBusy) == score_beat)
  else $error("flashd_top: the score array's tap contradicts itself");
  assert property (@(posedge clk_i) disable iff (!core_rst_n)
      (output_wait == flashd_tap_pkg::OutputBusy) == output_key)
  else $error("flashd_top: the output array's tap contradicts itself");
`else
  logic unused;
  assign unused = ^{k_ready, v_ready, score_beat, output_key};
`endif
  logic unused_ids;
  assign unused_ids = ^{m_axi_bid, m_axi_rid};

endmodule
