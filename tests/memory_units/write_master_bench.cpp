// SPDX-License-Identifier: Apache-2.0
#include "Vwriter_a.h"
#include "Vwriter_b.h"
#include "Vwriter_c.h"
#include "Vwriter_d.h"
#include "tests/memory_units/units.hpp"
#include "tests/memory_units/writer.hpp"

namespace flashd::memory_units {

namespace {

/// Long segments of the status client: bursts and page boundaries; then an abort in the middle.
template <class Model>
bool run(int axi_bits, const char* name, Random& random) {
  Checker checker_of_all(name);
  Checker* checker = &checker_of_all;
  Dut<Model> dut;
  const int bytes = axi_bits / 8;
  for (int round = 0; round < 60; ++round) {
    reset(dut);
    WritePort<Model> port(axi_bits, draw_pace(random), checker);
    const bool aborts = round % 2 == 1;
    Store expected;
    struct Segment {
      std::uint64_t address;
      int beats;
    };
    std::vector<Segment> segments;
    std::uint64_t address = static_cast<std::uint64_t>(between(random, 0, 1 << 20)) * 64;
    for (int i = 0; i < 6; ++i) {
      segments.push_back(
          {address, static_cast<int>(between(random, 1, chance(random, 0.5) ? 3 : 700))});
      address += static_cast<std::uint64_t>(segments.back().beats * bytes) + 64;
      address = (address + 63) / 64 * 64;
    }
    std::size_t asked = 0, sending = 0;
    int beat = 0;
    bool offered = false;
    long long abort_at = aborts ? between(random, 1, 900) : -1;
    for (long long cycles = 0;; ++cycles) {
      if (cycles > 400000) {
        checker->expect(0, 1, "end of the client's segments", "round %d", round);
        break;
      }
      port.drive(dut, random);
      dut->abort_i = aborts && cycles >= abort_at;
      dut->req_valid_i = asked < segments.size();
      if (asked < segments.size()) {
        dut->req_addr_i = segments[asked].address;
        dut->req_beats_i = static_cast<std::uint32_t>(segments[asked].beats);
      }
      if (!offered && sending < segments.size() && chance(random, 0.8)) {
        offered = true;
        for (int i = 0; i < bytes; ++i) {
          const bool enabled = chance(random, 0.8);
          put(dut->data_i, 8 * i, 8, enabled ? random() : 0);
          put(dut->strb_i, i, 1, enabled);
        }
      }
      dut->data_valid_i = offered;
      dut.settle();
      port.sample(dut);
      const bool taken = offered && dut->data_ready_o;
      if (dut->req_valid_i && dut->req_ready_o) ++asked;
      if (taken) {
        for (int i = 0; i < bytes; ++i) {
          if (!get(dut->strb_i, i, 1)) continue;
          store(&expected, segments[sending].address + static_cast<std::uint64_t>(beat * bytes + i),
                get(dut->data_i, 8 * i, 8), 1);
        }
        if (++beat == segments[sending].beats) {
          beat = 0;
          ++sending;
        }
      }
      const bool end =
          aborts ? dut->abort_i && dut->drained_o : sending == segments.size() && dut->idle_o;
      if (taken) offered = false;
      dut.tick();
      if (end) break;
    }
    // What an abort dropped stays away.
    dut->abort_i = dut->req_valid_i = dut->data_valid_i = 0;
    for (int i = 0; i < 20; ++i) {
      port.drive(dut, random);
      dut.settle();
      checker->expect(dut->aw_valid_o || dut->w_valid_o, 0, "quiet", "round %d", round);
      checker->expect(dut->idle_o, 1, "idle", "round %d", round);
      port.sample(dut);
      dut.tick();
    }
    checker->expect(port.settled(), 1, "bursts answered when drained", "round %d", round);
    compare(port.memory, expected, checker, round);
  }
  return checker->finish(100000);
}

}  // namespace

bool check_write_master(std::uint64_t seed) {
  Random random(seed);
  bool good = run<Vwriter_a>(64, "write master, 64 bits", random);
  good &= run<Vwriter_b>(128, "write master, 128 bits", random);
  good &= run<Vwriter_c>(256, "write master, 256 bits", random);
  good &= run<Vwriter_d>(512, "write master, 512 bits", random);
  return good;
}

}  // namespace flashd::memory_units
