// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "sim/words.hpp"
#include "sim/trace/pipeline.hpp"

namespace flashd::system {

/// Address channel of the AXI4 master.
struct Address {
  bool valid = false;
  bool ready = false;  ///< into the device
  std::uint64_t address = 0;
  std::uint32_t id = 0;
  std::uint32_t length = 0;  ///< beats - 1
  std::uint32_t size = 0;    ///< log2 of the bytes of a beat
  std::uint32_t burst = 0;   ///< 1: INCR
  bool fires() const { return valid && ready; }
};

/// The ports of flashd_top but clock and reset.
struct Pins {
  explicit Pins(int axi_bits) : rdata(axi_bits), wdata(axi_bits) {}

  // AXI4 master.
  Address ar, aw;
  bool rvalid = false, rready = false, rlast = false;
  sim::Words rdata;
  std::uint32_t rresp = 0;
  bool wvalid = false, wready = false, wlast = false;
  sim::Words wdata;
  std::uint64_t wstrb = 0;
  bool bvalid = false, bready = false;
  std::uint32_t bresp = 0;

  // AXI4-Lite slave.
  bool s_awvalid = false, s_awready = false;
  std::uint32_t s_awaddr = 0;
  bool s_wvalid = false, s_wready = false;
  std::uint32_t s_wdata = 0;
  bool s_bvalid = false, s_bready = false;
  std::uint32_t s_bresp = 0;
  bool s_arvalid = false, s_arready = false;
  std::uint32_t s_araddr = 0;
  bool s_rvalid = false, s_rready = false;
  std::uint32_t s_rdata = 0, s_rresp = 0;

  bool irq = false;
};

/// One verilated flashd_top. A cycle is settle(), then edge().
class Top {
 public:
  virtual ~Top() = default;
  virtual void reset(bool active) = 0;
  /// Clock low: takes the inputs, lets the logic settle, gives the outputs.
  virtual void settle(Pins* pins) = 0;
  /// Rising clock edge; gives the outputs, which then change with inputs of the AXI4-Lite side
  /// only.
  virtual void edge(Pins* pins) = 0;
  virtual void start_wave(const std::string& file) = 0;
  /// Before the first settle(); `pipeline` outlives this.
  virtual void start_trace(trace::Pipeline* pipeline) = 0;
};

}  // namespace flashd::system
