// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/memory_units/memory.hpp"

namespace flashd::memory_units {

/// Resets a writer_harness with all its inputs idle.
template <class Model>
void reset(Dut<Model>& dut) {
  dut->rst_ni = 0;
  dut->start_i = dut->abort_i = dut->out_take_i = dut->beat_valid_i = dut->ro_valid_i = 0;
  dut->req_valid_i = dut->data_valid_i = dut->b_valid_i = dut->aw_ready_i = dut->w_ready_i = 0;
  dut.tick();
  dut->rst_ni = 1;
}

/// What a memory holds against what it should hold, every byte written once.
inline void compare(const Store& got, const Store& wanted, Checker* checker, int job) {
  checker->expect(static_cast<std::int64_t>(got.size()), static_cast<std::int64_t>(wanted.size()),
                  "bytes written", "job %d", job);
  for (const auto& [address, w] : wanted) {
    const auto found = got.find(address);
    if (found == got.end()) {
      checker->expect(0, 1, "a byte is there", "job %d address 0x%llx", job,
                      static_cast<unsigned long long>(address));
      continue;
    }
    checker->expect(found->second.value, w.value, "byte", "job %d address 0x%llx", job,
                    static_cast<unsigned long long>(address));
    checker->expect(found->second.times, 1, "times written", "job %d address 0x%llx", job,
                    static_cast<unsigned long long>(address));
  }
}

}  // namespace flashd::memory_units
