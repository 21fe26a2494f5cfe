// SPDX-License-Identifier: Apache-2.0
// Adapter of one verilated flashd_top; compiled once per build with
//   FLASHD_MODEL         class of the verilated module
//   FLASHD_MODEL_HEADER  its header
//   FLASHD_BUILD         initialiser of a BuildInfo
//   FLASHD_AXI_BITS      width of the data bus
//   FLASHD_WAVES         1 if it can write waves and traces
#include FLASHD_MODEL_HEADER

#include <verilated.h>
#if FLASHD_WAVES
#include <verilated_fst_c.h>

#include "sim/trace/verilated_trace.hpp"
#endif

#include <cstring>
#include <stdexcept>
#include <type_traits>

#include "host/io/error.hpp"
#include "model/arith/spec.hpp"
#include "sim/system/pins.hpp"
#include "sim/system/plugin.hpp"
#include "sim/system/verilated_simulator.hpp"

/// Called by an assertion that failed and by $stop.
void vl_stop(const char* file, int line, const char* module) {
  throw flashd::host::Error(flashd::host::Exit::internal,
                            "an assertion of the RTL failed: " + std::string(module) + " (" + file +
                                ":" + std::to_string(line) + ")");
}

namespace {

using flashd::sim::BuildInfo;
using flashd::sim::Words;
using flashd::system::Pins;

constexpr BuildInfo kBuild = FLASHD_BUILD;

template <std::size_t N>
void put(VlWide<N>& to, const Words& from) {
  std::memcpy(to.data(), from.data(), N * sizeof(std::uint32_t));
}
template <class T, class = std::enable_if_t<std::is_integral_v<T>>>
void put(T& to, const Words& from) {
  to = static_cast<T>(from.get(0, from.bits()));
}
template <std::size_t N>
void take(const VlWide<N>& from, Words* to) {
  std::memcpy(to->data(), from.data(), N * sizeof(std::uint32_t));
}
template <class T, class = std::enable_if_t<std::is_integral_v<T>>>
void take(T from, Words* to) {
  to->set(0, to->bits(), from);
}

class VerilatedTop final : public flashd::system::Top {
 public:
  VerilatedTop(std::uint64_t seed, [[maybe_unused]] bool waves) {
    context_.randReset(2);
    context_.randSeed(static_cast<int>(seed % 0x7FFFFFFFu) + 1);
#if FLASHD_WAVES
    context_.traceEverOn(waves);
#endif
    top_ = std::make_unique<FLASHD_MODEL>(&context_, "");
#if FLASHD_WAVES
    if (waves) top_->trace(&wave_, 99);
#endif
  }
  ~VerilatedTop() override {
    Verilated::threadContextp(&context_);  // scopes leave the context that evaluated last
    top_->final();
    top_.reset();
  }

  void reset(bool active) override { top_->rst_ni = !active; }

  void settle(Pins* pins) override {
    drive(*pins);
    top_->clk_i = 0;
    eval();
    sample(pins);
  }

  void edge(Pins* pins) override {
    top_->clk_i = 1;
    eval();
    sample(pins);
  }

  void start_wave([[maybe_unused]] const std::string& file) override {
#if FLASHD_WAVES
    wave_.open(file.c_str());
#else
    throw flashd::host::Error(flashd::host::Exit::unavailable,
                              "this build writes no waves; expected the one with assertions");
#endif
  }

  void start_trace([[maybe_unused]] flashd::trace::Pipeline* pipeline) override {
#if FLASHD_WAVES
    trace_ = std::make_unique<flashd::trace::VerilatedTrace>(*pipeline);
    trace_->connect(&context_);
#else
    throw flashd::host::Error(flashd::host::Exit::unavailable,
                              "this build writes no traces; expected the one with assertions");
#endif
  }

 private:
  void eval() {
    top_->eval();
#if FLASHD_WAVES
    if (wave_.isOpen()) wave_.dump(static_cast<std::uint64_t>(context_.time()));
#endif
    context_.timeInc(1);
  }

  void drive(const Pins& p) {
    FLASHD_MODEL& t = *top_;
    t.s_axil_awvalid = p.s_awvalid;
    t.s_axil_awaddr = p.s_awaddr;
    t.s_axil_awprot = 0;
    t.s_axil_wvalid = p.s_wvalid;
    t.s_axil_wdata = p.s_wdata;
    t.s_axil_wstrb = 0xF;
    t.s_axil_bready = p.s_bready;
    t.s_axil_arvalid = p.s_arvalid;
    t.s_axil_araddr = p.s_araddr;
    t.s_axil_arprot = 0;
    t.s_axil_rready = p.s_rready;
    t.m_axi_awready = p.aw.ready;
    t.m_axi_wready = p.wready;
    t.m_axi_bvalid = p.bvalid;
    t.m_axi_bid = 0;
    t.m_axi_bresp = p.bresp;
    t.m_axi_arready = p.ar.ready;
    t.m_axi_rvalid = p.rvalid;
    t.m_axi_rid = 0;
    if (p.rvalid) put(t.m_axi_rdata, p.rdata);
    t.m_axi_rresp = p.rresp;
    t.m_axi_rlast = p.rlast;
  }

  void sample(Pins* p) {
    const FLASHD_MODEL& t = *top_;
    p->s_awready = t.s_axil_awready;
    p->s_wready = t.s_axil_wready;
    p->s_bvalid = t.s_axil_bvalid;
    p->s_bresp = t.s_axil_bresp;
    p->s_arready = t.s_axil_arready;
    p->s_rvalid = t.s_axil_rvalid;
    p->s_rdata = t.s_axil_rdata;
    p->s_rresp = t.s_axil_rresp;
    p->irq = t.irq_o;
    p->ar.valid = t.m_axi_arvalid;
    p->ar.address = t.m_axi_araddr;
    p->ar.id = t.m_axi_arid;
    p->ar.length = t.m_axi_arlen;
    p->ar.size = t.m_axi_arsize;
    p->ar.burst = t.m_axi_arburst;
    p->rready = t.m_axi_rready;
    p->aw.valid = t.m_axi_awvalid;
    p->aw.address = t.m_axi_awaddr;
    p->aw.id = t.m_axi_awid;
    p->aw.length = t.m_axi_awlen;
    p->aw.size = t.m_axi_awsize;
    p->aw.burst = t.m_axi_awburst;
    p->wvalid = t.m_axi_wvalid;
    if (p->wvalid) {
      take(t.m_axi_wdata, &p->wdata);
      p->wstrb = t.m_axi_wstrb;
      p->wlast = t.m_axi_wlast;
    }
    p->bready = t.m_axi_bready;
  }

  VerilatedContext context_;
  std::unique_ptr<FLASHD_MODEL> top_;
#if FLASHD_WAVES
  VerilatedFstC wave_;
  std::unique_ptr<flashd::trace::VerilatedTrace> trace_;
#endif
};

}  // namespace

extern "C" {

__attribute__((visibility("default"))) void flashd_top_info(BuildInfo* info) {
  *info = kBuild;
  info->options_bytes = sizeof(flashd::system::Options);
}

__attribute__((visibility("default"))) int flashd_top_axi_bits() { return FLASHD_AXI_BITS; }

__attribute__((visibility("default"))) flashd::system::Simulator* flashd_top_open(
    const flashd::system::Options* options) {
  return std::make_unique<flashd::system::VerilatedSimulator>(
             std::make_unique<VerilatedTop>(options->seed, !options->wave.empty()), *options,
             FLASHD_AXI_BITS)
      .release();
}
}
