// SPDX-License-Identifier: Apache-2.0
#include <verilated.h>

#include <string>

#include "Vflashd_soc.h"
#include "Vflashd_soc___024root.h"
#include "host/io/error.hpp"
#include "sim/soc/soc.hpp"
#include "sim/soc/verilated_log.hpp"

/// Called by an assertion that failed and by $stop.
void vl_stop(const char* file, int line, const char* module) {
  throw flashd::host::Error(flashd::host::Exit::internal,
                            "an assertion of the RTL failed: " + std::string(module) + " (" + file +
                                ":" + std::to_string(line) + ")");
}

namespace flashd::soc {

namespace {

/// In a model that was verilated so, what is not reset starts at random.
struct Context : VerilatedContext {
  Context() {
    randReset(2);
    randSeed(1);
  }
};

}  // namespace

struct Soc::Model {
  Context context;
  Vflashd_soc top{&context, ""};

  void tick() {
    top.clk_i = 1;
    top.eval();
    top.clk_i = 0;
    top.eval();
  }
};

Soc::Soc(const std::vector<std::uint32_t>& firmware, TransactionLog* log) : model_(new Model) {
  Verilated::threadContextp(&model_->context);
  connect_log("flashd_soc.u_shell.u_log", log);
  Vflashd_soc& top = model_->top;
  top.clk_i = 0;
  top.rst_ni = 0;
  top.uart_rx_i = 1;
  top.eval();
  auto& memory = top.rootp->flashd_soc__DOT__u_shell__DOT__u_firmware__DOT__mem_q;
  for (std::size_t i = 0; i < kFirmwareWords; ++i)
    memory[i] = i < firmware.size() ? firmware[i] : 0;
  // Before the reset there is nothing to assert.
  model_->context.assertOn(false);
  for (int i = 0; i < 4; ++i) model_->tick();
  model_->context.assertOn(true);
  top.rst_ni = 1;
}

Soc::~Soc() { model_->top.final(); }

void Soc::run(Wire* wire, int cycles) {
  Vflashd_soc& top = model_->top;
  for (int i = 0; i < cycles; ++i) {
    top.uart_rx_i = wire->step(top.uart_tx_o != 0);
    model_->tick();
  }
}

std::uint8_t Soc::leds() const { return model_->top.led_o; }

}  // namespace flashd::soc
