// SPDX-License-Identifier: Apache-2.0
/// The core's accesses to firmware memory, device registers, SoC registers and job memory.
///
/// Core: PicoRV32's native interface; one access at a time, core_valid_i stays until core_ready_o.
/// Latency: writes of memory are answered in the next cycle, reads of memory and SoC registers in
/// the one after: all words read come from a register. The job memory takes an access later while
/// the device uses the same word. Device registers answer when their AXI4-Lite slave does.
/// An access to anything else, one that its slave refuses, and one to the device's registers while
/// device_reset_i is 1, is a bus error: bus_error_o for one cycle with its address, the word read
/// is 0.
/// Back-pressure: by core_ready_o alone.
/// Does not: look at alignment (the core does), time out (the slaves always answer).
module flashd_soc_bus #(
  parameter int FirmwareBytes = 32768,
  parameter int JobBytes = 262144,
  parameter int RegisterBits = 9,   // addresses of the device's registers
  parameter int SocBits = 6,        // addresses of the SoC's registers
  // Derived: not to be set.
  parameter int FirmwareBits = $clog2(FirmwareBytes / 4),
  parameter int JobBits = $clog2(JobBytes / 4)
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    device_reset_i,
  // Core.
  input  logic                    core_valid_i,
  output logic                    core_ready_o,
  input  logic [31:0]             core_addr_i,
  input  logic [31:0]             core_wdata_i,
  input  logic [3:0]              core_wstrb_i,   // 0: read
  output logic [31:0]             core_rdata_o,
  // Memories: addresses of words, data in the next cycle.
  output logic                    firmware_en_o,
  output logic [FirmwareBits-1:0] firmware_addr_o,
  input  logic [31:0]             firmware_rdata_i,
  output logic                    job_valid_o,
  input  logic                    job_ready_i,
  output logic [JobBits-1:0]      job_addr_o,
  input  logic [31:0]             job_rdata_i,
  output logic [3:0]              we_o,
  output logic [31:0]             wdata_o,
  // SoC registers: an answer in the same cycle.
  output logic                    soc_req_o,
  output logic                    soc_write_o,
  output logic [SocBits-1:0]      soc_addr_o,
  input  logic [31:0]             soc_rdata_i,
  input  logic                    soc_error_i,
  // Device registers: AXI4-Lite.
  output logic                    axil_awvalid_o,
  input  logic                    axil_awready_i,
  output logic                    axil_wvalid_o,
  input  logic                    axil_wready_i,
  output logic [RegisterBits-1:0] axil_addr_o,    // of AW and AR
  output logic [31:0]             axil_wdata_o,
  output logic [3:0]              axil_wstrb_o,
  input  logic                    axil_bvalid_i,
  output logic                    axil_bready_o,
  input  logic [1:0]              axil_bresp_i,
  output logic                    axil_arvalid_o,
  input  logic                    axil_arready_i,
  input  logic                    axil_rvalid_i,
  output logic                    axil_rready_o,
  input  logic [31:0]             axil_rdata_i,
  input  logic [1:0]              axil_rresp_i,
  // The access that failed, for one cycle.
  output logic                    bus_error_o,
  output logic                    error_write_o,
  output logic [29:0]             error_addr_o    // of a word
);

  localparam logic [31:0] DeviceBase = 32'h1000_0000, SocBase = 32'h2000_0000;
  localparam logic [31:0] JobBase = 32'h8000_0000;

  if (FirmwareBytes < 1024 || FirmwareBytes != (4 << FirmwareBits)) begin : gen_bad_firmware
    $error("flashd_soc_bus: FirmwareBytes must be a power of two, at least 1024.");
  end
  if (JobBytes < 4096 || JobBytes != (4 << JobBits)) begin : gen_bad_job
    $error("flashd_soc_bus: JobBytes must be a power of two, at least 4096.");
  end

  logic write, begins, in_firmware, in_device, in_soc, in_job, done, error;
  logic ready_q, waits_q, reads_q, soc_q, aw_q, w_q, ar_q, error_q, soc_error_q;
  logic [31:0] word_q, soc_word_q;

  assign write = core_wstrb_i != '0;
  assign in_firmware = core_addr_i[31:FirmwareBits+2] == '0;
  assign in_device = core_addr_i[31:RegisterBits] == DeviceBase[31:RegisterBits];
  assign in_soc = core_addr_i[31:SocBits] == SocBase[31:SocBits];
  assign in_job = core_addr_i[31:JobBits+2] == JobBase[31:JobBits+2];

  // The cycle in which an access is looked at; the job memory may let it come again.
  assign begins = core_valid_i && !ready_q && !waits_q && !reads_q && !soc_q;

  assign firmware_en_o = begins && in_firmware;
  assign firmware_addr_o = core_addr_i[2+:FirmwareBits];
  assign job_valid_o = begins && in_job;
  assign job_addr_o = core_addr_i[2+:JobBits];
  assign we_o = core_wstrb_i;
  assign wdata_o = core_wdata_i;
  assign soc_req_o = begins && in_soc;
  assign soc_write_o = write;
  assign soc_addr_o = core_addr_i[SocBits-1:0];

  assign axil_awvalid_o = aw_q;
  assign axil_wvalid_o = w_q;
  assign axil_arvalid_o = ar_q;
  assign axil_addr_o = core_addr_i[RegisterBits-1:0];
  assign axil_wdata_o = core_wdata_i;
  assign axil_wstrb_o = core_wstrb_i;
  assign axil_bready_o = waits_q;
  assign axil_rready_o = waits_q;

  always_comb begin
    done = 1'b0;
    error = 1'b0;
    if (waits_q) begin
      done = axil_bvalid_i || axil_rvalid_i;
      error = (axil_bvalid_i && axil_bresp_i != '0) || (axil_rvalid_i && axil_rresp_i != '0);
    end else if (soc_q) begin
      done = 1'b1;
      error = soc_error_q;
    end else if (reads_q) begin
      done = 1'b1;
    end else if (begins) begin
      if (in_firmware) done = write;
      else if (in_job) done = job_ready_i && write;
      else if (!in_soc && !(in_device && !device_reset_i)) begin
        done = 1'b1;
        error = 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ready_q  <= 1'b0;
      waits_q  <= 1'b0;
      reads_q  <= 1'b0;
      soc_q    <= 1'b0;
      aw_q     <= 1'b0;
      w_q      <= 1'b0;
      ar_q     <= 1'b0;
      error_q  <= 1'b0;
      word_q   <= '0;
    end else begin
      ready_q <= done;
      error_q <= done && error;
      soc_q <= begins && in_soc;
      reads_q <= begins && !write && (in_firmware || (in_job && job_ready_i));
      if (begins && in_device && !device_reset_i) begin
        waits_q <= 1'b1;
        aw_q    <= write;
        w_q     <= write;
        ar_q    <= !write;
      end else begin
        if (axil_awready_i) aw_q <= 1'b0;
        if (axil_wready_i) w_q <= 1'b0;
        if (axil_arready_i) ar_q <= 1'b0;
        if (done) waits_q <= 1'b0;
      end
      if (done) begin
        word_q <= error ? '0 : waits_q ? axil_rdata_i : soc_q ? soc_word_q :
            in_firmware ? firmware_rdata_i : job_rdata_i;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    soc_word_q  <= soc_rdata_i;
    soc_error_q <= soc_error_i;
  end

  assign core_rdata_o = word_q;
  assign core_ready_o = ready_q;
  assign bus_error_o = error_q;
  assign error_write_o = write;
  assign error_addr_o = core_addr_i[31:2];

`ifdef FLASHD_ASSERT
  // From one cycle to the next: the core keeps its access until it is answered.
  flashd_stream_check #(
    .Bits(68)
  ) u_check (
    .clk_i,
    .rst_ni,
    .valid_i(core_valid_i),
    .ready_i(core_ready_o),
    .data_i ({core_addr_i, core_wstrb_i, write ? core_wdata_i : 32'd0})
  );
`endif

endmodule
