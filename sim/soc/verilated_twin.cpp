// SPDX-License-Identifier: Apache-2.0
// The SoC with the twin in the place of flashd_top: flashd_soc_shell verilated, the rest C++.
#include <verilated.h>

#include <string>

#include "Vflashd_soc_shell.h"
#include "Vflashd_soc_shell___024root.h"
#include "host/io/error.hpp"
#include "sim/soc/soc.hpp"
#include "sim/soc/twin_port.hpp"
#include "sim/soc/verilated_log.hpp"

/// Called by $stop.
void vl_stop(const char* file, int line, const char* module) {
  throw flashd::host::Error(
      flashd::host::Exit::internal,
      "the RTL stopped: " + std::string(module) + " (" + file + ":" + std::to_string(line) + ")");
}

namespace flashd::soc {

namespace {

using Top = Vflashd_soc_shell;
using Column = VlUnpacked<CData, static_cast<int>(kJobBytes / 8)>;

/// Byte k of a word of 64 bits lies in half k / 4, memory k % 4.
class VerilatedBytes final : public JobBytes {
 public:
  explicit VerilatedBytes(Top* top)
      : columns_{
#define FLASHD_COLUMN(half, byte) \
  &top->rootp                     \
       ->flashd_soc_shell__DOT__u_job__DOT__gen_half__BRA__##half##__KET____DOT__u_ram__DOT__gen_byte__BRA__##byte##__KET____DOT__mem_q
            FLASHD_COLUMN(0, 0), FLASHD_COLUMN(0, 1), FLASHD_COLUMN(0, 2),
            FLASHD_COLUMN(0, 3), FLASHD_COLUMN(1, 0), FLASHD_COLUMN(1, 1),
            FLASHD_COLUMN(1, 2), FLASHD_COLUMN(1, 3)
#undef FLASHD_COLUMN
        } {
  }
  std::uint8_t& at(std::uint64_t offset) override { return (*columns_[offset % 8])[offset / 8]; }

 private:
  std::array<Column*, 8> columns_;
};

}  // namespace

struct Soc::Model {
  VerilatedContext context;
  Top top{&context, ""};
  VerilatedBytes bytes{&top};
  TwinPort port;

  explicit Model(TransactionLog* log) : port(&bytes, log) {}

  /// The twin sees the pins as they are before the edge, and answers before it.
  void tick() {
    top.eval();
    DevicePins pins;
    pins.reset_n = top.device_rst_no != 0;
    pins.aw_valid = top.m_axil_awvalid_o != 0;
    pins.w_valid = top.m_axil_wvalid_o != 0;
    pins.b_ready = top.m_axil_bready_o != 0;
    pins.ar_valid = top.m_axil_arvalid_o != 0;
    pins.r_ready = top.m_axil_rready_o != 0;
    pins.address = top.m_axil_awaddr_o;
    pins.wdata = top.m_axil_wdata_o;
    pins.strobes = top.m_axil_wstrb_o;
    port.step(&pins);
    top.m_axil_awready_i = top.m_axil_wready_i = pins.aw_ready;
    top.m_axil_arready_i = pins.ar_ready;
    top.m_axil_bvalid_i = pins.b_valid;
    top.m_axil_rvalid_i = pins.r_valid;
    top.m_axil_rdata_i = pins.rdata;
    top.m_axil_bresp_i = top.m_axil_rresp_i = static_cast<CData>(pins.response);
    top.device_irq_i = pins.irq;
    top.clk_i = 1;
    top.eval();
    top.clk_i = 0;
    top.eval();
  }
};

Soc::Soc(const std::vector<std::uint32_t>& firmware, TransactionLog* log) : model_(new Model(log)) {
  Verilated::threadContextp(&model_->context);
  connect_log("flashd_soc_shell.u_log", log);
  Top& top = model_->top;
  top.clk_i = 0;
  top.rst_ni = 0;
  top.uart_rx_i = 1;
  top.s_axi_awvalid_i = top.s_axi_wvalid_i = top.s_axi_arvalid_i = 0;
  top.s_axi_bready_i = top.s_axi_rready_i = 1;
  top.eval();
  auto& memory = top.rootp->flashd_soc_shell__DOT__u_firmware__DOT__mem_q;
  for (std::size_t i = 0; i < kFirmwareWords; ++i)
    memory[i] = i < firmware.size() ? firmware[i] : 0;
  for (int i = 0; i < 4; ++i) model_->tick();
  top.rst_ni = 1;
}

Soc::~Soc() { model_->top.final(); }

void Soc::run(Wire* wire, int cycles) {
  Top& top = model_->top;
  for (int i = 0; i < cycles; ++i) {
    top.uart_rx_i = wire->step(top.uart_tx_o != 0);
    model_->tick();
  }
}

std::uint8_t Soc::leds() const { return model_->top.led_o; }

}  // namespace flashd::soc
