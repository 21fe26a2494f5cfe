// SPDX-License-Identifier: Apache-2.0
// usage: bench SCENARIO: drives flashd_axi_check by itself (64-bit data, 4 bursts outstanding).
// Scenario `good` must pass; each other one breaks one rule of AXI, which an assertion must report.
#include <verilated.h>

#include <cstdio>
#include <functional>
#include <map>
#include <string>

#include "Vflashd_axi_check.h"

namespace {

using Top = Vflashd_axi_check;

struct Bench {
  Top top;

  Bench() {
    top.ar_size_i = top.aw_size_i = 3;
    top.ar_burst_i = top.aw_burst_i = 1;
    top.r_ready_i = top.b_ready_i = 1;
    top.rst_ni = 1;
    top.eval();
    top.rst_ni = 0;
    tick();
    top.rst_ni = 1;
  }

  void tick() {
    top.clk_i = 0;
    top.eval();
    top.clk_i = 1;
    top.eval();
    top.clk_i = 0;
    top.eval();
  }

  void address(bool write, unsigned addr, unsigned len, bool ready = true) {
    (write ? top.aw_valid_i : top.ar_valid_i) = 1;
    (write ? top.aw_ready_i : top.ar_ready_i) = ready;
    (write ? top.aw_addr_i : top.ar_addr_i) = addr;
    (write ? top.aw_len_i : top.ar_len_i) = len;
    tick();
    (write ? top.aw_valid_i : top.ar_valid_i) = !ready;
  }
  void read_data(bool last) {
    top.r_valid_i = 1;
    top.r_last_i = last;
    tick();
    top.r_valid_i = 0;
  }
  void write_data(bool last, unsigned data = 0) {
    top.w_valid_i = top.w_ready_i = 1;
    top.w_last_i = last;
    top.w_data_i = data;
    tick();
    top.w_valid_i = 0;
  }
  void answer() {
    top.b_valid_i = 1;
    tick();
    top.b_valid_i = 0;
  }
};

void good(Bench& b) {
  b.address(false, 0xfe0, 3);
  for (int i = 0; i < 4; ++i) b.read_data(i == 3);
  b.address(true, 0x1000, 255, false);
  b.top.aw_ready_i = 1;
  b.tick();
  b.top.aw_valid_i = 0;
  for (int i = 0; i < 256; ++i) b.write_data(i == 255);
  b.answer();
  for (int i = 0; i < 4; ++i) b.address(false, 0x2000, 0);
  for (int i = 0; i < 4; ++i) b.read_data(true);
  b.tick();
}

const std::map<std::string, std::function<void(Bench&)>> kScenarios = {
    {"good", good},
    {"withdrawn", [](Bench& b) { b.address(false, 0, 0, false), b.top.ar_valid_i = 0; }},
    {"changed", [](Bench& b) { b.address(true, 0, 0, false), b.top.aw_addr_i = 64; }},
    {"fixed burst", [](Bench& b) { b.top.ar_burst_i = 0, b.address(false, 0, 0); }},
    {"narrow burst", [](Bench& b) { b.top.aw_size_i = 2, b.address(true, 0, 0); }},
    {"misaligned", [](Bench& b) { b.address(false, 4, 0); }},
    {"read page", [](Bench& b) { b.address(false, 0xff8, 1); }},
    {"write page", [](Bench& b) { b.address(true, 0xff8, 1); }},
    {"too many",
     [](Bench& b) {
       for (int i = 0; i < 5; ++i) b.address(false, 0, 0);
     }},
    {"unasked data", [](Bench& b) { b.read_data(true); }},
    {"early RLAST", [](Bench& b) { b.address(false, 0, 1), b.read_data(true); }},
    {"no RLAST", [](Bench& b) { b.address(false, 0, 0), b.read_data(false); }},
    {"early WLAST", [](Bench& b) { b.address(true, 0, 1), b.write_data(true); }},
    {"no WLAST", [](Bench& b) { b.address(true, 0, 0), b.write_data(false); }},
    {"data first", [](Bench& b) { b.write_data(true); }},
    {"early answer", [](Bench& b) { b.address(true, 0, 0), b.answer(); }},
    {"in reset", [](Bench& b) { b.top.ar_valid_i = 1; }},
};

}  // namespace

int main(int argc, char** argv) {
  const auto found = kScenarios.find(argc == 2 ? argv[1] : "");
  if (found == kScenarios.end()) {
    for (const auto& scenario : kScenarios) std::printf("%s\n", scenario.first.c_str());
    return 2;
  }
  Bench bench;
  if (found->first != "in reset") bench.tick();
  found->second(bench);
  bench.tick();
  bench.tick();
  std::printf("no assertion failed\n");
  return 0;
}
